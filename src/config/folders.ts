import path from 'node:path'

/** Absolute folders of this user; `runtime` is null when the system gives none. */
export interface Folders {
  readonly xdg: {
    readonly config: string
    readonly data: string
    readonly state: string
    readonly runtime: string | null
  }
  readonly windows: { readonly appData: string; readonly localAppData: string }
}

export interface FolderFacts {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly home: string
}

/** Where this user's files lie by the real environment; no `.env` file can move them. */
export function readFolders({ env, platform, home }: FolderFacts): Folders {
  const { join, isAbsolute } = pathsOf(platform)
  // The XDG rule: a path that is not absolute is ignored.
  const absolute = (name: string): string | null => {
    const value = env[name]
    return value !== undefined && isAbsolute(value) ? value : null
  }
  return {
    xdg: {
      config: absolute('XDG_CONFIG_HOME') ?? join(home, '.config'),
      data: absolute('XDG_DATA_HOME') ?? join(home, '.local', 'share'),
      state: absolute('XDG_STATE_HOME') ?? join(home, '.local', 'state'),
      runtime: absolute('XDG_RUNTIME_DIR'),
    },
    windows: {
      appData: absolute('APPDATA') ?? join(home, 'AppData', 'Roaming'),
      localAppData: absolute('LOCALAPPDATA') ?? join(home, 'AppData', 'Local'),
    },
  }
}

/** The folder of what we remember: the last readings, cooldowns, the engine's lock. */
export function stateFolder({ xdg, windows }: Folders, platform: NodeJS.Platform): string {
  const { join } = pathsOf(platform)
  return platform === 'win32' ? join(windows.localAppData, 'tokstat', 'state') : join(xdg.state, 'tokstat')
}

/** The last readings; `shownBoard` is what may be printed of them when privacy is on, and absent else. */
export function boardFiles(
  folders: Folders,
  platform: NodeJS.Platform,
): { readonly board: string; readonly shownBoard: string } {
  const { join } = pathsOf(platform)
  const state = stateFolder(folders, platform)
  return { board: join(state, 'board.json'), shownBoard: join(state, 'board.shown.json') }
}

export function pathsOf(platform: NodeJS.Platform): path.PlatformPath {
  return platform === 'win32' ? path.win32 : path.posix
}
