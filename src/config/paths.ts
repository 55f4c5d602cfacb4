import path from 'node:path'
import type { ConfigPaths } from '../model/app.ts'
import type { Environment } from './environment.ts'

/** Every file and folder of ours, absolute. None of them is made here. */
export interface Paths extends ConfigPaths {
  /** Metadata of the accounts we own. */
  readonly accounts: string
  readonly vault: string
  readonly vaultKey: string
  readonly history: string
  readonly engineLock: string
  readonly board: string
  readonly cooldowns: string
  readonly settings: string
  readonly daemon: string
}

/** Where everything lies: contracts section 3, and section 8 for Windows. */
export function resolvePaths(environment: Environment): Paths {
  const windows = environment.platform === 'win32'
  const { join, dirname } = windows ? path.win32 : path.posix
  const { xdg, windows: folders } = environment
  const local = join(folders.localAppData, 'tokstat')
  const own = join(windows ? folders.appData : xdg.config, 'tokstat')
  const data = windows ? join(local, 'data') : join(xdg.data, 'tokstat')
  const state = windows ? join(local, 'state') : join(xdg.state, 'tokstat')
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
    board: join(state, 'board.json'),
    cooldowns: join(state, 'cooldowns.json'),
    settings: join(state, 'settings.json'),
    runtime,
    daemon: join(runtime, 'daemon.json'),
  }
}
