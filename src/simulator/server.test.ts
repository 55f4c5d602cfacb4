import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SimAccount } from './account.ts'
import { type Simulator, startSimulator } from './server.ts'
import { createWorld } from './world.ts'

const START = Date.UTC(2026, 10, 22, 9)

let simulator: Simulator
let ada: SimAccount

beforeEach(async () => {
  const world = createWorld({ accounts: { antigravity: 2 }, clock: { startAt: START, now: () => START } })
  simulator = await startSimulator({ world })
  ada = world.account('antigravity/ada@example.com')
})

afterEach(() => simulator.stop())

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(simulator.url + path, init)
}

function bearer(account: SimAccount): Record<string, string> {
  return { authorization: `Bearer ${simulator.world.grants.session(account).accessToken}` }
}

describe('the simulator', () => {
  it('records every request with its account and without its secrets', async () => {
    await ask('/daily-cloudcode-pa.googleapis.com/v1internal:loadCodeAssist?alt=json', {
      method: 'POST',
      headers: { ...bearer(ada), 'x-api-key': 'fake-key-to-hide', 'user-agent': 'tokstat/test' },
      body: '{"metadata":{}}',
    })
    await ask('/oauth2.googleapis.com/token', {
      method: 'POST',
      body: new URLSearchParams({ refresh_token: simulator.world.grants.session(ada).refreshToken ?? '' }),
    })
    const [first, second] = simulator.requests.all
    expect(first).toMatchObject({
      at: START,
      method: 'POST',
      host: 'daily-cloudcode-pa.googleapis.com',
      path: '/v1internal:loadCodeAssist',
      query: 'alt=json',
      account: ada.id,
      body: '{"metadata":{}}',
      status: 200,
    })
    expect(first?.headers).toMatchObject({ authorization: 'Bearer', 'x-api-key': '', 'user-agent': 'tokstat/test' })
    expect(second).toMatchObject({ account: ada.id, body: null, status: 400 })
    expect(JSON.stringify(simulator.requests.all)).not.toMatch(/fake-access|fake-refresh|fake-key/)
    expect(simulator.requests.to('oauth2.googleapis.com', '/token')).toHaveLength(1)
    expect(simulator.requests.of(ada.id)).toHaveLength(2)
    simulator.requests.clear()
    expect(simulator.requests.all).toHaveLength(0)
  })

  it('answers inference, onboarding and spending with 500 and remembers them', async () => {
    const paths = [
      '/daily-cloudcode-pa.googleapis.com/v1internal:onboardUser',
      '/cloudcode-pa.googleapis.com/v1internal:generateContent',
      '/cloudcode-pa.googleapis.com/v1internal:streamGenerateContent',
      '/api.anthropic.com/v1/messages',
      '/chatgpt.com/backend-api/codex/responses',
      '/chatgpt.com/backend-api/wham/rate-limit-reset-credits/consume',
      '/openrouter.ai/api/v1/chat/completions',
      '/nano-gpt.com/api/v1/chat/completions',
    ]
    for (const path of paths) {
      expect((await ask(path, { method: 'POST', headers: bearer(ada), body: '{}' })).status).toBe(500)
    }
    expect(simulator.requests.forbidden.map((entry) => `/${entry.host}${entry.path}`)).toEqual(paths)
  })

  it('answers an address that nobody has with 404 and remembers it', async () => {
    expect((await ask('/api.example.com/quota')).status).toBe(404)
    expect(simulator.requests.unknown).toHaveLength(1)
    expect(simulator.requests.forbidden).toHaveLength(0)
  })

  it('refuses an address without a host', async () => {
    expect((await ask('/')).status).toBe(400)
  })

  it('puts the wall clock into Date', async () => {
    const reply = await ask('/api.example.com/')
    expect(reply.headers.get('date')).toBe(new Date(START).toUTCString())
  })

  it('counts how many requests were under way at once', async () => {
    await simulator.stop()
    simulator = await startSimulator({ latencyMs: 200 })
    await Promise.all(Array.from({ length: 6 }, () => ask('/one.example.com/')).concat(ask('/two.example.com/')))
    expect(simulator.requests.peak()).toBeGreaterThan(1)
    expect(simulator.requests.peak('one.example.com')).toBeLessThanOrEqual(6)
    expect(simulator.requests.peak('two.example.com')).toBe(1)
    expect(simulator.connections().total).toBeGreaterThanOrEqual(1)
  })

  it('remembers the latest requests only, so that it can run for weeks', async () => {
    await simulator.stop()
    simulator = await startSimulator({ keepRequests: 10 })
    for (let index = 0; index < 40; index += 1) await ask(`/api.example.com/${index}`)
    expect(simulator.requests.all.length).toBeLessThanOrEqual(11)
    expect(simulator.requests.all.at(-1)?.path).toBe('/39')
  })

  it('says so when its port is taken', async () => {
    await expect(startSimulator({ port: simulator.port })).rejects.toThrow('EADDRINUSE')
  })

  it('keeps two simulators apart', async () => {
    const other = await startSimulator()
    try {
      await fetch(`${other.url}/api.example.com/`)
      expect(simulator.requests.all).toHaveLength(0)
      expect(other.requests.all).toHaveLength(1)
    } finally {
      await other.stop()
    }
  })
})
