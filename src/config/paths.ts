import type { ConfigPaths } from '../model/app.ts'
import type { Environment } from './environment.ts'
import { boardFiles, pathsOf, stateFolder } from './folders.ts'

/** Every file and folder of ours, absolute. None of them is made here. */
export interface Paths extends ConfigPaths {
  /** Metadata of the accounts we own. */
  readonly accounts: string
  readonly vault: string
  readonly vaultKey: string
  readonly history: string
  readonly engineLock: string
  readonly board: string
  /** What may be printed of the last readings when privacy is on; absent when it is off. */
  readonly shownBoard: string
  readonly cooldowns: string
  readonly settings: string
  readonly daemon: string
}

/** Where everything lies: contracts section 3, and section 8 for Windows. */
export function resolvePaths(environment: Environment): Paths {
  const windows = environment.platform === 'win32'
  const { join, dirname } = pathsOf(environment.platform)
  const { xdg, windows: folders } = environment
  const local = join(folders.localAppData, 'tokstat')
  const own = join(windows ? folders.appData : xdg.config, 'tokstat')
  const data = windows ? join(local, 'data') : join(xdg.data, 'tokstat')
  const state = stateFolder(environment, environment.platform)
  const posixRuntime = xdg.runtime === null ? join(state, 'run') : join(xdg.runtime, 'tokstat')
  const runtime = windows ? join(local, 'run') : posixRuntime
  const config = environment.configFile ?? join(own, 'config.toml')
  return {
    config,
    dotenv: join(dirname(config), '.env'),
    accounts: join(own, 'accounts.json'),
    vault: join(own, 'vault.age'),
    vaultKey: join(own, 'vault.key.age'),
    data,
    history: join(data, 'history.db'),
    state,
    engineLock: join(state, 'engine.lock'),
    ...boardFiles(environment, environment.platform),
    cooldowns: join(state, 'cooldowns.json'),
    settings: join(state, 'settings.json'),
    runtime,
    daemon: join(runtime, 'daemon.json'),
  }
}
