import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOUR_MS } from '../../model/index.ts'
import type { SimAccount } from '../account.ts'
import { type Simulator, startSimulator } from '../server.ts'
import { createWorld, FAKE_CLIENTS, type World } from '../world.ts'

const START = Date.UTC(2026, 10, 22, 9)
const DAILY = 'daily-cloudcode-pa.googleapis.com'
const PROD = 'cloudcode-pa.googleapis.com'

let simulator: Simulator
let world: World
let ada: SimAccount

beforeEach(async () => {
  world = createWorld({ accounts: { antigravity: 1, 'gemini-cli': 1 }, clock: { startAt: START, now: () => START } })
  simulator = await startSimulator({ world })
  ada = world.account('antigravity/ada@example.com')
})

afterEach(() => simulator.stop())

interface Bucket {
  readonly bucketId: string
  readonly modelId: string
  readonly remainingFraction?: number
  readonly remainingAmount?: string
  readonly resetTime: string
}

/** The parts of Google's answers that these tests look at. */
interface Body {
  readonly access_token: string
  readonly refresh_token?: string
  readonly expires_in: number
  readonly models: Readonly<Record<string, { readonly quotaInfo?: Pick<Bucket, 'remainingFraction' | 'resetTime'> }>>
  readonly groups: readonly { readonly buckets: readonly Bucket[] }[]
  readonly buckets: readonly Bucket[]
  readonly error: { readonly message: string; readonly status: string; readonly details?: readonly unknown[] }
}

interface Answer {
  readonly status: number
  readonly body: Body
}

async function answerOf(reply: Response): Promise<Answer> {
  return { status: reply.status, body: (await reply.json()) as Body }
}

async function cloudCode(
  method: string,
  options: { host?: string; of?: SimAccount; body?: unknown; agent?: string } = {},
): Promise<Answer> {
  const token = world.grants.session(options.of ?? ada).accessToken
  const reply = await fetch(`${simulator.url}/${options.host ?? DAILY}/v1internal:${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'user-agent': options.agent ?? 'antigravity' },
    body: JSON.stringify(options.body ?? {}),
  })
  return answerOf(reply)
}

async function token(fields: Readonly<Record<string, string>>): Promise<Answer> {
  const reply = await fetch(`${simulator.url}/oauth2.googleapis.com/token`, {
    method: 'POST',
    body: new URLSearchParams(fields),
  })
  return answerOf(reply)
}

function refreshFields(client = FAKE_CLIENTS.antigravity): Readonly<Record<string, string>> {
  return {
    grant_type: 'refresh_token',
    refresh_token: world.grants.session(ada).refreshToken ?? '',
    client_id: client?.id ?? '',
    client_secret: client?.secret ?? '',
  }
}

function bucketsOf(answer: Answer): ReadonlyMap<string, Bucket> {
  return new Map(answer.body.groups.flatMap((group) => group.buckets).map((bucket) => [bucket.bucketId, bucket]))
}

describe("Google's token endpoint", () => {
  it('refreshes without rotating, for an hour of world time', async () => {
    const { refreshToken } = world.grants.session(ada)
    const { status, body } = await token(refreshFields())
    expect(status).toBe(200)
    expect(body).toMatchObject({ expires_in: 3600, token_type: 'Bearer' })
    expect(body.refresh_token).toBeUndefined()
    expect(world.grants.session(ada)).toMatchObject({ accessToken: body.access_token, refreshToken })
    world.clock.advance(HOUR_MS)
    expect((await cloudCode('loadCodeAssist')).status).toBe(401)
  })

  it('tells a fast world in wall seconds how long the token lasts', async () => {
    world.clock.setSpeed(60)
    expect((await token(refreshFields())).body.expires_in).toBe(60)
  })

  it('sends the errors as Google does', async () => {
    const wrong = { id: FAKE_CLIENTS.antigravity?.id ?? '', secret: 'fake-wrong-secret' }
    const stranger = { id: 'fake-stranger.apps.example.com', secret: 'x' }
    const cases: readonly [Readonly<Record<string, string>>, number, string][] = [
      [refreshFields(stranger), 401, 'invalid_client'],
      [refreshFields(wrong), 401, 'invalid_client'],
      [refreshFields(FAKE_CLIENTS['gemini-cli']), 401, 'unauthorized_client'],
      [{ ...refreshFields(), refresh_token: '1//fake-refresh-of-nobody' }, 400, 'invalid_grant'],
      [{ ...refreshFields(), refresh_token: '' }, 400, 'invalid_request'],
      [{ ...refreshFields(), grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ]
    for (const [fields, status, error] of cases) {
      expect(await token(fields)).toMatchObject({ status, body: { error } })
    }
    ada.condition = { kind: 'signed-out' }
    expect(await token(refreshFields())).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    })
  })

  it('says whose token it is', async () => {
    const reply = await fetch(`${simulator.url}/www.googleapis.com/oauth2/v2/userinfo`, {
      headers: { authorization: `Bearer ${world.grants.session(ada).accessToken}` },
    })
    expect(await reply.json()).toMatchObject({ id: ada.subject, email: 'ada@example.com' })
    expect((await fetch(`${simulator.url}/www.googleapis.com/oauth2/v2/userinfo`)).status).toBe(401)
  })
})

describe('Cloud Code', () => {
  it('tells project and plan', async () => {
    const { body } = await cloudCode('loadCodeAssist')
    expect(body).toMatchObject({ cloudaicompanionProject: ada.project, paidTier: { id: 'g1-pro-tier' } })
  })

  it('lists for every model the tighter of its pool’s two windows', async () => {
    world.setRemaining(ada, '3p.5h', 0.8)
    world.setRemaining(ada, '3p.weekly', 0.25)
    world.setRemaining(ada, 'gemini.5h', 0.4)
    world.setRemaining(ada, 'gemini.weekly', 0.9)
    const { models } = (await cloudCode('fetchAvailableModels')).body
    const buckets = bucketsOf(await cloudCode('retrieveUserQuotaSummary'))
    expect(buckets.get('3p-5h')?.remainingFraction).toBe(0.8)
    expect(models['claude-sonnet-4-6']?.quotaInfo).toEqual({
      remainingFraction: 0.25,
      resetTime: buckets.get('3p-weekly')?.resetTime,
    })
    expect(models['gpt-oss-120b-medium']?.quotaInfo?.remainingFraction).toBe(0.25)
    expect(models['gemini-3-flash']?.quotaInfo).toEqual({
      remainingFraction: 0.4,
      resetTime: buckets.get('gemini-5h')?.resetTime,
    })
    expect(models['chat_20706']?.quotaInfo).toBeUndefined()
  })

  it('leaves a fraction of exactly zero out, and keeps the smallest one that is left', async () => {
    world.setRemaining(ada, '3p.5h', 0)
    world.setRemaining(ada, 'gemini.5h', 1e-8)
    world.setRemaining(ada, 'gemini.weekly', 1)
    const { models } = (await cloudCode('fetchAvailableModels')).body
    expect(Object.keys(models['claude-opus-4-6-thinking']?.quotaInfo ?? {})).toEqual(['resetTime'])
    expect(models['gemini-3-flash']?.quotaInfo?.remainingFraction).toBe(1e-6)
    expect(bucketsOf(await cloudCode('retrieveUserQuotaSummary')).get('3p-5h')).not.toHaveProperty('remainingFraction')
    const { buckets } = (await cloudCode('retrieveUserQuota')).body
    const claude = buckets.find((bucket) => bucket.modelId === 'claude-sonnet-4-6')
    expect(claude).not.toHaveProperty('remainingFraction')
  })

  it('shows on prod a frozen session that no work ever touches', async () => {
    world.setRemaining(ada, 'gemini.5h', 0.1)
    const at = async (): Promise<unknown> =>
      bucketsOf(await cloudCode('retrieveUserQuotaSummary', { host: PROD })).get('gemini-5h')
    expect(await at()).toMatchObject({ remainingFraction: 1, resetTime: '2026-11-22T14:00:00Z' })
    const daily = bucketsOf(await cloudCode('retrieveUserQuotaSummary'))
    expect(daily.get('gemini-5h')?.remainingFraction).toBe(0.1)
    const prod = bucketsOf(await cloudCode('retrieveUserQuotaSummary', { host: PROD }))
    expect(prod.get('3p-5h')).toEqual(daily.get('3p-5h'))
  })

  it('burns, runs dry and comes back as time passes', async () => {
    await simulator.stop()
    world = createWorld({ clock: { startAt: START, now: () => START } })
    ada = world.add({
      provider: 'antigravity',
      name: 'ada',
      pattern: 'steady',
      intensity: 3,
      startUsed: { '3p.5h': 0.9, '3p.weekly': 0 },
    })
    simulator = await startSimulator({ world })
    const left = async (): Promise<number> =>
      bucketsOf(await cloudCode('retrieveUserQuotaSummary')).get('3p-5h')?.remainingFraction ?? 0
    const reset = Date.parse(bucketsOf(await cloudCode('retrieveUserQuotaSummary')).get('3p-5h')?.resetTime ?? '')
    expect(await left()).toBe(0.1)
    world.clock.set(reset - 1000)
    world.grants.signIn(ada)
    expect(await left()).toBe(0)
    world.clock.set(reset + 1000)
    world.grants.signIn(ada)
    expect(await left()).toBeGreaterThan(0.99)
  })

  it('refuses a project that is not the account’s own', async () => {
    expect((await cloudCode('fetchAvailableModels', { body: { project: ada.project } })).status).toBe(200)
    expect((await cloudCode('fetchAvailableModels', { body: { project: 'fake-project-of-another' } })).status).toBe(403)
  })

  it('answers each condition of an account in its own way', async () => {
    ada.condition = { kind: 'forbidden' }
    expect(await cloudCode('fetchAvailableModels')).toMatchObject({
      status: 403,
      body: { error: { status: 'PERMISSION_DENIED' } },
    })
    ada.condition = { kind: 'verification-required' }
    expect(JSON.stringify((await cloudCode('fetchAvailableModels')).body)).toContain('VALIDATION_REQUIRED')
    ada.condition = { kind: 'unsupported-region' }
    expect((await cloudCode('fetchAvailableModels')).status).toBe(400)
    ada.condition = { kind: 'rate-limited', retryAfterSeconds: 90 }
    const limited = await cloudCode('fetchAvailableModels')
    expect(limited).toMatchObject({ status: 429, body: { error: { details: [{ retryDelay: '90s' }] } } })
    ada.condition = { kind: 'rate-limited', retryAfterSeconds: null }
    expect((await cloudCode('retrieveUserQuotaSummary')).body.error.details).toBeUndefined()
  })

  it('serves Gemini CLI its own buckets and refuses it Antigravity’s', async () => {
    const cli = world.accounts.find((account) => account.provider === 'gemini-cli')
    if (!cli) throw new Error('no Gemini CLI account')
    world.setRemaining(cli, 'pro.daily', 0.5)
    const { buckets } = (await cloudCode('retrieveUserQuota', { of: cli })).body
    expect(buckets[0]).toMatchObject({ modelId: 'gemini-2.5-pro', remainingFraction: 0.5, remainingAmount: '750' })
    expect((await cloudCode('fetchAvailableModels', { of: cli })).status).toBe(403)
  })

  it('tells an Antigravity account Gemini CLI’s buckets when asked as Gemini CLI', async () => {
    const models = async (agent: string): Promise<readonly string[]> =>
      (await cloudCode('retrieveUserQuota', { agent })).body.buckets.map((bucket) => bucket.modelId)
    expect(await models('GeminiCLI/1.0.0/gemini-2.5-pro (linux; x64)')).not.toContain('claude-sonnet-4-6')
    expect(await models('antigravity')).toContain('claude-sonnet-4-6')
  })

  it('sends private Gemini CLI accounts away', async () => {
    const consumer = world.add({ provider: 'gemini-cli', name: 'private', consumer: true })
    for (const method of ['loadCodeAssist', 'retrieveUserQuota']) {
      const { status, body } = await cloudCode(method, { of: consumer })
      expect(status).toBe(403)
      expect(body.error.message).toContain('UNSUPPORTED_CLIENT')
    }
  })

  it('gives nothing for a token of another provider', async () => {
    const claude = world.add({ provider: 'claude' })
    expect((await cloudCode('fetchAvailableModels', { of: claude })).status).toBe(401)
  })
})
