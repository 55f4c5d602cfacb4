import { describe, expect, it } from 'vitest'
import {
  SAMPLE_NOW,
  sampleAccount,
  sampleFailure,
  sampleModel,
  sampleReading,
  sampleState,
} from '../../test/helpers/sample-board.ts'
import { testServer } from '../../test/helpers/server.ts'
import { type AccountState, epochMs, type RefreshResult } from '../model/index.ts'
import { createServerApp } from './app.ts'

const HOUR = 3_600_000
const BASE = '/v0/management'

function setup(accounts?: readonly AccountState[]) {
  const made = testServer({}, accounts && { accounts })
  const app = createServerApp(made.deps)
  return {
    ...made,
    app,
    get: async (path: string): Promise<unknown> => (await app.request(BASE + path)).json(),
    status: async (path: string, init?: RequestInit) => (await app.request(BASE + path, init)).status,
  }
}

function models(name: string, list: Parameters<typeof sampleModel>[], more: Partial<AccountState> = {}): AccountState {
  return sampleState(
    sampleAccount('antigravity', name),
    list.map((one) => sampleModel(...one)),
    more,
  )
}

describe('quota/status', () => {
  const ada = models(
    'user@example.com',
    [
      ['claude-sonnet-4', 'Claude Sonnet 4', 0.23, 3 * HOUR],
      ['gpt-oss', 'GPT', null],
    ],
    {
      reading: sampleReading(
        [sampleModel('claude-sonnet-4', 'Claude Sonnet 4', 0.23, 3 * HOUR), sampleModel('gpt-oss', 'GPT', null)],
        { plan: { id: 'g1-pro-tier', name: 'Google AI Pro' } },
      ),
    },
  )
  const entry = {
    auth_id: 'antigravity-user@example.com.json',
    provider: 'antigravity',
    email: 'user@example.com',
    subscription_tier: 'g1-pro-tier',
    is_forbidden: false,
    models: [
      { model_id: 'claude-sonnet-4', remaining_percent: 23, reset_time: '2026-11-22T12:00:00Z' },
      { model_id: 'gpt-oss', remaining_percent: null, reset_time: null },
    ],
  }

  it('has the bare shape it always had', async () => {
    const { get } = setup([ada])
    expect(await get('/quota/status')).toEqual({ quotas: [entry] })
    expect(await get('/quota/status/antigravity')).toEqual({ quotas: [entry] })
  })

  it('finds an account by every form of its auth_id', async () => {
    const { get } = setup([ada])
    for (const id of [
      'antigravity-user@example.com.json',
      'antigravity-user%40example.com.json',
      'antigravity-user%40example%2Ecom%2Ejson',
      'antigravity-user_example_com.json',
    ]) {
      expect(await get(`/quota/status/antigravity/${id}`), id).toEqual({ quotas: [entry] })
    }
  })

  it('gives the exact form precedence over the underscored one', async () => {
    const twin = models('user_example_com', [['m', 'M', 0.5]])
    const { get } = setup([ada, twin])
    expect(await get('/quota/status/antigravity/antigravity-user_example_com.json')).toMatchObject({
      quotas: [{ auth_id: 'antigravity-user_example_com.json' }],
    })
  })

  it('answers 404 to an unknown provider or id, and an empty list for a known provider without accounts', async () => {
    const { app, get, status } = setup([ada])
    expect(await status('/quota/status/nobody')).toBe(404)
    expect(await status('/quota/status/antigravity/antigravity-x.json')).toBe(404)
    expect(await status('/quota/status/antigravity/user@example.com')).toBe(404)
    expect(await status('/quota/status/antigravity/%')).toBe(404)
    expect(await get('/quota/status/codex')).toEqual({ quotas: [] })
    expect(await (await app.request(`${BASE}/quota/status/nobody`)).json()).toEqual({
      error: { code: 'not_found', message: expect.any(String) },
    })
  })

  it('rounds as people are shown it, and shows no value that is due or stale', async () => {
    const shares = [0.29, 0.57, 0.995, 0.004, 1, 0]
    const state = models(
      'a',
      shares.map((share, index) => [`m${index}`, 'M', share]),
    )
    const percents = async (states: AccountState[]) => {
      const { quotas } = (await setup(states).get('/quota/status')) as {
        quotas: { models: { remaining_percent: number | null }[] }[]
      }
      return quotas[0]?.models.map((model) => model.remaining_percent)
    }
    expect(await percents([state])).toEqual([29, 57, 100, 0, 100, 0])
    expect(await percents([models('a', [['m', 'M', 0.5, -5_000]])])).toEqual([null])
    expect(await percents([{ ...state, observedAt: epochMs(SAMPLE_NOW - HOUR) }])).toEqual(shares.map(() => null))
  })

  it('lists a forbidden account without models', async () => {
    const { get } = setup([models('a', [['m', 'M', 0.5]], { attempt: sampleFailure('forbidden', 'No.') })])
    expect(await get('/quota/status')).toMatchObject({ quotas: [{ is_forbidden: true, models: [] }] })
  })
})

describe('quota/refresh', () => {
  it('reads that account and answers its status, or 429 when it was refused', async () => {
    const { app, engine } = setup([models('a@example.com', [['m', 'M', 0.5]])])
    const outcome = (what: RefreshResult['outcome']): RefreshResult => ({
      account: 'antigravity/a@example.com',
      provider: 'antigravity',
      outcome: what,
      observedAt: null,
      retryAt: epochMs(SAMPLE_NOW + 30_000),
      problem: null,
    })
    engine.onRefresh(async () => {
      engine.publish({ accounts: [models('a@example.com', [['m', 'M', 0.25]])] })
      return [outcome('read')]
    })
    const path = `${BASE}/quota/refresh/antigravity/antigravity-a_example_com.json`
    const answer = await app.request(path, { method: 'POST' })
    expect(await answer.json()).toMatchObject({ quotas: [{ models: [{ remaining_percent: 25 }] }] })
    expect(engine.asked).toEqual([['antigravity/a@example.com']])
    engine.onRefresh(async () => [outcome('cooldown')])
    const refused = await app.request(path, { method: 'POST' })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30'])
    expect(await refused.json()).toEqual({ error: { code: 'rate_limited', message: expect.any(String) } })
    expect((await app.request(`${BASE}/quota/refresh/antigravity/antigravity-x.json`, { method: 'POST' })).status).toBe(
      404,
    )
  })
})

describe('quota/available', () => {
  const accounts = [
    models('some', [['claude-opus-4', 'Opus', 0.4, HOUR]]),
    models('most', [['claude-opus-4', 'Opus', 0.9, HOUR]]),
    models('spent', [
      ['claude-opus-4', 'Opus', 0, HOUR],
      ['claude-sonnet-4', 'Sonnet', 0.9, HOUR],
    ]),
    models('other-family', [['gemini-3-pro', 'Gemini', 0.9]]),
    models('out', [['claude-opus-4', 'Opus', 0.9]], { attempt: sampleFailure('credential_revoked', 'Signed out.') }),
    models('named', [['claude-opus-4', 'Opus', 0.8]], {
      blocks: [{ model: 'claude-sonnet-4', until: epochMs(SAMPLE_NOW + 60_000) }],
    }),
    sampleState(sampleAccount('gemini-cli', 'cli'), [sampleModel('gemini-3-pro', 'Gemini', 0.6)]),
  ]

  it('names who can serve a model, best first, and who cannot and until when', async () => {
    const { get } = setup(accounts)
    expect(await get('/quota/available?model=claude-sonnet-4')).toEqual({
      model: 'claude-sonnet-4',
      pool: 'claude',
      available: [
        {
          auth_id: 'antigravity-most.json',
          provider: 'antigravity',
          email: null,
          remaining_percent: 90,
          reset_time: '2026-11-22T10:00:00Z',
        },
        {
          auth_id: 'antigravity-some.json',
          provider: 'antigravity',
          email: null,
          remaining_percent: 40,
          reset_time: '2026-11-22T10:00:00Z',
        },
      ],
      blocked: [
        {
          auth_id: 'antigravity-spent.json',
          provider: 'antigravity',
          email: null,
          reason: 'limit reached (claude-opus-4)',
          recovers_at: '2026-11-22T10:00:00Z',
        },
        {
          auth_id: 'antigravity-out.json',
          provider: 'antigravity',
          email: null,
          reason: 'signed out',
          recovers_at: '2026-11-22T09:05:00Z',
        },
        {
          auth_id: 'antigravity-named.json',
          provider: 'antigravity',
          email: null,
          reason: 'limit reached (claude-sonnet-4)',
          recovers_at: '2026-11-22T09:01:00Z',
        },
      ],
    })
    expect(await get('/quota/available?model=gemini-3-pro')).toMatchObject({
      pool: 'gemini',
      available: [
        { auth_id: 'antigravity-other-family.json' },
        { auth_id: 'gemini-cli-cli.json', remaining_percent: 60 },
      ],
    })
  })

  it('unblocks a pool by the clock alone, without asking anyone', async () => {
    const { get, clock, engine } = setup(accounts.slice(2, 3))
    expect(await get('/quota/available?model=claude-opus-4')).toMatchObject({ available: [], blocked: [{}] })
    await clock.advance(10 * 60_000)
    expect(await get('/quota/available?model=claude-opus-4')).toMatchObject({ available: [], blocked: [{}] })
    const fresh = accounts.slice(2, 3).map((state) => ({ ...state, observedAt: epochMs(SAMPLE_NOW + 50 * 60_000) }))
    engine.publish({ accounts: fresh })
    await clock.advance(50 * 60_000)
    expect(await get('/quota/available?model=claude-opus-4')).toMatchObject({
      available: [{ auth_id: 'antigravity-spent.json', remaining_percent: null }],
      blocked: [],
    })
    expect(engine.asked).toEqual([])
  })

  it('needs a model', async () => {
    const { status } = setup(accounts)
    expect(await status('/quota/available')).toBe(400)
    expect(await status('/quota/available?model=')).toBe(400)
  })
})

describe('the two switches', () => {
  it.each(['switch-project', 'switch-preview-model'] as const)('%s is read and set, and kept', async (name) => {
    const { app, deps, get, status } = setup()
    const put = (text: string): Promise<Response> =>
      Promise.resolve(app.request(`${BASE}/quota-exceeded/${name}`, { method: 'PUT', body: text }))
    expect(await get(`/quota-exceeded/${name}`)).toEqual({ value: false })
    expect(await (await put('{"value": true}')).json()).toEqual({ value: true })
    expect(deps.toggles.get(name)).toBe(true)
    for (const bad of ['', '{', 'true', 'null', '[]', '{}', '{"value":"true"}', '{"value":1}', '{"value":null}']) {
      const answer = await put(bad)
      expect(answer.status, bad).toBe(400)
      expect(await answer.json()).toEqual({ error: { code: 'invalid_request', message: expect.any(String) } })
    }
    expect(await get(`/quota-exceeded/${name}`)).toEqual({ value: true })
    expect(await status(`/quota-exceeded/${name}`, { method: 'DELETE' })).toBe(404)
  })
})
