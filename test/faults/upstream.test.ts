import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProblemCode } from '../../src/model/problem.ts'
import type { FaultEffect } from '../../src/simulator/faults.ts'
import { until } from '../helpers/wait.ts'
import { GOOD, openWard, type Ward } from './ward.ts'

const AUTH_WORDS = { error: { code: 401, status: 'UNAUTHENTICATED', message: 'Token expired. Sign in again.' } }
const RETRY_INFO = {
  error: { code: 429, details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.2s' }] },
}
const reply = (status: number, body: unknown = '', headers: Record<string, string> = {}): FaultEffect => ({
  kind: 'reply',
  status,
  body,
  headers,
})

const VERIFY = { error: { code: 403, details: [{ reason: 'VALIDATION_REQUIRED' }] } }
const TOO_OLD = { error: { code: 400, message: 'This version of the client is no longer supported.' } }

interface Injection {
  readonly fault: string
  readonly effect: FaultEffect
  readonly code: ProblemCode
  /** False: its wait is long by design (a pause that was asked for, a refusal that only the owner can end). */
  readonly recovers: boolean
}

const INJECTIONS: readonly Injection[] = [
  { fault: 'H01 429 without a delay', effect: reply(429), code: 'rate_limited', recovers: true },
  { fault: 'H02 Retry-After: 0', effect: reply(429, '', { 'retry-after': '0' }), code: 'rate_limited', recovers: true },
  {
    fault: 'H04 Retry-After: -5',
    effect: reply(429, '', { 'retry-after': '-5' }),
    code: 'rate_limited',
    recovers: true,
  },
  {
    fault: 'H04 Retry-After of 3000 years',
    effect: reply(429, '', { 'retry-after': '99999999999' }),
    code: 'rate_limited',
    recovers: false,
  },
  { fault: 'H05 the delay is in the body', effect: reply(429, RETRY_INFO), code: 'rate_limited', recovers: true },
  { fault: 'H06 429 that speaks of tokens', effect: reply(429, AUTH_WORDS), code: 'rate_limited', recovers: true },
  { fault: 'H08 429 of a firewall', effect: { kind: 'html', status: 429 }, code: 'blocked_by_gateway', recovers: true },
  {
    fault: 'H14 403 challenge page',
    effect: { kind: 'html', status: 403 },
    code: 'blocked_by_gateway',
    recovers: true,
  },
  {
    fault: 'H14 503 challenge page',
    effect: { kind: 'html', status: 503 },
    code: 'upstream_unavailable',
    recovers: true,
  },
  {
    fault: 'H13 403 nobody knows',
    effect: reply(403, { error: { status: 'WHO_KNOWS' } }),
    code: 'forbidden',
    recovers: false,
  },
  {
    fault: 'H13 403 that asks for a verification',
    effect: reply(403, VERIFY),
    code: 'verification_required',
    recovers: false,
  },
  { fault: 'H30 a client that is too old', effect: reply(400, TOO_OLD), code: 'client_too_old', recovers: true },
  { fault: 'H17 an empty success', effect: { kind: 'empty' }, code: 'unexpected_response', recovers: true },
  {
    fault: 'H15 500',
    effect: reply(500, { error: { code: 500, status: 'INTERNAL' } }),
    code: 'upstream_unavailable',
    recovers: true,
  },
  { fault: 'H16 200 with a web page', effect: { kind: 'html' }, code: 'unexpected_response', recovers: true },
  { fault: 'H18 cut in the middle', effect: { kind: 'cut', afterBytes: 100 }, code: 'truncated', recovers: true },
  { fault: 'H18 a length too large', effect: { kind: 'wrong-length', by: 10 }, code: 'truncated', recovers: true },
  { fault: 'H18 a length too small', effect: { kind: 'wrong-length', by: -10 }, code: 'truncated', recovers: true },
  { fault: 'H18 half a JSON', effect: { kind: 'invalid-json' }, code: 'truncated', recovers: true },
  {
    fault: 'H19 gzip that is not labelled',
    effect: { kind: 'gzip-unlabelled' },
    code: 'unexpected_response',
    recovers: true,
  },
  { fault: 'H19 gzip twice', effect: { kind: 'gzip-double' }, code: 'unexpected_response', recovers: true },
  { fault: 'H20 a huge body', effect: { kind: 'huge', bytes: 1024 ** 3 }, code: 'too_large', recovers: true },
  {
    fault: 'H22 a compressed bomb',
    effect: { kind: 'gzip-bomb', bytes: 1024 ** 3 },
    code: 'too_large',
    recovers: true,
  },
  { fault: 'H26 the line is cut before an answer', effect: { kind: 'reset' }, code: 'network', recovers: true },
  {
    fault: 'H31 400',
    effect: reply(400, { error: { code: 400, status: 'INVALID_ARGUMENT' } }),
    code: 'rejected',
    recovers: true,
  },
  { fault: 'H31 404', effect: reply(404, ''), code: 'endpoint_gone', recovers: true },
  { fault: 'H31 422', effect: reply(422, {}), code: 'rejected', recovers: true },
]
const nameOf = (index: number): string => `patient${index}`

describe('answers that are wrong, all at once, each of another account', () => {
  let ward: Ward
  let calmGap: number
  let strickenGap: number
  const recovered = new Map<string, ProblemCode | null>()

  beforeAll(async () => {
    ward = await openWard({ patients: INJECTIONS.map((_, index) => nameOf(index)) })
    calmGap = await ward.rounds(5)
    const ends = INJECTIONS.map(({ effect }, index) => ward.befall(nameOf(index), effect))
    await Promise.all(INJECTIONS.map(({ code }, index) => ward.becomes(nameOf(index), code)))
    strickenGap = await ward.rounds(5)
    for (const end of ends) end()
  }, 120_000)

  afterAll(() => ward.close())

  it.each(INJECTIONS.map((injection, index) => [injection.fault, injection, index] as const))(
    '%s: named as what it is, the values stay, and it ends by itself',
    async (_fault, { code, recovers }, index) => {
      const name = nameOf(index)
      expect(ward.left(name)).toMatchObject(GOOD)
      const { problem } = ward.state(name).attempt ?? {}
      if (recovers) {
        await ward.becomes(name, null)
        expect(ward.left(name)).toMatchObject(GOOD)
        recovered.set(name, ward.code(name))
        return
      }
      expect(problem?.code).toBe(code)
      expect((problem?.retryAt ?? 0) - Date.now(), 'never longer than six hours and their jitter').toBeLessThan(
        6.7 * 3_600_000,
      )
    },
  )

  it('costs the healthy accounts nothing: no failure, right numbers, their schedule kept', () => {
    ward.expectHealthy()
    expect(strickenGap).toBeLessThan(Math.max(2 * calmGap, calmGap + 700))
    expect(recovered.size).toBe(INJECTIONS.filter((injection) => injection.recovers).length)
  })

  it('spends no refresh token for a 429 and calls nothing that costs (H07, P13)', () => {
    const patients = INJECTIONS.flatMap(({ effect }, index) =>
      effect.kind === 'reply' && effect.status === 429 ? [`antigravity/${nameOf(index)}@example.com`] : [],
    )
    expect(patients.length).toBeGreaterThan(4)
    for (const id of patients) expect(ward.world.grants.refreshCount(id), id).toBe(1)
    expect(ward.machine.simulator.requests.forbidden).toEqual([])
  })

  it('is said in our own words: no answer of a service is in a message or in the log (H14)', () => {
    const said = JSON.stringify([ward.live.log, ward.live.engine.board().accounts.map(({ attempt }) => attempt)])
    expect(said).not.toMatch(/doctype|Just a moment|Sign in again|WHO_KNOWS/)
  })
})

describe('services that do not answer', () => {
  it('H21 silence, an answer that stops, one byte a second: each ends at its deadline, and is asked again', async () => {
    const effects: readonly FaultEffect[] = [
      { kind: 'hang' },
      { kind: 'hang', afterBytes: 20 },
      { kind: 'drip', bytesPerSecond: 1 },
    ]
    const ward = await openWard({ healthy: 3, patients: ['p0', 'p1', 'p2'] })
    try {
      const ends = effects.map((effect, index) => ward.befall(`p${index}`, effect))
      await Promise.all(effects.map((_, index) => ward.becomes(`p${index}`, 'timeout')))
      for (const index of effects.keys()) expect(ward.left(`p${index}`)).toMatchObject(GOOD)
      await ward.rounds(2)
      for (const end of ends) end()
      await Promise.all(effects.map((_, index) => ward.becomes(`p${index}`, null)))
      ward.expectHealthy()
    } finally {
      await ward.close()
    }
  })

  it('H32 one black hole of fifty: the other 49 are on time', async () => {
    const ward = await openWard({ healthy: 49, patients: ['hole'] })
    try {
      const calm = await ward.rounds(3)
      ward.befall('hole', { kind: 'hang' })
      await ward.becomes('hole', 'timeout')
      const stricken = await ward.rounds(4)
      expect(stricken).toBeLessThan(Math.max(1.6 * calm, calm + 400))
      ward.expectHealthy()
    } finally {
      await ward.close()
    }
  }, 120_000)
})

describe('H18 an answer that breaks off', () => {
  it('at every byte is truncated, never a partial value', async () => {
    const names = Array.from({ length: 24 }, (_, index) => `p${index}`)
    const config = `[polling]
timeout = "5s"
backoff_floor = "0.001s"
backoff_cap = "0.002s"

[providers.antigravity]
interval = "0.05s"
`
    const ward = await openWard({ healthy: 1, patients: names, config })
    try {
      const { simulator } = ward.machine
      const lengthOf = await bodyLengths(ward)
      const right = ward.left('p0')
      const codes = new Set<ProblemCode>()
      const wrong: string[] = []
      ward.live.engine.subscribe(({ board }) => {
        for (const { account, attempt, reading } of board.accounts) {
          if (attempt?.problem) codes.add(attempt.problem.code)
          for (const { id, remainingRatio } of reading?.quotas ?? []) {
            if (remainingRatio !== right[id]) wrong.push(`${account.name} ${id} ${remainingRatio}`)
          }
        }
      })
      // The second host would answer for the first one.
      simulator.faults.add({ host: 'cloudcode-pa.googleapis.com', effect: { kind: 'cut', afterBytes: 0 } })
      let rules = 0
      for (const [path, length] of lengthOf) {
        for (let position = 0; position < length; position += 1) {
          const account = `antigravity/${names[position % names.length]}@example.com`
          const host = 'daily-cloudcode-pa.googleapis.com'
          simulator.faults.add({ account, host, path, times: 1, effect: { kind: 'cut', afterBytes: position } })
          rules += 1
        }
      }
      const since = Date.now()
      expect(rules).toBeGreaterThan(2000)
      // A whole reading that was asked for after that: every cut of this account has happened.
      const isWhole = (name: string): boolean =>
        (ward.state(name).observedAt ?? 0) > since && Object.keys(GOOD).every((id) => id in ward.left(name))
      await until('every byte position was cut once', () => names.every(isWhole), 45_000)
      expect(simulator.faults.struck).toBeGreaterThanOrEqual(rules)
      expect([...codes]).toEqual(['truncated'])
      expect(wrong).toEqual([])
      expect(ward.left('p0')).toEqual(right)
    } finally {
      await ward.close()
    }
  }, 120_000)
})

/** How long the two bodies are that a reading is made of. */
async function bodyLengths({ machine, world }: Ward): Promise<ReadonlyMap<string, number>> {
  const account = world.account('antigravity/p0@example.com')
  const lengths = new Map<string, number>()
  for (const method of ['fetchAvailableModels', 'retrieveUserQuotaSummary']) {
    const path = `/v1internal:${method}`
    const answer = await fetch(`${machine.simulator.url}/daily-cloudcode-pa.googleapis.com${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.grants.session(account).accessToken}` },
      body: JSON.stringify({ project: account.project }),
    })
    lengths.set(path, (await answer.arrayBuffer()).byteLength)
  }
  return lengths
}

describe('H23 a redirect', () => {
  it('is followed nowhere: a stranger sees neither a request nor a token, and a loop does not turn', async () => {
    const seen: string[] = []
    const stranger = createServer((incoming, outgoing) => {
      seen.push(incoming.url ?? '')
      outgoing.end('{}')
    })
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`
    const statuses = [301, 302, 303, 307, 308] as const
    const away = statuses.map((status) => `away${status}`)
    const loops = statuses.map((status) => `loop${status}`)
    const tokens = statuses.map((status) => `token${status}`)
    const ward = await openWard({
      healthy: 3,
      patients: [...away, ...loops, ...tokens],
      unread: tokens,
      prepare: ({ simulator }) => {
        for (const status of statuses) {
          const effect = { kind: 'redirect', status, location: `${origin}/token` } as const
          simulator.faults.add({ account: `antigravity/token${status}@example.com`, host: /oauth2/, effect })
        }
      },
    })
    try {
      const { url, requests } = ward.machine.simulator
      for (const status of statuses) {
        ward.befall(`away${status}`, { kind: 'redirect', status, location: `${origin}/take` })
        const location = `${url}/daily-cloudcode-pa.googleapis.com/loop`
        ward.befall(`loop${status}`, { kind: 'redirect', status, location })
      }
      await Promise.all([...away, ...loops, ...tokens].map((name) => ward.becomes(name, 'unexpected_response')))
      await ward.rounds(2)
      expect(seen).toEqual([])
      expect(requests.all.filter(({ path }) => path === '/loop')).toEqual([])
      ward.expectHealthy()
    } finally {
      await ward.close()
      stranger.close()
    }
  })
})

describe('H28, H29 connections', () => {
  it('carry no cookie and no cached answer from one account to another, and stay few', async () => {
    const ward = await openWard({ healthy: 20, patients: ['ada', 'grace'] })
    try {
      const body = (left: number): unknown => ({
        models: { 'claude-sonnet-4-6': { quotaInfo: { remainingFraction: left, resetTime: '2099-01-01T00:00:00Z' } } },
      })
      const headers = { 'set-cookie': 'session=of-one-account; Path=/', 'cache-control': 'public, max-age=3600' }
      ward.befall('ada', reply(200, body(0.11), headers), { path: /fetchAvailableModels/ })
      ward.befall('grace', reply(200, body(0.66), headers), { path: /fetchAvailableModels/ })
      await ward.rounds(3)
      expect(ward.left('ada')['claude-sonnet-4-6']).toBe(0.11)
      expect(ward.left('grace')['claude-sonnet-4-6']).toBe(0.66)
      const { requests } = ward.machine.simulator
      expect(requests.all.filter((request) => 'cookie' in request.headers)).toEqual([])
      const before = { ...ward.machine.simulator.connections(), asked: requests.all.length }
      await ward.rounds(6)
      const after = { ...ward.machine.simulator.connections(), asked: requests.all.length }
      expect(after.asked - before.asked).toBeGreaterThan(300)
      expect(after.total - before.total, 'hundreds of requests later, hardly a new connection').toBeLessThan(10)
      expect(after.open).toBeLessThanOrEqual(32)
      ward.expectHealthy()
    } finally {
      await ward.close()
    }
  })
})
