import { describe, expect, it } from 'vitest'
import { SAMPLE_NOW } from '../../test/helpers/sample-board.ts'
import { testServer } from '../../test/helpers/server.ts'
import { epochMs, type HistoryStore, makeQuota } from '../model/index.ts'
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
