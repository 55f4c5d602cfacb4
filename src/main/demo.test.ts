import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../../test/helpers/wait.ts'
import type { ComparisonDocument, CyclesDocument } from '../model/past-document.ts'
import { startDemo } from './demo.ts'

interface PerQuota {
  readonly account: string
  readonly quota: string
  readonly hours: readonly { readonly burnedRatio: number | null }[]
  readonly days: readonly object[]
}

describe('the demo', () => {
  it('has a past a short while after its start: hours, days, cycles and a comparison', async () => {
    const demo = await startDemo('0.0.0-test', { accounts: 8, speed: 60 })
    onTestFinished(() => demo.stop())
    const read = async <Body>(path: string): Promise<Body> =>
      (await (await fetch(`${demo.url}/api/v1/${path}`)).json()) as Body
    const own = await until('the past of a five-hour window', async () => {
      const { cycles } = await read<CyclesDocument>('cycles?since=40d')
      const byQuota = Map.groupBy(cycles, ({ account, quota }) => `${account} ${quota}`)
      return [...byQuota.values()].find((one) => one.length > 150) ?? false
    })
    const [one] = own
    const about = `account=${encodeURIComponent(one?.account ?? '')}&quota=${one?.quota}`
    for (const [index, cycle] of own.entries()) expect(own[index + 1]?.endedAt ?? cycle.startedAt).toBe(cycle.startedAt)
    const hours = await read<{ quotas: PerQuota[] }>(`analytics/hours?${about}`)
    expect(hours.quotas[0]?.hours.filter(({ burnedRatio }) => burnedRatio !== null).length).toBeGreaterThan(160)
    const days = await read<{ quotas: PerQuota[] }>(`analytics/days?${about}`)
    expect(days.quotas[0]?.days.length).toBeGreaterThan(30)
    const { quotas } = await read<ComparisonDocument>('analytics/accounts?since=30d')
    expect(quotas.find((row) => row.account === one?.account && row.quota === one.quota)?.cycles).toBeGreaterThan(130)
  })
})
