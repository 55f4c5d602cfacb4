import type { SimAccount } from '../../src/simulator/account.ts'
import type { SimReply, SimRequest } from '../../src/simulator/exchange.ts'
import { claudeFiles, codexFile, openCodeEntry, proxyFile } from '../../src/simulator/login-files.ts'
import { claude } from '../../src/simulator/services/claude.ts'
import { codex } from '../../src/simulator/services/codex.ts'
import type { World } from '../../src/simulator/world.ts'

export interface PlainRequest {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
}

/** Anthropic and OpenAI of the simulator, without a network: what they answer to this request now. */
export function answerOf(world: World, { method, url, headers = {}, body = '' }: PlainRequest): SimReply {
  const { host, pathname, searchParams } = new URL(url)
  const access = world.grants.lookUp(/^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1] ?? '')
  const parts = { method, host, path: pathname, query: searchParams, headers, body }
  const request: SimRequest = { ...parts, access, account: access.account }
  return claude(request, world) ?? codex(request, world) ?? { status: 404, body: {} }
}

/** A tool with rotating single-use refresh tokens that keeps its logins in one file. */
export interface RotatingOwner {
  readonly path: string
  readonly accounts: readonly SimAccount[]
  /** What its file holds when it is whole. */
  text(): string
  /** Spends the refresh token it remembers, as the tool does; true when the service gave new tokens. */
  refresh(account: SimAccount): boolean
  /** A new sign-in: the older family of tokens is simply left behind. */
  signIn(account: SimAccount): void
}

type Render = (accounts: readonly SimAccount[], world: World) => unknown

function createOwner(world: World, path: string, accounts: readonly SimAccount[], render: Render): RotatingOwner {
  const refreshTokens = new Map<string, string>()
  let text = ''
  const write = (): void => {
    text = `${JSON.stringify(render(accounts, world), null, 2)}\n`
  }
  const signIn = (account: SimAccount): void => {
    refreshTokens.set(account.id, world.grants.signIn(account).refreshToken ?? '')
    write()
  }
  for (const account of accounts) signIn(account)
  return {
    path,
    accounts,
    text: () => text,
    signIn,
    refresh(account) {
      const reply = answerOf(world, refreshRequest(account, refreshTokens.get(account.id) ?? ''))
      if (reply.status !== 200) return false
      refreshTokens.set(account.id, (reply.body as { readonly refresh_token: string }).refresh_token)
      write()
      return true
    },
  }
}

export function refreshRequest(account: SimAccount, refreshToken: string): PlainRequest {
  const fields = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'fake-client' }
  const method = 'POST'
  if (account.provider === 'claude') {
    const headers = { 'content-type': 'application/json' }
    return { method, url: 'https://platform.claude.com/v1/oauth/token', headers, body: JSON.stringify(fields) }
  }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const body = new URLSearchParams(fields).toString()
  return { method, url: 'https://auth.openai.com/oauth/token', headers, body }
}

/** Claude Code, the Codex CLI, OpenCode and CLIProxyAPI in one home, with six accounts of two services. */
export function rotatingOwners(world: World, home: string): readonly RotatingOwner[] {
  const add = (provider: 'claude' | 'codex', name: string): SimAccount =>
    world.add({ provider, name, plan: 0, condition: { kind: 'ok' } })
  const first = (accounts: readonly SimAccount[]): SimAccount => {
    const [account] = accounts
    if (account === undefined) throw new Error('an owner without an account')
    return account
  }
  const entries: Render = (accounts) =>
    Object.fromEntries(
      accounts.map((account) => [
        account.provider === 'claude' ? 'anthropic' : 'openai',
        openCodeEntry(account, world),
      ]),
    )
  const proxy: Render = (accounts) => proxyFile(first(accounts), world)
  return [
    createOwner(world, `${home}/.claude/.credentials.json`, [add('claude', 'Ada')], (accounts) => {
      return claudeFiles(first(accounts), world).credentials
    }),
    createOwner(world, `${home}/.codex/auth.json`, [add('codex', 'Bea')], (accounts) => {
      return codexFile(first(accounts), world)
    }),
    createOwner(
      world,
      `${home}/.local/share/opencode/auth.json`,
      [add('claude', 'Cleo'), add('codex', 'Dora')],
      entries,
    ),
    createOwner(world, `${home}/.cli-proxy-api/claude-eve.json`, [add('claude', 'Eve')], proxy),
    createOwner(world, `${home}/.cli-proxy-api/codex-fay.json`, [add('codex', 'Fay')], proxy),
  ]
}
