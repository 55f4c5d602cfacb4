import { type CycleReading, exhaustedMsAt, type HistoryCommit, nextCycle, type OpenCycle } from '../model/index.ts'
import type { Database } from './database.ts'
import { emptyState, type LiveAccount, type LiveSeries, seriesKey } from './live-state.ts'
import { planCommit } from './plan.ts'
import { rollOlder } from './rollup.ts'
import { decodeSample, SAMPLE_COLUMNS, type StoredSample } from './sample-row.ts'
import { applyWrites, type CycleRow, putSample } from './writes.ts'

export interface Backfilled {
  readonly stored: number
  /** The account as it is now: a cycle that is going on may have begun earlier than was known. */
  readonly account: LiveAccount
}

/** Puts a past before what is recorded of an account, inside the caller's transaction; see `HistoryStore.backfill`. */
export function backfill(
  db: Database,
  account: LiveAccount,
  options: { readonly commits: Iterable<HistoryCommit>; readonly heartbeatMs: number },
): Backfilled {
  const oldest = oldestSamples(db, account)
  const past = plannedPast(account, oldest, options)
  const series = new Map(account.series)
  let stored = 0
  for (const [key, earlier] of past.series) {
    const first = oldest.get(key)
    const later = account.series.get(key)
    const samples = past.samples.get(earlier.row.id) ?? []
    if (first === undefined || later === undefined || samples.length === 0) continue
    for (const sample of samples) putSample(db, sample)
    rollOlder(db, samples, { next: first.at, heartbeatMs: options.heartbeatMs })
    const closed = past.closed.get(earlier.row.id) ?? []
    series.set(key, joinCycles(db, { earlier, later, first, closed }))
    stored += samples.length
  }
  return { stored, account: { ...account, series } }
}

/** The first sample of each series; without one there is nothing to be older than. */
function oldestSamples(db: Database, { series }: LiveAccount): ReadonlyMap<string, StoredSample> {
  const found = new Map<string, StoredSample>()
  for (const [key, { row }] of series) {
    const [first] = db.arrays(`SELECT ${SAMPLE_COLUMNS} FROM samples WHERE series = ? ORDER BY seq LIMIT 1`, row.id)
    const sample = first === undefined ? null : decodeSample(row.id, first)
    if (sample !== null) found.set(key, sample)
  }
  return found
}

interface PlannedPast {
  /** As they are at its end, by `seriesKey`. */
  readonly series: ReadonlyMap<string, LiveSeries>
  readonly samples: ReadonlyMap<number, readonly StoredSample[]>
  readonly closed: ReadonlyMap<number, readonly CycleRow[]>
}

/** What recording the past would come to in a history that knows the series and nothing of them. */
function plannedPast(
  account: LiveAccount,
  oldest: ReadonlyMap<string, StoredSample>,
  { commits, heartbeatMs }: { readonly commits: Iterable<HistoryCommit>; readonly heartbeatMs: number },
): PlannedPast {
  const state = emptyState()
  const { row } = account
  const bare = [...account.series].map(([key, { row: of }]): [string, LiveSeries] => [
    key,
    { row: of, lastSeq: 0, last: null, reading: null, cycle: null, cycleNumber: 0, cycleFloor: null },
  ])
  state.accounts.set(row.key, { row, series: new Map(bare) })
  const samples = new Map<number, StoredSample[]>()
  const closed = new Map<number, CycleRow[]>()
  for (const commit of commits) {
    const at = commit.observedAt ?? commit.at
    const quotas = (commit.reading?.quotas ?? []).filter(({ id, unit }) => {
      return at < (oldest.get(seriesKey(id, unit))?.seq ?? Number.NEGATIVE_INFINITY)
    })
    // What a commit does not name is not withdrawn: it may be older than that quota's past, or of another one.
    const reading = { quotas, notes: [{ code: 'partial' as const, message: 'one part of a past' }] }
    const names = { id: row.key, provider: row.provider, name: row.name }
    const plan = planCommit(state, { ...commit, account: names, reading, problem: row.problem }, heartbeatMs)
    for (const write of plan.writes) {
      if (write.kind === 'sample') append(samples, write.row.series, write.row)
      if (write.kind === 'cycle' && write.row.closed !== null) append(closed, write.row.series, write.row)
    }
    plan.adopt()
  }
  return { series: state.accounts.get(row.key)?.series ?? new Map(), samples, closed }
}

function append<Item>(lists: Map<number, Item[]>, key: number, item: Item): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [item])
  else list.push(item)
}

interface Join {
  /** The series at the end of its past, and as it is now. */
  readonly earlier: LiveSeries
  readonly later: LiveSeries
  /** The first sample after the past. */
  readonly first: StoredSample
  readonly closed: readonly CycleRow[]
}

interface Earlier extends Pick<Join, 'later' | 'first'> {
  readonly number: number
  readonly cycle: OpenCycle
}

/** Writes the cycles of the past; the one that was going on at its end is closed, or goes on in the first known one. */
function joinCycles(db: Database, { earlier, later, first, closed }: Join): LiveSeries {
  const { id } = later.row
  const known = db.get('SELECT min(number) AS number FROM cycles WHERE series = ?', id)?.['number']
  const firstNumber = typeof known === 'number' ? known : 1
  const ended = [...closed]
  let joined = later
  if (earlier.cycle !== null && earlier.reading !== null && typeof known === 'number') {
    const next: CycleReading = {
      at: first.at,
      usedRatio: first.facts.usedRatio,
      resetsAt: first.facts.resetsAt,
      windowSeconds: later.cycle?.windowSeconds ?? null,
    }
    const step = nextCycle(earlier.cycle, earlier.reading, next)
    if (step.closed !== null) ended.push({ series: id, number: 0, open: null, closed: step.closed })
    joined = beginEarlier(db, { later, first, number: firstNumber, cycle: step.cycle })
  }
  const rows = ended.map((row, index) => ({ ...row, number: firstNumber - ended.length + index }))
  applyWrites(
    db,
    rows.map((row) => ({ kind: 'cycle', row })),
  )
  return joined
}

/** The first known cycle began when `cycle` did, which was carried over to its first sample. */
function beginEarlier(db: Database, { later, first, number, cycle }: Earlier): LiveSeries {
  const { startedAt, peakUsedRatio } = cycle
  const exhaustedMs = exhaustedMsAt(cycle, first.at)
  db.run(
    `UPDATE cycles SET started_at = ?, exhausted_ms = exhausted_ms + ?, peak = max(coalesce(peak, ?), coalesce(?, peak))
     WHERE series = ? AND number = ?`,
    startedAt,
    Math.round(exhaustedMs),
    peakUsedRatio,
    peakUsedRatio,
    later.row.id,
    number,
  )
  const own = later.cycle
  if (own === null || later.cycleNumber !== number) return later
  const peaks = [own.peakUsedRatio, peakUsedRatio].filter((peak) => peak !== null)
  const peak = peaks.length === 0 ? null : Math.max(...peaks)
  const open = { ...own, startedAt, peakUsedRatio: peak, exhaustedMs: own.exhaustedMs + exhaustedMs }
  return { ...later, cycle: open }
}
