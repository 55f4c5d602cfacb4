import { posix, win32 } from 'node:path'
import type { Place, SourceEnvironment } from './ports.ts'

type PathRules = Pick<typeof posix, 'join' | 'resolve' | 'isAbsolute' | 'dirname' | 'basename'>

/** The path rules of the machine that is described, not of the one that runs this. */
export function pathsOf(environment: Pick<SourceEnvironment, 'platform'>): PathRules {
  return environment.platform === 'win32' ? win32 : posix
}

/** `$XDG_CONFIG_HOME`, else `~/.config`. */
function configHome(environment: SourceEnvironment): string {
  return environment.xdgConfigHome ?? pathsOf(environment).join(environment.home, '.config')
}

function unique(places: readonly string[]): readonly string[] {
  return [...new Set(places)]
}

/** OpenCode's configuration folders, the owner's own choice first. */
function openCodeConfigFolders(environment: SourceEnvironment): readonly string[] {
  const path = pathsOf(environment)
  const configured = environment.openCodeConfigDir
  const folders = [
    path.join(configHome(environment), 'opencode'),
    path.join(environment.home, '.config', 'opencode'),
    ...(environment.platform === 'win32' && environment.appData !== null
      ? [path.join(environment.appData, 'opencode')]
      : []),
  ]
  return unique(configured === null ? folders : [path.resolve(folders[0] ?? environment.home, configured), ...folders])
}

/** OpenCode's data folders; all of them are read, for a moved folder leaves logins behind. */
function openCodeDataFolders(environment: SourceEnvironment): readonly string[] {
  const path = pathsOf(environment)
  const roots = [
    environment.xdgDataHome,
    path.join(environment.home, '.local', 'share'),
    environment.platform === 'darwin' ? path.join(environment.home, 'Library', 'Application Support') : null,
    environment.platform === 'win32' ? environment.appData : null,
    environment.platform === 'win32' ? environment.localAppData : null,
  ]
  return unique(roots.flatMap((root) => (root === null ? [] : [path.join(root, 'opencode')])))
}

/** Where OpenCode keeps the packages of its plugins. */
export function openCodePackageFolders(environment: SourceEnvironment): readonly string[] {
  const path = pathsOf(environment)
  const caches = unique([
    path.join(environment.xdgCacheHome ?? path.join(environment.home, '.cache'), 'opencode'),
    path.join(environment.home, '.cache', 'opencode'),
  ])
  return unique([...openCodeConfigFolders(environment), ...caches].map((folder) => path.join(folder, 'node_modules')))
}

export function antigravityAccountsFiles(environment: SourceEnvironment): readonly string[] {
  const path = pathsOf(environment)
  return unique(
    [environment.cwd, ...openCodeConfigFolders(environment)].map((folder) =>
      path.join(folder, 'antigravity-accounts.json'),
    ),
  )
}

export function openCodeAuthFiles(environment: SourceEnvironment): readonly string[] {
  return openCodeDataFolders(environment).map((folder) => pathsOf(environment).join(folder, 'auth.json'))
}

/** The Gemini CLI's own folder. */
export function geminiFolder(environment: SourceEnvironment): string {
  return pathsOf(environment).join(environment.geminiCliHome ?? environment.home, '.gemini')
}

export interface ClaudeCodePlaces {
  readonly login: string
  /** Whose login it is; the first that exists counts. */
  readonly accounts: readonly string[]
}

/** What it takes to know where Claude Code keeps its things. */
export type ClaudeEnvironment = Pick<
  SourceEnvironment,
  'platform' | 'home' | 'cwd' | 'claudeConfigDir' | 'claudeSecureStorageConfigDir'
>

/** Claude Code's own files. Its folders are taken literally: no `~`, and a relative one from the working folder. */
export function claudeCodePlaces(environment: ClaudeEnvironment): ClaudeCodePlaces {
  const path = pathsOf(environment)
  const { home, cwd, claudeConfigDir, claudeSecureStorageConfigDir } = environment
  const config = claudeConfigDir === null ? null : path.resolve(cwd, claudeConfigDir)
  const secure = claudeSecureStorageConfigDir === null ? null : path.resolve(cwd, claudeSecureStorageConfigDir)
  return {
    login: path.join(secure ?? config ?? path.join(home, '.claude'), '.credentials.json'),
    accounts:
      config === null
        ? [path.join(home, '.claude.json')]
        : [path.join(config, '.config.json'), path.join(config, '.claude.json')],
  }
}

/** The Codex CLI's login: its own folder, else the two it has had. `$CODEX_HOME` is a border: nothing beside it. */
export function codexLoginFiles(environment: SourceEnvironment): readonly string[] {
  const path = pathsOf(environment)
  const { home, cwd, codexHome } = environment
  if (codexHome !== null) return [path.join(path.resolve(cwd, codexHome), 'auth.json')]
  return [path.join(home, '.codex', 'auth.json'), path.join(home, '.config', 'codex', 'auth.json')]
}

/** Both names that the editor has had, its present one first; then a portable one, and each system's own folder. */
export function antigravityStateFiles(environment: SourceEnvironment): readonly string[] {
  const path = pathsOf(environment)
  const roots = [
    environment.platform === 'darwin' ? path.join(environment.home, 'Library', 'Application Support') : null,
    environment.platform === 'win32' ? environment.appData : null,
    environment.platform === 'win32' || environment.platform === 'darwin' ? null : configHome(environment),
  ]
  const portable = environment.antigravityPortable ?? null
  const folders = [
    ...(portable === null ? [] : [path.join(portable, 'user-data')]),
    ...roots.flatMap((root) =>
      root === null ? [] : [path.join(root, 'Antigravity IDE'), path.join(root, 'Antigravity')],
    ),
  ]
  return unique(folders.map((folder) => path.join(folder, 'User', 'globalStorage', 'state.vscdb')))
}

/** Where `agy` keeps its login when the system has no keyring. */
export function agyTokenFiles(environment: SourceEnvironment): readonly string[] {
  const path = pathsOf(environment)
  const folders = [
    path.join(geminiFolder(environment), 'antigravity-cli'),
    path.join(configHome(environment), 'antigravity-cli'),
  ]
  return unique(folders.map((folder) => path.join(folder, 'antigravity-oauth-token')))
}

export function cliProxyApiFolder(environment: SourceEnvironment): string {
  return pathsOf(environment).join(environment.home, '.cli-proxy-api')
}

/** The folder of the editors' Copilot plugins in each place it may be: the newer file first. */
export function gitHubCopilotFiles(environment: SourceEnvironment): readonly string[] {
  const path = pathsOf(environment)
  const roots = [
    configHome(environment),
    path.join(environment.home, '.config'),
    environment.platform === 'darwin' ? path.join(environment.home, 'Library', 'Application Support') : null,
    environment.platform === 'win32' ? environment.appData : null,
    environment.platform === 'win32' ? environment.localAppData : null,
  ]
  return unique(
    roots.flatMap((root) =>
      root === null ? [] : ['apps.json', 'hosts.json'].map((name) => path.join(root, 'github-copilot', name)),
    ),
  )
}

/** One folder, chosen as gh chooses it. */
export function ghHostsFile(environment: SourceEnvironment): string {
  const path = pathsOf(environment)
  const { ghConfigDir, xdgConfigHome, appData, home, platform, cwd } = environment
  if (ghConfigDir !== null) return path.join(path.resolve(cwd, ghConfigDir), 'hosts.yml')
  if (xdgConfigHome !== null) return path.join(xdgConfigHome, 'gh', 'hosts.yml')
  if (platform === 'win32' && appData !== null) return path.join(appData, 'GitHub CLI', 'hosts.yml')
  return path.join(home, '.config', 'gh', 'hosts.yml')
}

export function placesFor(paths: readonly string[], why: string): readonly Place[] {
  return paths.map((place) => ({ place, why }))
}
