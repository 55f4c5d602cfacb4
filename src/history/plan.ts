import {
  type CycleEvent,
  type CycleReading,
  closeCycle,
  type EpochMs,
  epochMs,
  firstCycle,
  type HistoryCommit,
  hasCycles,
  nextCycle,
  type OpenCycle,
  type Quota,
  shouldStore,
} from '../model/index.ts'
import { type LiveAccount, type LiveSeries, type LiveState, seriesKey } from './live-state.ts'
import type { AccountRow, SeriesRow, Write } from './writes.ts'

/** What a commit comes to: what to write, and how the live state looks once that is written. */
export interface Plan {
  readonly writes: readonly Write[]
  readonly events: readonly CycleEvent[]
  readonly stored: number
  /** Makes the live state follow; called after the writes are safe. */
  adopt(): void
}

interface Collected {
  readonly writes: Write[]
  readonly events: CycleEvent[]
  stored: number
}

/** Decides everything one attempt causes. Touches neither file nor state, so a failed write leaves no trace. */
export function planCommit(state: LiveState, commit: HistoryCommit, heartbeatMs: number): Plan {
  const found: Collected = { writes: [], events: [], stored: 0 }
  const known = state.accounts.get(commit.account.id)
  const row = accountRow(known?.row, commit, state)
  if (row !== known?.row) found.writes.push({ kind: 'account', row })
  const series = new Map(known?.series ?? [])
  if (commit.reading !== null) readQuotas(series, { commit, account: row, state, heartbeatMs }, found)
  return {
    ...found,
    adopt() {
      const account: LiveAccount = { row, series }
      state.accounts.set(commit.account.id, account)
    },
  }
}

function accountRow(known: AccountRow | undefined, commit: HistoryCommit, state: LiveState): AccountRow {
  const same = known !== undefined && known.problem === commit.problem && known.name === commit.account.name
  if (same) return known
  return {
    id: known?.id ?? state.nextAccount++,
    key: commit.account.id,
    provider: commit.account.provider,
    name: commit.account.name,
    problem: commit.problem,
    problemSince: known !== undefined && known.problem === commit.problem ? known.problemSince : commit.at,
  }
}

interface Context {
  readonly commit: HistoryCommit
  readonly account: AccountRow
  readonly state: LiveState
  readonly heartbeatMs: number
}

function readQuotas(series: Map<string, LiveSeries>, context: Context, found: Collected): void {
  const { commit } = context
  const quotas = commit.reading?.quotas ?? []
  const at = commit.observedAt ?? commit.at
  const seen = new Set<string>()
  for (const quota of quotas) {
    const key = seriesKey(quota.id, quota.unit)
    if (seen.has(key)) continue
    seen.add(key)
    series.set(key, readQuota(series.get(key), quota, at, { context, found }))
  }
  // A reading that says it is incomplete does not tell that the rest is gone.
  const notes = commit.reading?.notes ?? []
  if (notes.some((note) => note.code === 'partial' || note.code === 'corrupt_element')) return
  for (const [key, live] of series) {
    if (!seen.has(key) && live.cycle !== null) series.set(key, withdraw(live, live.cycle, at, { context, found }))
  }
}

interface Sink {
  readonly context: Context
  readonly found: Collected
}

function readQuota(known: LiveSeries | undefined, quota: Quota, at: EpochMs, sink: Sink): LiveSeries {
  const { context, found } = sink
  const live = known ?? newSeries(quota, context)
  const row = relabelled(live.row, quota)
  if (known === undefined || row !== live.row) found.writes.push({ kind: 'series', row })
  const cycled = stepCycle({ ...live, row }, quota, at, sink)
  if (!shouldStore(live.last, quota, at, context.heartbeatMs)) return cycled
  const seq = Math.max(at, live.lastSeq + 1)
  const facts = {
    used: quota.used,
    limit: quota.limit,
    remaining: quota.remaining,
    usedRatio: quota.usedRatio,
    remainingRatio: quota.remainingRatio,
    unlimited: quota.unlimited,
    inferred: quota.inferred,
    resetsAt: quota.resetsAt,
  }
  found.writes.push({ kind: 'sample', row: { series: row.id, seq, at, facts } })
  found.stored += 1
  return { ...cycled, lastSeq: seq, last: { ...facts, at } }
}

function newSeries(quota: Quota, context: Context): LiveSeries {
  const row: SeriesRow = {
    id: context.state.nextSeries++,
    account: context.account.id,
    quota: quota.id,
    unit: quota.unit,
    label: quota.label,
    kind: quota.kind,
  }
  return { row, lastSeq: 0, last: null, reading: null, cycle: null, cycleNumber: 0, cycleFloor: null }
}

function relabelled(row: SeriesRow, quota: Quota): SeriesRow {
  if (row.label === quota.label && row.kind === quota.kind) return row
  return { ...row, label: quota.label, kind: quota.kind }
}

function stepCycle(live: LiveSeries, quota: Quota, at: EpochMs, sink: Sink): LiveSeries {
  if (live.cycle === null && !hasCycles(quota)) return live
  const reading: CycleReading = {
    at,
    // A share that is unknown for one reading must not hide a reset from the next one.
    usedRatio: quota.usedRatio ?? live.reading?.usedRatio ?? null,
    resetsAt: quota.resetsAt,
    windowSeconds: quota.windowSeconds,
  }
  if (live.cycle === null) return startCycle(live, reading, sink)
  if (live.reading === null) return { ...live, reading }
  const step = nextCycle(live.cycle, live.reading, reading)
  if (step.closed === null) {
    if (!sameCycle(step.cycle, live.cycle)) putOpen(live, live.cycleNumber, step.cycle, sink)
    return { ...live, reading, cycle: step.cycle }
  }
  const number = live.cycleNumber
  sink.found.writes.push({ kind: 'cycle', row: { series: live.row.id, number, open: null, closed: step.closed } })
  sink.found.events.push({ account: sink.context.account.key, quota: live.row.quota, closed: step.closed })
  putOpen(live, number + 1, step.cycle, sink)
  return { ...live, reading, cycle: step.cycle, cycleNumber: number + 1, cycleFloor: step.closed.endedAt }
}

function startCycle(live: LiveSeries, reading: CycleReading, sink: Sink): LiveSeries {
  const first = firstCycle(reading)
  const cycle: OpenCycle =
    live.cycleFloor === null ? first : { ...first, startedAt: epochMs(Math.max(first.startedAt, live.cycleFloor)) }
  putOpen(live, live.cycleNumber + 1, cycle, sink)
  return { ...live, reading, cycle, cycleNumber: live.cycleNumber + 1 }
}

function putOpen(live: LiveSeries, number: number, open: OpenCycle, sink: Sink): void {
  sink.found.writes.push({ kind: 'cycle', row: { series: live.row.id, number, open, closed: null } })
}

/** Quiet readings must cost no write, so an open cycle is written only when it differs. */
function sameCycle(one: OpenCycle, other: OpenCycle): boolean {
  return (
    one.startedAt === other.startedAt &&
    one.resetsAt === other.resetsAt &&
    one.windowSeconds === other.windowSeconds &&
    one.peakUsedRatio === other.peakUsedRatio &&
    one.exhaustedMs === other.exhaustedMs &&
    one.exhaustedSince === other.exhaustedSince &&
    one.suspect === other.suspect
  )
}

function withdraw(live: LiveSeries, cycle: OpenCycle, at: EpochMs, sink: Sink): LiveSeries {
  const closed = closeCycle(cycle, at, live.reading?.usedRatio ?? null, 'withdrawn')
  sink.found.writes.push({
    kind: 'cycle',
    row: { series: live.row.id, number: live.cycleNumber, open: null, closed },
  })
  sink.found.events.push({ account: sink.context.account.key, quota: live.row.quota, closed })
  return { ...live, reading: null, cycle: null, cycleFloor: closed.endedAt }
}
