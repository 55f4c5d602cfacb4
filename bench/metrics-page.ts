import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startHelper, withFolder } from './processes.ts'
import { type Bench, inTurn, megabytes } from './row.ts'

const BUDGET = 0.8

/** /metrics of 1,000 accounts × 20 quotas, nothing changed since the last scrape. */
export const metricsPage: Bench = {
  name: 'metrics-page',
  run: ({ quick }) =>
    withFolder(async (folder) => {
      const [front, bare, load] = [startHelper('front'), startHelper('bare'), startHelper('load')]
      try {
        const url = `${await front.ask<string>({ accounts: 1_000, quotas: 20, folder })}/metrics`
        const page = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
        const body = Buffer.from(await page.arrayBuffer())
        const file = join(folder, 'page.txt')
        writeFileSync(file, body)
        const contentType = page.headers.get('content-type') ?? 'text/plain'
        const bareUrl = await bare.ask<string>({ kind: 'page', file, contentType })
        const press = (target: string) => () =>
          load.ask<number>({ url: target, forMs: quick ? 1_000 : 4_000, connections: 2 })
        const { ours, other, ratio } = await inTurn(quick ? 2 : 7, press(url), press(bareUrl))
        return [
          {
            bench: 'metrics-page',
            what: `/metrics, 1,000 accounts × 20 quotas, unchanged, ${megabytes(body.length)} a page`,
            figure: `${ours.toFixed(1)} requests/s`,
            against: `${other.toFixed(1)} requests/s, bare node:http with the same bytes`,
            ratio,
            budget: `at least ${BUDGET} ×`,
            held: ratio >= BUDGET,
          },
        ]
      } finally {
        await Promise.all([front.stop(), bare.stop(), load.stop()])
      }
    }),
}
