import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { SimAccount } from './account.ts'
import { SIM_PROVIDERS, type SimProvider } from './catalogue.ts'
import { antigravityFile, claudeFiles, codexFile, geminiFile, openCodeEntry, proxyFile } from './login-files.ts'
import type { World } from './world.ts'

export interface HomeOptions {
  /** Providers whose logins are written; default all of the world's. */
  readonly providers?: readonly string[]
  /** The simulator's `url`; becomes `TOKSTAT_UPSTREAM`. */
  readonly upstream?: string
}

export interface SimulatedHome {
  /** What a process needs to see this home and nothing of the real one. */
  readonly env: Readonly<Record<string, string>>
  /** Where each account's login lies: a path, or `env NAME`; by account id. */
  readonly places: ReadonlyMap<string, string>
  /** Accounts for which their provider's tools have no further place. */
  readonly unplaced: readonly string[]
}

/** A place one login can lie at. `place` is what it adds there. */
interface Draft {
  readonly files: Map<string, unknown>
  readonly env: Map<string, string>
  readonly openCode: Map<string, unknown>
  readonly places: Map<string, string>
  readonly unplaced: string[]
}

const OPEN_CODE = '.local/share/opencode/auth.json'
const APPS = '.config/github-copilot/apps.json'

/**
 * Writes the login files that the owners' tools would have left for every account of the world, each 0600, plus a
 * `.env` beside config.toml with the world's invented Google clients. Linux paths; the folder must be empty.
 */
export async function writeHome(world: World, folder: string, options: HomeOptions = {}): Promise<SimulatedHome> {
  const draft: Draft = { files: new Map(), env: new Map(), openCode: new Map(), places: new Map(), unplaced: [] }
  for (const provider of SIM_PROVIDERS) {
    if (options.providers !== undefined && !options.providers.includes(provider)) continue
    const accounts = world.accounts.filter((account) => account.provider === provider)
    if (accounts.length > 0) PLACERS[provider](draft, accounts, world)
  }
  if (draft.openCode.size > 0) draft.files.set(OPEN_CODE, Object.fromEntries(draft.openCode))
  for (const [path, content] of draft.files) await put(join(folder, path), `${JSON.stringify(content, null, 2)}\n`)
  await put(join(folder, '.config/tokstat/.env'), clientLines(world))
  const places = [...draft.places].map(([account, place]): [string, string] => [
    account,
    place.startsWith('env ') ? place : join(folder, place),
  ])
  return {
    env: { ...baseEnv(folder), ...Object.fromEntries(draft.env), ...upstreamEnv(options) },
    places: new Map(places),
    unplaced: draft.unplaced,
  }
}

function upstreamEnv(options: HomeOptions): Readonly<Record<string, string>> {
  return options.upstream === undefined ? {} : { TOKSTAT_UPSTREAM: options.upstream }
}

function baseEnv(folder: string): Readonly<Record<string, string>> {
  return {
    HOME: folder,
    USERPROFILE: folder,
    XDG_CONFIG_HOME: join(folder, '.config'),
    XDG_DATA_HOME: join(folder, '.local/share'),
    XDG_STATE_HOME: join(folder, '.local/state'),
    XDG_CACHE_HOME: join(folder, '.cache'),
    XDG_RUNTIME_DIR: join(folder, '.run'),
  }
}

function clientLines(world: World): string {
  const { antigravity, 'gemini-cli': gemini } = world.clients
  const lines = [
    ...(antigravity ? [`GOOGLE_CLIENT_ID=${antigravity.id}`, `GOOGLE_CLIENT_SECRET=${antigravity.secret}`] : []),
    ...(gemini ? [`GEMINI_CLIENT_ID=${gemini.id}`, `GEMINI_CLIENT_SECRET=${gemini.secret}`] : []),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(path, text, { mode: 0o600 })
  await chmod(path, 0o600)
}

type Placer = (draft: Draft, accounts: readonly SimAccount[], world: World) => void

const PLACERS: Readonly<Record<SimProvider, Placer>> = {
  antigravity(draft, accounts, world) {
    const path = '.config/opencode/antigravity-accounts.json'
    draft.files.set(path, antigravityFile(accounts, world))
    for (const account of accounts) draft.places.set(account.id, path)
  },
  'gemini-cli': (draft, [first, ...rest], world) => {
    if (first) putFile(draft, first, '.gemini/oauth_creds.json', geminiFile(first, world))
    draft.files.set('.gemini/settings.json', { security: { auth: { selectedType: 'oauth-personal' } } })
    placeInOpenCode(draft, rest, ['gemini-cli', 'google-gemini-cli', 'opencode-gemini-auth'], world)
  },
  claude: (draft, [first, second, ...rest], world) => {
    if (first) {
      const { credentials, identity } = claudeFiles(first, world)
      putFile(draft, first, '.claude/.credentials.json', credentials)
      draft.files.set('.claude.json', identity)
    }
    if (second) placeInOpenCode(draft, [second], ['anthropic'], world)
    placeInProxy(draft, rest, world)
  },
  codex: (draft, [first, second, ...rest], world) => {
    if (first) putFile(draft, first, '.codex/auth.json', codexFile(first, world))
    if (second) placeInOpenCode(draft, [second], ['openai'], world)
    placeInProxy(draft, rest, world)
  },
  copilot: (draft, accounts, world) => {
    const apps = accounts.map((account, index): [string, unknown] => {
      draft.places.set(account.id, APPS)
      const app = `Iv1.fake${String(index).padStart(12, '0')}`
      const token = world.grants.session(account).accessToken
      return [`github.com:${app}`, { user: account.login, oauth_token: token, githubAppId: app }]
    })
    draft.files.set(APPS, Object.fromEntries(apps))
  },
  openrouter: (draft, accounts, world) => placeKeys(draft, accounts, ['OPENROUTER_API_KEY', 'openrouter'], world),
  'nano-gpt': (draft, accounts, world) => placeKeys(draft, accounts, ['NANOGPT_API_KEY', 'nano-gpt'], world),
  deepseek: (draft, accounts, world) => placeKeys(draft, accounts, ['DEEPSEEK_API_KEY', 'deepseek'], world),
}

function putFile(draft: Draft, account: SimAccount, path: string, content: unknown): void {
  draft.files.set(path, content)
  draft.places.set(account.id, path)
}

function placeInOpenCode(draft: Draft, accounts: readonly SimAccount[], keys: readonly string[], world: World): void {
  accounts.forEach((account, index) => {
    const key = keys[index]
    if (key === undefined) {
      draft.unplaced.push(account.id)
      return
    }
    draft.openCode.set(key, openCodeEntry(account, world))
    draft.places.set(account.id, OPEN_CODE)
  })
}

function placeInProxy(draft: Draft, accounts: readonly SimAccount[], world: World): void {
  for (const account of accounts) {
    putFile(draft, account, `.cli-proxy-api/${account.provider}-${account.email}.json`, proxyFile(account, world))
  }
}

function placeKeys(
  draft: Draft,
  [first, ...rest]: readonly SimAccount[],
  [variable, key]: readonly [string, string],
  world: World,
): void {
  if (first) {
    draft.env.set(variable, world.grants.session(first).accessToken)
    draft.places.set(first.id, `env ${variable}`)
  }
  placeInOpenCode(draft, rest, [key], world)
}
