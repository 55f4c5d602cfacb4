import { makeQuota, type Quota, ratiosFromUsed } from '../../model/quota.ts'
import { DAY_MS, type EpochMs, fromAnyInstant, HOUR_MS, plusMs, SECOND_MS } from '../../model/time.ts'
import type { Lenient } from '../shared/lenient.ts'
import { readPercent } from '../shared/percent.ts'
import { Window } from './schema.ts'

/** A window found under `key`; its id may still get a prefix. */
export interface FoundWindow {
  readonly key: string
  readonly window: Window
  readonly share: number | null
  readonly resetsAt: EpochMs | null
}

export interface FoundWindows {
  readonly items: readonly FoundWindow[]
  readonly dropped: number
}

/**
 * The windows of one `rate_limit`. Null is a pool that does not exist. Flags beside them are skipped; one that should
 * be a window and is none, or whose percentage cannot be read, is dropped alone.
 */
export function windowsIn(rateLimit: Lenient<readonly [string, unknown]>, at: EpochMs): FoundWindows {
  const items: FoundWindow[] = []
  let dropped = rateLimit.dropped
  for (const [key, value] of rateLimit.items) {
    const isNamedWindow = key.endsWith('_window')
    if (value === null || value === undefined || NOT_A_WINDOW.has(key)) continue
    const window = Window.safeParse(value).data
    const share = readPercent(window?.used_percent)
    if (window === undefined || share.state === 'unreadable') dropped += Number(isNamedWindow || window !== undefined)
    else if (share.state === 'known' || isNamedWindow) {
      const resetsAt = resetOf(window, at)
      // Neither a value nor a reset: nothing is said.
      if (share.state === 'absent' && resetsAt === null) continue
      items.push({ key, window, share: share.state === 'known' ? share.value : null, resetsAt })
    }
  }
  return { items, dropped }
}

const NOT_A_WINDOW = new Set(['individual_limit', 'allowed', 'limit_reached'])

/** The instant where it is told, else the seconds from the answer. */
export function resetOf(told: Pick<Window, 'reset_at' | 'reset_after_seconds'>, at: EpochMs): EpochMs | null {
  const named = fromAnyInstant(told.reset_at)
  if (named !== null) return named
  return told.reset_after_seconds === null ? null : plusMs(at, told.reset_after_seconds * SECOND_MS)
}

/** What a window is, by its length. */
export interface Length {
  readonly id: string
  readonly label: string
  readonly inferred: boolean
}

/** Null: the length is not told. */
export function lengthOf(seconds: number | null): Length | null {
  if (seconds === null) return null
  const ms = seconds * SECOND_MS
  if (ms >= 3 * HOUR_MS && ms <= 8 * HOUR_MS) return length('session', `Session (${hoursOrDays(ms)})`)
  if (ms >= 5 * DAY_MS && ms <= 9 * DAY_MS) return length('weekly', 'Weekly')
  if (ms >= 10 * DAY_MS && ms <= 45 * DAY_MS) return length('monthly', 'Monthly')
  return length(`window.${Math.round(seconds)}s`, hoursOrDays(ms))
}

function length(id: string, label: string): Length {
  return { id, label, inferred: false }
}

function hoursOrDays(ms: number): string {
  if (ms >= DAY_MS && ms % DAY_MS === 0) return `${ms / DAY_MS} d`
  return ms >= HOUR_MS ? `${Math.round((ms / HOUR_MS) * 10) / 10} h` : `${Math.round(ms / SECOND_MS)} s`
}

/** For answers from before the length was told: the slots as they were then. */
export function lengthOfSlot(key: string): Length | null {
  if (key === 'primary_window') return length('session', 'Session (5 h)')
  return key === 'secondary_window' ? length('weekly', 'Weekly') : null
}

export interface QuotaName {
  readonly id: string
  readonly label: string
  readonly inferred: boolean
}

export function windowQuota(name: QuotaName, found: FoundWindow): Quota {
  return makeQuota({
    ...name,
    kind: 'window',
    ...ratiosFromUsed(found.share),
    resetsAt: found.resetsAt,
    windowSeconds: found.window.limit_window_seconds,
  })
}

/** Of several with one id the tighter one stays: more used, then the later reset. */
export function tightest(quotas: readonly Quota[]): readonly Quota[] {
  const kept = new Map<string, Quota>()
  for (const quota of quotas) {
    const other = kept.get(quota.id)
    const used = (quota.usedRatio ?? -1) - (other?.usedRatio ?? -1)
    const isTighter = used === 0 ? (quota.resetsAt ?? 0) > (other?.resetsAt ?? 0) : used > 0
    if (other === undefined || isTighter) kept.set(quota.id, quota)
  }
  return [...kept.values()]
}
