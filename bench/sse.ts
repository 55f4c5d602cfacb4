import { type Helper, pause, residentBytes, startHelper, withFolder } from './processes.ts'
import { type Bench, median, ms, type Row } from './row.ts'

const READERS = 1_000
const BUDGET_MS = 1_000

interface Served {
  /** The slowest reader's delay, by event. */
  readonly delaysMs: readonly number[]
  readonly bytesPerReader: number
  readonly allServed: boolean
}

/** A thousand readers of the event stream, one change a second. */
export const sse: Bench = {
  name: 'sse',
  run: ({ quick }) =>
    withFolder(async (folder) => {
      const seconds = quick ? 4 : 12
      const front = startHelper('front')
      const bare = startHelper('bare')
      try {
        const url = await front.ask<string>({ accounts: 100, quotas: 20, folder })
        const ours = await serve(front, `${url}/api/v1/events`, 'change', seconds)
        const [account] = (await accountBytes(url)) ?? []
        const bareUrl = await bare.ask<string>({ kind: 'stream', bytes: account ?? 8_000 })
        const other = await serve(bare, bareUrl, { kind: 'event' }, seconds)
        return rowsOf(ours, other)
      } finally {
        await Promise.all([front.stop(), bare.stop()])
      }
    }),
}

/** How large one account's event is, so that the bare server sends as much. */
async function accountBytes(url: string): Promise<readonly number[]> {
  const { accounts } = (await (await fetch(`${url}/api/v1/accounts`)).json()) as { accounts: readonly unknown[] }
  return accounts.map((account) => JSON.stringify(account).length)
}

async function serve(server: Helper, url: string, change: unknown, seconds: number): Promise<Served> {
  const crowd = startHelper('readers')
  try {
    await pause(1000)
    const before = residentBytes(server.pid)
    await crowd.ask({ url, readers: READERS })
    await pause(1000)
    const sizes: number[] = []
    const published = new Set<number>()
    for (let second = 0; second < seconds; second++) {
      published.add(await server.ask<number>(change))
      await pause(1000)
      sizes.push(residentBytes(server.pid))
    }
    const seen = await crowd.ask<{ readonly at: number; readonly count: number; readonly delayMs: number }[]>('report')
    const events = seen.filter(({ at }) => published.has(at))
    return {
      delaysMs: events.map(({ delayMs }) => delayMs),
      bytesPerReader: Math.max(0, median(sizes) - before) / READERS,
      allServed: events.length === published.size && events.every(({ count }) => count === READERS),
    }
  } finally {
    await crowd.stop()
  }
}

function rowsOf(ours: Served, other: Served): readonly Row[] {
  const [slowest, otherSlowest] = [Math.max(...ours.delaysMs), Math.max(...other.delaysMs)]
  return [
    {
      bench: 'sse',
      what: `${READERS} readers, one change a second: the slowest reader of the slowest change${ours.allServed ? '' : ' (NOT ALL SERVED)'}`,
      figure: ms(slowest),
      against: `${ms(otherSlowest)}, bare node:http that writes as many bytes`,
      ratio: slowest / otherSlowest,
      budget: `all served within ${BUDGET_MS / 1000} s`,
      held: ours.allServed && slowest <= BUDGET_MS,
    },
    {
      bench: 'sse',
      what: 'memory a reader',
      figure: `${(ours.bytesPerReader / 1024).toFixed(1)} KiB`,
      against: `${(other.bytesPerReader / 1024).toFixed(1)} KiB, bare node:http`,
      ratio: ours.bytesPerReader / other.bytesPerReader,
      budget: '128 KiB',
      held: ours.bytesPerReader <= 128 * 1024,
    },
  ]
}
