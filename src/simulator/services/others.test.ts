import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SimAccount } from '../account.ts'
import type { SimProvider } from '../catalogue.ts'
import { type Simulator, startSimulator } from '../server.ts'
import { createWorld, type World } from '../world.ts'

const START = Date.UTC(2026, 10, 22, 9)

let simulator: Simulator
let world: World

beforeEach(async () => {
  world = createWorld({
    accounts: { claude: 1, codex: 1, copilot: 1, openrouter: 1, 'nano-gpt': 1, deepseek: 1 },
    clock: { startAt: START, now: () => START },
  })
  simulator = await startSimulator({ world })
})

afterEach(() => simulator.stop())

/** The parts of the answers that these tests look at; which of them are there depends on who is asked. */
interface Body {
  readonly five_hour: { readonly utilization: number; readonly resets_at: string }
  readonly seven_day_opus: null
  readonly limits: readonly { readonly resets_at: string }[]
  readonly extra_usage: { readonly used_credits: number; readonly monthly_limit: number; readonly utilization: number }
  readonly account: { readonly uuid: string }
  readonly organization: { readonly rate_limit_tier: string }
  readonly access_token: string
  readonly refresh_token: string
  readonly token_type: string
  readonly error: unknown
  readonly rate_limit: { readonly primary_window: { readonly reset_at: number; readonly reset_after_seconds: number } }
  readonly login: string
  readonly quota_reset_date_utc: string
  readonly quota_snapshots: { readonly premium_interactions: unknown; readonly chat: unknown }
  readonly device_code: string
  readonly user_code: string
  readonly data: { readonly total_credits: number; readonly total_usage: number }
  readonly weeklyInputTokens: { readonly resetAt: number }
  readonly dailyInputTokens: null
  readonly usd_balance: string
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

function one(provider: SimProvider): SimAccount {
  const account = world.accounts.find((candidate) => candidate.provider === provider)
  if (!account) throw new Error(`no ${provider} account`)
  return account
}

async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
  const reply = await fetch(simulator.url + path, init)
  return { status: reply.status, headers: reply.headers, body: (await reply.json()) as Body }
}

function asOwner(provider: SimProvider, headers: Record<string, string> = {}): RequestInit {
  return { headers: { authorization: `Bearer ${world.grants.session(one(provider)).accessToken}`, ...headers } }
}

const CLAUDE_HEADERS = { 'anthropic-beta': 'oauth-2025-04-20', 'user-agent': 'claude-code/2.1.80' }
const CLAUDE_USAGE = '/api.anthropic.com/api/oauth/usage'

describe('Claude', () => {
  it('tells the windows in both forms alike', async () => {
    world.setRemaining(one('claude'), 'all.5h', 0.11)
    const { body } = await ask(CLAUDE_USAGE, asOwner('claude', CLAUDE_HEADERS))
    expect(body.five_hour.utilization).toBe(89)
    expect(body.five_hour.resets_at).toMatch(/\+00:00$/)
    expect(body.limits[0]).toMatchObject({ kind: 'session', percent: 89 })
    expect(Date.parse(body.limits[0]?.resets_at ?? '')).toBe(Date.parse(body.five_hour.resets_at))
    expect(body.seven_day_opus).toBeNull()
    const extra = body.extra_usage
    expect(extra.used_credits / extra.monthly_limit).toBeCloseTo(extra.utilization / 100, 3)
  })

  it('tells whose subscription it is', async () => {
    const { body } = await ask('/api.anthropic.com/api/oauth/profile', asOwner('claude'))
    expect(body.account.uuid).toBe(one('claude').subject)
    expect(body.organization.rate_limit_tier).toBe('default_claude_max_20x')
  })

  it('throttles every client that is not Claude Code, without a hint, unless told otherwise', async () => {
    const honest = { ...CLAUDE_HEADERS, 'user-agent': 'tokstat/1.0.0' }
    const throttled = await ask(CLAUDE_USAGE, asOwner('claude', honest))
    expect(throttled.status).toBe(429)
    expect(throttled.headers.get('retry-after')).toBeNull()
    await simulator.stop()
    world = createWorld({ accounts: { claude: 1 }, claudeUserAgentGate: false })
    simulator = await startSimulator({ world })
    expect((await ask(CLAUDE_USAGE, asOwner('claude', honest))).status).toBe(200)
  })

  it('wants its beta header, a known token and a login with a profile', async () => {
    expect((await ask(CLAUDE_USAGE, asOwner('claude', { 'user-agent': 'claude-code/2.1.80' }))).status).toBe(401)
    expect((await ask(CLAUDE_USAGE, { headers: { ...CLAUDE_HEADERS, authorization: 'Bearer fake' } })).status).toBe(401)
    const narrow = world.add({ provider: 'claude', name: 'setup', scopes: ['user:inference'] })
    const inferenceOnly = { ...CLAUDE_HEADERS, authorization: `Bearer ${world.grants.session(narrow).accessToken}` }
    expect((await ask(CLAUDE_USAGE, { headers: inferenceOnly })).status).toBe(403)
    one('claude').condition = { kind: 'rate-limited', retryAfterSeconds: 300 }
    const limited = await ask(CLAUDE_USAGE, asOwner('claude', CLAUDE_HEADERS))
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '300'])
  })

  it('rotates refresh tokens and revokes the family when a spent one comes again', async () => {
    const first = world.grants.session(one('claude')).refreshToken
    const refresh = (token: unknown): Promise<Answer> =>
      ask('/platform.claude.com/v1/oauth/token', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ grant_type: 'refresh_token', refresh_token: token, client_id: 'fake' }),
      })
    const rotated = await refresh(first)
    expect(rotated).toMatchObject({ status: 200, body: { token_type: 'Bearer', expires_in: 8 * 3600 } })
    expect(rotated.body.refresh_token).not.toBe(first)
    const usage = { headers: { ...CLAUDE_HEADERS, authorization: `Bearer ${rotated.body.access_token}` } }
    expect((await ask(CLAUDE_USAGE, usage)).status).toBe(200)
    expect(await refresh(first)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await ask(CLAUDE_USAGE, usage)).status).toBe(401)
    expect((await refresh(rotated.body.refresh_token)).status).toBe(400)
  })

  it('can rotate the token and lose the reply', async () => {
    const first = world.grants.session(one('claude')).refreshToken ?? ''
    simulator.faults.add({ host: 'platform.claude.com', times: 1, effect: { kind: 'lose-reply' } })
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: first })
    const url = `${simulator.url}/platform.claude.com/v1/oauth/token`
    await expect(fetch(url, { method: 'POST', body })).rejects.toThrow('fetch failed')
    expect(world.grants.events.at(-1)?.kind).toBe('rotated')
  })

  it('spends no token when a gateway answers first', async () => {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: world.grants.session(one('claude')).refreshToken ?? '',
    })
    const url = `${simulator.url}/platform.claude.com/v1/oauth/token`
    for (const effect of [{ kind: 'html', status: 403 }, { kind: 'empty' }, { kind: 'reset' }] as const) {
      simulator.faults.add({ host: 'platform.claude.com', times: 1, effect })
      await fetch(url, { method: 'POST', body }).catch(() => null)
    }
    expect(simulator.faults.struck).toBe(3)
    expect(world.grants.refreshCount()).toBe(0)
    expect((await fetch(url, { method: 'POST', body })).status).toBe(200)
  })
})

describe('Codex', () => {
  const USAGE = '/chatgpt.com/backend-api/wham/usage'

  it('tells both windows with their lengths', async () => {
    world.setRemaining(one('codex'), 'main.5h', 0)
    const { body } = await ask(USAGE, asOwner('codex', { 'chatgpt-account-id': one('codex').workspace }))
    expect(body.rate_limit).toMatchObject({
      allowed: false,
      primary_window: { used_percent: 100, limit_window_seconds: 18_000 },
      secondary_window: { limit_window_seconds: 604_800 },
    })
    const { reset_at, reset_after_seconds } = body.rate_limit.primary_window
    expect(reset_at - reset_after_seconds).toBe(START / 1000)
  })

  it('refuses another workspace', async () => {
    expect((await ask(USAGE, asOwner('codex', { 'chatgpt-account-id': 'fake-other' }))).status).toBe(403)
  })

  it('names the reuse of a refresh token', async () => {
    const token = world.grants.session(one('codex')).refreshToken ?? ''
    const refresh = (): Promise<Answer> =>
      ask('/auth.openai.com/oauth/token', {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }),
      })
    const rotated = await refresh()
    expect(rotated.status).toBe(200)
    expect(rotated.body.access_token.split('.')).toHaveLength(3)
    expect(await refresh()).toMatchObject({ status: 401, body: { error: { code: 'refresh_token_reused' } } })
    expect(await refresh()).toMatchObject({ status: 401, body: { error: { code: 'refresh_token_invalidated' } } })
  })
})

describe('Copilot', () => {
  it('tells what is left of the month, below zero too', async () => {
    const token = { headers: { authorization: `token ${world.grants.session(one('copilot')).accessToken}` } }
    world.setRemaining(one('copilot'), 'premium.month', -0.5)
    const { body } = await ask('/api.github.com/copilot_internal/user', token)
    const premium = body.quota_snapshots.premium_interactions
    expect(premium).toMatchObject({ entitlement: 1500, remaining: -750, percent_remaining: -50, unlimited: false })
    expect(body.quota_reset_date_utc).toBe('2026-12-01T00:00:00Z')
    expect(body.quota_snapshots.chat).toMatchObject({ unlimited: true, entitlement: 0 })
    expect((await ask('/api.github.com/user', token)).body.login).toBe(one('copilot').login)
  })

  const form = (path: string, fields: Record<string, string>): Promise<Answer> =>
    ask(`/github.com${path}`, { method: 'POST', body: new URLSearchParams(fields) })

  const poll = async (deviceCode: string): Promise<Answer> => {
    const answer = await form('/login/oauth/access_token', {
      client_id: 'fake-client',
      device_code: deviceCode,
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    })
    expect(answer.status).toBe(200)
    return answer
  }

  it('lets a device sign in: pending, too fast, approved once', async () => {
    const { body: begun } = await form('/login/device/code', { client_id: 'fake-client', scope: 'read:user' })
    expect(begun).toMatchObject({ interval: 5, expires_in: 900 })
    expect((await poll(begun.device_code)).body).toMatchObject({ error: 'slow_down', interval: 10 })
    world.clock.advance(10_000)
    expect((await poll(begun.device_code)).body.error).toBe('authorization_pending')
    world.devices.approve(begun.user_code, one('copilot'))
    world.clock.advance(10_000)
    const { body } = await poll(begun.device_code)
    expect(body.token_type).toBe('bearer')
    expect(world.grants.lookUp(body.access_token)).toMatchObject({ account: one('copilot'), state: 'valid' })
    expect((await poll(begun.device_code)).body.error).toBe('incorrect_device_code')
  })

  it('tells denied and expired sign-ins apart', async () => {
    const { body: denied } = await form('/login/device/code', { client_id: 'fake-client' })
    const { body: late } = await form('/login/device/code', { client_id: 'fake-client' })
    world.devices.deny(denied.user_code)
    world.clock.advance(5000)
    expect((await poll(denied.device_code)).body.error).toBe('access_denied')
    world.clock.advance(895_000)
    expect((await poll(late.device_code)).body.error).toBe('expired_token')
  })
})

describe('OpenRouter and Nano-GPT', () => {
  it('tell a key’s cap and the credits so that the sums are right', async () => {
    world.setRemaining(one('openrouter'), 'key.month', 0.25)
    const { body: key } = await ask('/openrouter.ai/api/v1/key', asOwner('openrouter'))
    expect(key.data).toMatchObject({ limit: 100, limit_remaining: 25, usage_monthly: 75, limit_reset: 'monthly' })
    const { body: credits } = await ask('/openrouter.ai/api/v1/credits', asOwner('openrouter'))
    expect(credits.data.total_credits).toBeGreaterThan(credits.data.total_usage)
    expect((await ask('/openrouter.ai/api/v1/key')).status).toBe(401)
  })

  it('tell windows that do not apply as null, and resets in milliseconds', async () => {
    world.setRemaining(one('nano-gpt'), 'tokens.weekly', 0.5)
    const key = { headers: { 'x-api-key': world.grants.session(one('nano-gpt')).accessToken } }
    const { body } = await ask('/nano-gpt.com/api/subscription/v1/usage', key)
    expect(body.weeklyInputTokens).toMatchObject({ used: 30_000_000, remaining: 30_000_000, percentUsed: 0.5 })
    expect(body.weeklyInputTokens.resetAt).toBe(Date.UTC(2026, 10, 23))
    expect(body.dailyInputTokens).toBeNull()
    const balance = await ask('/nano-gpt.com/api/check-balance', { ...key, method: 'POST' })
    expect(balance.body.usd_balance).toMatch(/^\d+\.\d{8}$/)
  })
})

describe('DeepSeek', () => {
  it('tells one prepaid balance, its amounts as texts', async () => {
    const { body } = await ask('/api.deepseek.com/user/balance', asOwner('deepseek'))
    expect(body).toMatchObject({ is_available: true, balance_infos: [{ currency: 'USD', total_balance: '25.00' }] })
    expect((await ask('/api.deepseek.com/user/balance')).status).toBe(401)
  })
})
