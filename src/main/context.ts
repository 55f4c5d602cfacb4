import { homedir } from 'node:os'
import { type Environment, readEnvironment } from '../config/environment.ts'
import { type Paths, resolvePaths } from '../config/paths.ts'
import type { Clock } from '../model/ports.ts'
import type { Provider } from '../model/provider.ts'
import { systemClock } from '../platform/clock.ts'

/** What every command has: where things are, and the time. Cheap to make; nothing is read but variables and `.env`. */
export interface Context {
  readonly environment: Environment
  readonly paths: Paths
  readonly clock: Clock
  /** Stand-ins for the services of the registry: the demo's, whose time runs fast. */
  readonly providers?: readonly Provider[]
}

/** The context of this process. Throws AppError 4 for an environment that must not be worked with. */
export function openContext(): Context {
  const environment = readEnvironment({
    env: process.env,
    cwd: process.cwd(),
    platform: process.platform,
    home: homedir(),
  })
  return { environment, paths: resolvePaths(environment), clock: systemClock() }
}
