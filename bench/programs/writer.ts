/** Records a changing reading after the other into a history, and says how long the commits since the last report took. */
import { openHistory } from '../../src/history/open.ts'
import { epochMs, type HistoryStore, makeQuota, ratiosFromUsed } from '../../src/model/index.ts'

export interface Commits {
  readonly count: number
  readonly p95Ms: number
}

export type WriterCommand = { readonly path: string } | 'report'

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }
const EVERY_MS = 5
let times: number[] = []

function begin(path: string): void {
  const clock = { now: () => epochMs(Date.now()), monotonicMs: () => performance.now() }
  const store = openHistory({ path, clock, log: SILENT })
  let number = 0
  setInterval(() => {
    const began = performance.now()
    record(store, clock.now(), number)
    times.push(performance.now() - began)
    number += 1
  }, EVERY_MS)
}

function record(store: HistoryStore, at: ReturnType<typeof epochMs>, number: number): void {
  const account = { id: 'codex/user@example.com', provider: 'codex', name: 'user@example.com' }
  const ratios = ratiosFromUsed((number % 1_000) / 1_000)
  const quota = makeQuota({ id: 'session', label: 'Session', kind: 'window', ...ratios })
  const reading = { quotas: [quota], notes: [] }
  const { durable } = store.record({ at, account, reading, observedAt: null, problem: null })
  if (!durable) throw new Error('a reading was not written')
}

function report(): Commits {
  const sorted = times.sort((one, other) => one - other)
  times = []
  return { count: sorted.length, p95Ms: sorted[Math.floor(sorted.length * 0.95)] ?? 0 }
}

process.on('message', (command: WriterCommand) => {
  if (command === 'report') process.send?.(report())
  else {
    begin(command.path)
    process.send?.(null)
  }
})
