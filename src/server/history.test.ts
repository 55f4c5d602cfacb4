import { describe, expect, it } from 'vitest'
import { SAMPLE_NOW, sampleAccount, sampleBoard, sampleState } from '../../test/helpers/sample-board.ts'
import { testServer } from '../../test/helpers/server.ts'
import { openHistory } from '../history/open.ts'
import {
  type BurnAcrossDocument,
  type ComparisonDocument,
  type CyclesDocument,
  epochMs,
  type Forecast,
  type HistoryStore,
  makeQuota,
  type Quota,
} from '../model/index.ts'
import { createServerApp } from './app.ts'

const ACCOUNT = { id: 'claude/ada@example.com', provider: 'claude', name: 'ada@example.com' }

function fill(store: HistoryStore): void {
  for (const [minutesAgo, used] of [
    [30, 0.1],
    [20, 0.3],
    [10, 0.6],
  ] as const) {
    const at = epochMs(SAMPLE_NOW - minutesAgo * 60_000)
    const resetsAt = epochMs(SAMPLE_NOW + 3_600_000)
    const quota = makeQuota({
      id: 'session',
      label: 'Session (5 h)',
      kind: 'window',
      usedRatio: used,
      remainingRatio: 1 - used,
      windowSeconds: 18_000,
      resetsAt,
    })
    store.record({ at, account: ACCOUNT, reading: { quotas: [quota], notes: [] }, observedAt: at, problem: null })
  }
}

function server() {
  const { deps } = testServer()
  fill(deps.past.store)
  const app = createServerApp(deps)
  return async (path: string) => app.request(`http://127.0.0.1${path}`)
}

/** A window of five hours at half time, half used. */
function halfUsed(at: number): Quota {
  return makeQuota({
    id: 'session',
    label: 'Session (5 h)',
    kind: 'window',
    usedRatio: 0.5,
    remainingRatio: 0.5,
    windowSeconds: 18_000,
    resetsAt: epochMs(at + 9_000_000),
  })
}

/** Many accounts with one window each that has often been reset; half of it used each time. */
function crowd({ accounts, cycles, demo = false }: { accounts: number; cycles: number; demo?: boolean }) {
  const { deps, clock } = testServer()
  const store = openHistory({ path: ':memory:', clock: clock.clock, log: deps.log })
  const length = 5 * 3_600_000
  for (let index = 0; index < accounts; index++) {
    const account = { id: `claude/${index}`, provider: 'claude', name: String(index) }
    for (let ago = cycles - 1; ago >= 0; ago--) {
      const at = epochMs(SAMPLE_NOW - ago * length)
      store.record({ at, account, reading: { quotas: [halfUsed(at)], notes: [] }, observedAt: at, problem: null })
    }
  }
  const about = () => ({ startedAt: SAMPLE_NOW, demo, configProblems: [], restartNeeded: [] })
  const all = { ...deps, about, past: { ...deps.past, store } }
  const app = createServerApp(all)
  return { deps: all, clock, ask: async (path: string) => app.request(`http://127.0.0.1${path}`) }
}

describe('GET /api/v1/history', () => {
  it('gives the points of a quota, oldest first, and only those asked for', async () => {
    const answer = await server()(`/api/v1/history?account=${ACCOUNT.id}&quota=session&since=25m`)
    const { series } = (await answer.json()) as { series: { account: string; points: { usedRatio: number }[] }[] }
    expect(series.map((one) => one.account)).toEqual([ACCOUNT.id])
    expect(series[0]?.points.map((point) => point.usedRatio)).toEqual([0.3, 0.6])
  })

  it('names a parameter it cannot read', async () => {
    const answer = await server()('/api/v1/history?since=yesterday')
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('since') })
    expect((await server()('/api/v1/history?points=1')).status).toBe(400)
  })
})

describe('GET /api/v1/cycles', () => {
  it('gives the present cycle with its peak and no end', async () => {
    const { cycles } = (await (await server()('/api/v1/cycles')).json()) as { cycles: object[] }
    expect(cycles).toMatchObject([{ account: ACCOUNT.id, quota: 'session', endedAt: null, peakUsedRatio: 0.6 }])
  })

  it('bounds its answer, says so, and keeps the newest of each quota', async () => {
    const { ask } = crowd({ accounts: 150, cycles: 100 })
    const all = (await (await ask('/api/v1/cycles')).json()) as CyclesDocument
    expect(all.truncated).toBe(true)
    expect(all.cycles).toHaveLength(5_000)
    const each = Map.groupBy(all.cycles, ({ account }) => account)
    expect(each.size).toBe(150)
    expect(new Set([...each.values()].map(({ length }) => length))).toEqual(new Set([33, 34]))
    const ends = all.cycles.map(({ endedAt }) => endedAt ?? '9')
    expect(ends).toEqual(ends.toSorted().reverse())
    const one = (await (await ask('/api/v1/cycles?account=claude/7')).json()) as CyclesDocument
    expect([one.truncated, one.cycles.length]).toEqual([false, 100])
  })
})

describe('GET /api/v1/export', () => {
  it('streams every sample as CSV, JSON and OpenMetrics', async () => {
    const csv = await server()('/api/v1/export')
    expect(csv.headers.get('content-type')).toContain('text/csv')
    const lines = (await csv.text()).trim().split(/\r?\n/)
    expect(lines[0]).toBe('at,provider,account,quota,unit,used,limit,remaining,used_ratio,remaining_ratio,resets_at')
    expect(lines).toHaveLength(4)
    const json = (await (await server()('/api/v1/export?format=json')).json()) as { samples: object[] }
    expect(json.samples).toHaveLength(3)
    expect(await (await server()('/api/v1/export?format=openmetrics')).text()).toMatch(/# EOF\n$/)
    expect((await server()('/api/v1/export?format=xml')).status).toBe(400)
  })
})

describe('GET /api/v1/analytics', () => {
  it('answers by hour, by day, by cycle and by account, in the zone asked for', async () => {
    const ask = server()
    const { quotas: hours } = (await (await ask('/api/v1/analytics/hours?zone=Asia/Kathmandu')).json()) as {
      quotas: { account: string; hours: object[] }[]
    }
    expect(hours.map((one) => [one.account, one.hours.length])).toEqual([[ACCOUNT.id, 168]])
    const { quotas: days } = (await (await ask('/api/v1/analytics/days')).json()) as { quotas: { days: object[] }[] }
    expect(days[0]?.days).toMatchObject([{ burnedRatio: expect.closeTo(0.5, 6) }])
    expect(await (await ask('/api/v1/analytics/cycles')).json()).toEqual({
      quotas: [{ account: ACCOUNT.id, quota: 'session', summary: null }],
    })
    expect(await (await ask('/api/v1/analytics/accounts')).json()).toEqual({ quotas: [] })
    expect((await ask('/api/v1/analytics/hours?zone=Mars/Base')).status).toBe(400)
  })

  it('counts every cycle of the range, however many quotas there are', async () => {
    const { ask } = crowd({ accounts: 60, cycles: 100 })
    const { quotas } = (await (await ask('/api/v1/analytics/accounts')).json()) as ComparisonDocument
    expect(quotas).toHaveLength(60)
    expect(new Set(quotas.map(({ cycles }) => cycles))).toEqual(new Set([99]))
    const summaries = (await (await ask('/api/v1/analytics/cycles')).json()) as { quotas: { summary: object }[] }
    expect(summaries.quotas).toHaveLength(60)
    expect(summaries.quotas[0]?.summary).toMatchObject({ cycles: 99, meanPeakRatio: 0.5 })
  })

  it('lets others have a turn between two quotas, and answers for a minute from what it has summed', async () => {
    const { ask, deps, clock } = crowd({ accounts: 60, cycles: 2 })
    const { store } = deps.past
    const asked: number[] = []
    let turns = 0
    const cycles = store.cycles.bind(store)
    store.cycles = (query) => {
      asked.push(turns)
      return cycles(query)
    }
    const turn = (): void => {
      turns += 1
      if (asked.length < 60) setImmediate(turn)
    }
    setImmediate(turn)
    const [one, other] = await Promise.all([ask('/api/v1/analytics/accounts'), ask('/api/v1/analytics/accounts')])
    expect(asked).toHaveLength(60)
    expect(new Set(asked).size).toBeGreaterThan(50)
    expect(await one.text()).toBe(await other.text())
    await ask('/api/v1/analytics/accounts?since=7d')
    expect(asked).toHaveLength(120)
    await clock.advance(60_000)
    await ask('/api/v1/analytics/accounts')
    expect(asked).toHaveLength(180)
  })

  it('keeps no answer for long in a demo, whose past is made up while people look', async () => {
    const { ask, deps, clock } = crowd({ accounts: 1, cycles: 1, demo: true })
    const read = async () => ((await (await ask('/api/v1/analytics/accounts')).json()) as ComparisonDocument).quotas
    expect(await read()).toEqual([])
    const { store } = deps.past
    const before = Array.from({ length: 5 }, (_, index) => ({
      at: epochMs(SAMPLE_NOW - (5 - index) * 18_000_000),
      account: { id: 'claude/0', provider: 'claude', name: '0' },
      reading: { quotas: [halfUsed(SAMPLE_NOW - (5 - index) * 18_000_000)], notes: [] },
      observedAt: null,
      problem: null,
    }))
    expect(store.backfill('claude/0', before)).toBe(5)
    await clock.advance(5_000)
    expect(await read()).toMatchObject([{ account: 'claude/0', cycles: 5 }])
  })
})

describe('GET /api/v1/analytics/across', () => {
  const window = (id: string, facts: Partial<Quota> = {}) =>
    makeQuota({ id, label: id, kind: 'window', windowSeconds: 18_000, usedRatio: 0.5, remainingRatio: 0.5, ...facts })
  const world = () => {
    const states = ['codex/a', 'codex/b', 'claude/c'].map((id) => {
      const [provider = '', name = ''] = id.split('/')
      return sampleState(sampleAccount(provider, name), [
        window('session'),
        window('weekly', { windowSeconds: 604_800 }),
      ])
    })
    const { deps, clock } = testServer({}, { ...sampleBoard(), accounts: states })
    for (const [index, { account }] of states.entries()) {
      for (const [minutesAgo, usedRatio] of [
        [90, 0.1],
        [30, 0.1 + 0.1 * (index + 1)],
      ] as const) {
        const at = epochMs(SAMPLE_NOW - minutesAgo * 60_000)
        const quotas = [window('session', { usedRatio, remainingRatio: 1 - usedRatio })]
        deps.past.store.record({ at, account, reading: { quotas, notes: [] }, observedAt: at, problem: null })
      }
    }
    const app = createServerApp(deps)
    const read = async (query: string) => {
      const answer = await app.request(`http://127.0.0.1/api/v1/analytics/across${query}`)
      return { status: answer.status, body: (await answer.json()) as BurnAcrossDocument }
    }
    return { deps, clock, read }
  }

  it('sums windows of one length over all accounts, or over those of a service', async () => {
    const { read } = world()
    const { body } = await read('?windowSeconds=18000&zone=Europe/Berlin')
    expect(body.groups).toMatchObject([{ provider: null, windowSeconds: 18_000, accounts: 3, quotas: 3 }])
    expect(body.groups[0]?.days).toEqual([{ day: '2026-11-22', burnedWindows: 0.6, seenQuotas: 3 }])
    // Half of it burned from 07:30 to 08:00 UTC: nine o'clock in Berlin is the other half.
    expect(body.groups[0]?.hours[6 * 24 + 9]).toEqual({ weekday: 6, hour: 9, burnedWindows: 0.6, seenQuotas: 3 })
    expect(body.groups[0]?.hours[0]).toMatchObject({ burnedWindows: null, seenQuotas: 0 })
    const codex = (await read('?provider=codex')).body.groups
    expect(codex.map((one) => [one.windowSeconds, one.quotas, one.days[0]?.burnedWindows])).toEqual([
      [18_000, 2, 0.3],
      [604_800, 2, undefined],
    ])
  })

  it('answers for a minute from what it has summed, and reads 120 days at most', async () => {
    const { deps, clock, read } = world()
    let asked = 0
    const series = deps.past.store.series.bind(deps.past.store)
    deps.past.store.series = (query) => {
      asked += 1
      return series(query)
    }
    await Promise.all([read('?since=365d'), read('?since=365d')])
    expect(asked).toBe(6)
    await clock.advance(59_000)
    expect((await read('?since=365d')).body.since).toBe('2026-07-25T09:00:00Z')
    expect(asked).toBe(6)
    await clock.advance(1_000)
    await read('?since=365d')
    expect(asked).toBe(12)
  })

  it('names a parameter it cannot read', async () => {
    const { read } = world()
    for (const query of ['?zone=Mars/Base', '?windowSeconds=5h', '?since=yesterday']) {
      expect((await read(query)).status, query).toBe(400)
    }
    expect((await read('?provider=nobody')).body.groups).toEqual([])
  })
})

describe('GET /api/v1/forecast', () => {
  it('has one entry for each quota with a share, null while there is too little to say', async () => {
    const { deps } = testServer()
    const learnt = {
      ...deps,
      rules: () => ({
        ...deps.rules(),
        forecast: (account: string, quota: string) => (quota === 'session' ? forecastOf(account) : null),
      }),
    }
    const app = createServerApp(learnt)
    const { forecasts } = (await (await app.request('http://127.0.0.1/api/v1/forecast')).json()) as {
      forecasts: { quota: string; model: string | null; exhaustsAt: string | null }[]
    }
    expect(forecasts.length).toBeGreaterThan(3)
    expect(forecasts.filter((one) => one.quota === 'session').every((one) => one.model === 'linear')).toBe(true)
    expect(forecasts.filter((one) => one.quota !== 'session').every((one) => one.model === null)).toBe(true)
    const only = (await (await app.request('http://127.0.0.1/api/v1/forecast?quota=session')).json()) as {
      forecasts: object[]
    }
    expect(only.forecasts.length).toBe(forecasts.filter((one) => one.quota === 'session').length)
  })
})

function forecastOf(account: string): Forecast {
  return {
    account,
    quota: 'session',
    burnPerHourRatio: 0.1,
    exhaustsAt: '2026-11-22T12:00:00Z',
    exhaustsAtLow: null,
    exhaustsAtHigh: null,
    probabilityBeforeReset: 0.4,
    pace: { deltaRatio: 0.02, word: 'on_pace' },
    model: 'linear',
    score: null,
  }
}
