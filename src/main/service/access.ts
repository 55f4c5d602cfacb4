import type { App } from '../../model/app.ts'
import type { ServiceOptions, ServiceStatus } from '../../model/deploy.ts'
import { jsonFile } from '../../platform/store.ts'
import type { Context } from '../context.ts'
import { daemonFiles } from '../daemon-link.ts'
import { type Health, waitForHealth } from './check.ts'
import { machinePorts, thisCaller } from './machine.ts'
import { installService, serviceState, uninstallService } from './manager.ts'

/** Where `serve` answers when nobody has told it otherwise. */
const DEFAULT_URL = 'http://127.0.0.1:8000'

type ServiceAccess = Pick<App, 'installService' | 'uninstallService' | 'serviceStatus' | 'waitForDaemon'>

/** `tokstat service` on this machine. */
export function openServiceAccess(context: Context): ServiceAccess {
  const caller = thisCaller(context.environment.get('SUDO_USER'))
  const waitForDaemon = (waitMs: number): Promise<Health | null> =>
    waitForHealth(() => urlOf(context), waitMs, context.clock)
  return {
    installService: (options: ServiceOptions) => installService(options, caller, machinePorts),
    uninstallService: (options: ServiceOptions) => uninstallService(options, caller, machinePorts),
    async serviceStatus(): Promise<ServiceStatus> {
      const [state, health] = await Promise.all([serviceState(caller, machinePorts), waitForDaemon(0)])
      return { ...state, url: health?.url ?? null, version: health?.version ?? null }
    },
    waitForDaemon,
  }
}

/** The daemon's own word for where it is; until it has said so, the usual place. */
async function urlOf({ paths, clock }: Context): Promise<string> {
  for (const path of daemonFiles(paths)) {
    const content = await jsonFile(path, clock).read()
    if (typeof content === 'object' && content !== null && 'url' in content && typeof content.url === 'string') {
      return content.url
    }
  }
  return DEFAULT_URL
}
