import { describe, expect, it } from 'vitest'
import { SAMPLE_NOW } from '../../test/helpers/sample-board.ts'
import { testServer } from '../../test/helpers/server.ts'
import { epochMs, type Forecast, type HistoryStore, makeQuota } from '../model/index.ts'
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
