import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { exportText } from '../src/history/export.ts'
import { START, session, temporaryFolder, testHistory } from '../src/history/testing.ts'
import { HOUR_MS, MINUTE_MS, makeQuota } from '../src/model/index.ts'
import { startPrometheus } from './helpers/prometheus.ts'
import { lookForTools } from './helpers/tools.ts'

const { missing, note } = lookForTools('prometheus', 'promtool')

/** A morning with a reset, a balance beside it, values that repeat and one that is unknown. */
function morning(): ReturnType<typeof testHistory>['store'] {
  const { store, poll } = testHistory()
  for (let index = 0; index < 60; index += 1) {
    const window = Math.floor(index / 30)
    const used = index === 17 ? null : (index % 30) / 40
    poll([
      session(used, START + (window + 1) * 30 * 5 * MINUTE_MS),
      makeQuota({ id: 'credits', label: 'Credits', kind: 'balance', unit: 'USD', remaining: 50 - index / 8 }),
    ])
  }
  return store
}

it.skipIf(missing.length > 0)(
  `a real Prometheus answers from the imported history with the same values${note}`,
  async () => {
    const store = morning()
    const folder = temporaryFolder()
    const [page, data] = [join(folder, 'history.om'), join(folder, 'data')]
    writeFileSync(page, [...exportText('openmetrics', () => store.samples({}))].join(''))
    execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', page, data], { stdio: 'pipe' })
    mkdirSync(join(data, 'wal'))
    const prometheus = await startPrometheus({ ruleFiles: [], data })
    try {
      let compared = 0
      for (const sample of store.samples({})) {
        const metric = sample.usedRatio === null ? 'tokstat_quota_remaining' : 'tokstat_quota_used_ratio'
        const value = sample.usedRatio ?? sample.remaining
        const found = await prometheus.query(`${metric}{quota="${sample.quota}"}`, sample.at / 1000)
        // What was unknown at that instant has no value of its own.
        if (value === null) continue
        expect(
          found.map((one) => Number(one.value[1])),
          `${metric} ${sample.at}`,
        ).toEqual([value])
        compared += 1
      }
      expect(compared).toBeGreaterThan(100)
      const [highest] = await prometheus.query(
        'max_over_time(tokstat_quota_used_ratio{quota="session"}[6h])',
        (START + 6 * HOUR_MS) / 1000,
      )
      expect(Number(highest?.value[1])).toBe(29 / 40)
    } finally {
      await prometheus.stop()
    }
  },
  120_000,
)
