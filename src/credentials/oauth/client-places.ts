import { openCodePackageFolders, pathsOf } from '../places.ts'
import type { CredentialPorts, Place, SourceEnvironment } from '../ports.ts'

/** Where constants of an installed tool may stand, and what they are called there. */
export interface ClientFile {
  readonly path: string
  /** The pair of constants; null: the names are lost in a minified bundle, so the pair is known by its form. */
  readonly names: { readonly id: string; readonly secret: string } | null
}

interface PluginPackage {
  readonly provider: string
  readonly name: string
  readonly constants: { readonly id: string; readonly secret: string }
}

/** Plugins of OpenCode that export the client they sign in with; the names are theirs. */
const PLUGINS: readonly PluginPackage[] = [
  plugin('antigravity', 'opencode-antigravity-auth', 'ANTIGRAVITY_CLIENT'),
  plugin('antigravity', 'opencode-agy-auth', 'AGY_CLIENT'),
  plugin('gemini-cli', 'opencode-gemini-auth', 'GEMINI_CLIENT'),
]

function plugin(provider: string, name: string, prefix: string): PluginPackage {
  return { provider, name, constants: { id: `${prefix}_ID`, secret: `${prefix}_SECRET` } }
}

const SCRIPT = /\.(js|mjs|cjs|ts)$/
/** The constants may have moved inside a package, but not so far that this many files would not hold them. */
const MOST_FILES = 200

/** Files of one folder that may hold constants; those that are named for it first. */
async function scriptsIn(ports: CredentialPorts, join: (name: string) => string): Promise<readonly string[]> {
  const listing = await ports.listFolder(join('.'))
  if (listing.kind !== 'names') return []
  const scripts = listing.names.filter((name) => SCRIPT.test(name) && !/\.(test|spec|d)\./.test(name)).sort()
  const first = scripts.filter((name) => /constant|oauth2|config/.test(name))
  return [...new Set([...first, ...scripts])].slice(0, MOST_FILES).map(join)
}

async function scriptsUnder(
  environment: SourceEnvironment,
  ports: CredentialPorts,
  root: string,
  folders: readonly string[],
): Promise<readonly string[]> {
  const path = pathsOf(environment)
  const found: string[] = []
  for (const folder of folders) {
    found.push(...(await scriptsIn(ports, (name) => path.join(root, folder, name))))
  }
  return found.slice(0, MOST_FILES)
}

async function pluginFiles(
  provider: string,
  environment: SourceEnvironment,
  ports: CredentialPorts,
): Promise<readonly ClientFile[]> {
  const path = pathsOf(environment)
  const files: ClientFile[] = []
  for (const plugin of PLUGINS.filter((one) => one.provider === provider)) {
    for (const folder of openCodePackageFolders(environment)) {
      const root = path.join(folder, plugin.name)
      const scripts = await scriptsUnder(environment, ports, root, ['dist/src', 'dist', 'src', '.'])
      files.push(...scripts.map((script) => ({ path: script, names: plugin.constants })))
    }
  }
  return files
}

const GEMINI_CONSTANTS = { id: 'OAUTH_CLIENT_ID', secret: 'OAUTH_CLIENT_SECRET' }
const GEMINI_PACKAGE = ['@google', 'gemini-cli']
const GEMINI_OAUTH = ['dist', 'src', 'code_assist', 'oauth2.js']

/**
 * The package that the `gemini` command belongs to: found upwards from its real path (npm, Homebrew, bun, nix all end
 * inside the package), or beside the command's folder where the command is a script of its own (npm on Windows).
 */
async function geminiPackages(environment: SourceEnvironment, ports: CredentialPorts): Promise<readonly string[]> {
  const path = pathsOf(environment)
  const command = await ports.findOnPath('gemini')
  if (command === null) return []
  const roots: string[] = []
  let folder = path.dirname(command)
  for (let depth = 0; depth < 6 && path.dirname(folder) !== folder; depth += 1) {
    roots.push(folder, path.join(folder, 'node_modules', ...GEMINI_PACKAGE))
    folder = path.dirname(folder)
  }
  const own: string[] = []
  for (const root of roots) {
    const manifest = await ports.readText(path.join(root, 'package.json'), 'text')
    if (manifest.kind === 'text' && /"name"\s*:\s*"@google\/gemini-cli"/.test(manifest.text)) own.push(root)
  }
  return own
}

async function geminiFiles(environment: SourceEnvironment, ports: CredentialPorts): Promise<readonly ClientFile[]> {
  const path = pathsOf(environment)
  const files: string[] = []
  for (const root of await geminiPackages(environment, ports)) {
    files.push(
      path.join(root, 'node_modules', '@google', 'gemini-cli-core', ...GEMINI_OAUTH),
      path.join(path.dirname(root), 'gemini-cli-core', ...GEMINI_OAUTH),
      path.join(root, 'bundle', 'gemini.js'),
      ...(await scriptsUnder(environment, ports, root, ['bundle', 'dist'])),
    )
  }
  return [...new Set(files)].map((file) => ({ path: file, names: GEMINI_CONSTANTS }))
}

/** The script of the Antigravity app that signs in, where each system installs it. */
function antigravityAppFiles(environment: SourceEnvironment): readonly string[] {
  const path = pathsOf(environment)
  const script = ['resources', 'app', 'out', 'main.js']
  if (environment.platform === 'darwin') {
    const bundle = ['Contents', 'Resources', 'app', 'out', 'main.js']
    return [
      path.join('/Applications', 'Antigravity.app', ...bundle),
      path.join(environment.home, 'Applications', 'Antigravity.app', ...bundle),
    ]
  }
  if (environment.platform === 'win32') {
    const programs = environment.localAppData
    return programs === null ? [] : [path.join(programs, 'Programs', 'Antigravity', ...script)]
  }
  return ['/usr/share/antigravity', '/opt/Antigravity', '/opt/antigravity', '/usr/lib/antigravity'].map((root) =>
    path.join(root, ...script),
  )
}

/** Every file in which an installed tool may carry the client that a provider's logins were created with. */
export async function clientFiles(
  provider: string,
  environment: SourceEnvironment,
  ports: CredentialPorts,
): Promise<readonly ClientFile[]> {
  const plugins = await pluginFiles(provider, environment, ports)
  if (provider === 'gemini-cli') return [...plugins, ...(await geminiFiles(environment, ports))]
  if (provider !== 'antigravity') return plugins
  return [...plugins, ...antigravityAppFiles(environment).map((path) => ({ path, names: null }))]
}

/** For `explain`: what is searched when a token must be refreshed and no client is configured. */
export function clientPlaces(environment: SourceEnvironment): readonly Place[] {
  const path = pathsOf(environment)
  const plugins = openCodePackageFolders(environment).flatMap((folder) =>
    PLUGINS.map((plugin) => ({
      place: path.join(folder, plugin.name),
      why: 'the OAuth client of the OpenCode plugin, only when a token must be refreshed',
    })),
  )
  const app = antigravityAppFiles(environment).map((place) => ({
    place,
    why: 'the OAuth client of the Antigravity app, only when a token must be refreshed',
  }))
  return [
    ...plugins,
    { place: 'gemini (on PATH)', why: 'the OAuth client of the Gemini CLI, only when a token must be refreshed' },
    ...app,
  ]
}
