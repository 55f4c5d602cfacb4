/** An invented past for accounts that were just read: what their quotas did in the weeks before. */
import {
  type AccountState,
  DAY_MS,
  type EpochMs,
  epochMs,
  HOUR_MS,
  type Quota,
  ratiosFromUsed,
  SECOND_MS,
} from '../model/index.ts'
import { createMeter, type Meter, type Pattern } from './meter.ts'
import { between, hashText, pick, stream } from './random.ts'

export interface PastOptions {
  /** When the reading is from: the past ends there, at the values read. */
  readonly now: EpochMs
  readonly spanMs: number
  readonly stepMs: number
  /** How fast time runs from `now` on; before, it ran as it does everywhere. Default 1. */
  readonly speed?: number
}

/** What one quota was, at instants that ascend. */
export interface QuotaPast {
  readonly quota: string
  at(at: EpochMs): Quota
}

/** A quota that comes back and tells no length goes by the month, as most plans do. */
const MONTH_MS = 30 * DAY_MS
/** Spend has no limit to be a share of: what was spent by now is taken for this much of a usual window. */
const SPEND_SHARE = 0.7
/** A balance was higher by this share of what is left, when the past began. */
const BALANCE_SPENT = 0.8

const PATTERNS: readonly [Pattern, ...Pattern[]] = ['weekday', 'bursty', 'weekday', 'steady', 'night-owl']

/**
 * The pasts of an account's quotas, without those that do not move or that nobody looks at. The same reading gives the
 * same past. Windows follow each other without a gap up to the one that is going on, and quotas of one pool and length
 * move together.
 */
export function inventPast({ account, reading }: AccountState, options: PastOptions): readonly QuotaPast[] {
  const quotas = reading?.quotas ?? []
  return quotas.flatMap((quota) => {
    if (quota.helper || quota.unlimited) return []
    const shared = quotas.filter((one) => isSharedWindow(one) && one.providerPool === quota.providerPool)
    if (quota.kind === 'model' && quota.windowSeconds === null && shared.length > 0) {
      const window = windowPast(account.id, bindingOf(quota, shared), options)
      return [{ quota: quota.id, at: (at: EpochMs) => asIn(quota, window.at(at)) }]
    }
    if (quota.usedRatio !== null || (quota.kind === 'spend' && quota.used !== null)) {
      return [windowPast(account.id, quota, options)]
    }
    return quota.kind === 'balance' && quota.remaining !== null ? [balancePast(account.id, quota, options)] : []
  })
}

/** The instants at which a past has a value, oldest first. */
export function* stepsOf({ now, spanMs, stepMs }: PastOptions): Generator<EpochMs> {
  const first = Math.ceil((now - spanMs) / stepMs) * stepMs
  for (let at = first; at < now; at += stepMs) yield epochMs(at)
}

function isSharedWindow({ kind, windowSeconds, usedRatio, providerPool }: Quota): boolean {
  return kind === 'window' && windowSeconds !== null && usedRatio !== null && providerPool !== null
}

/** The window of its pool that a model's value is that of. */
function bindingOf(model: Quota, windows: readonly Quota[]): Quota {
  const distance = ({ usedRatio }: Quota): number => Math.abs((usedRatio ?? 0) - (model.usedRatio ?? 0))
  return windows.toSorted((a, b) => distance(a) - distance(b))[0] ?? model
}

function asIn(model: Quota, { usedRatio, remainingRatio, resetsAt }: Quota): Quota {
  return { ...model, usedRatio, remainingRatio, resetsAt }
}

/** A window of its own: each one before the present is of full length, and they end where the present one begins. */
function windowPast(account: string, quota: Quota, options: PastOptions): QuotaPast {
  const { now, speed = 1 } = options
  const length = quota.windowSeconds === null ? MONTH_MS : quota.windowSeconds * SECOND_MS * speed
  const seed = hashText(`${account} ${quota.providerPool ?? quota.id} ${length}`)
  const began = beganAt(quota, now, { length: length / speed, seed })
  const meter = windowMeter({ seed, length, began, from: now - options.spanMs })
  const present = quota.usedRatio ?? SPEND_SHARE
  const last = meter.window('w', now).usedRatio
  const since = (at: EpochMs): number => {
    if (last > 0) return meter.window('w', at).usedRatio / last
    return now > began ? (at - began) / (now - began) : 1
  }
  return {
    quota: quota.id,
    at(at) {
      if (at >= began) return used(quota, since(at) * present, quota.windowSeconds, quota.resetsAt)
      const { usedRatio, resetsAt } = meter.window('w', at)
      const windowSeconds = quota.windowSeconds === null ? null : length / SECOND_MS
      return used(quota, usedRatio, windowSeconds, quota.resetsAt === null ? null : resetsAt)
    },
  }
}

/** When the present window began; where no reset is told, some way into it. */
function beganAt(
  { resetsAt }: Quota,
  now: EpochMs,
  { length, seed }: { readonly length: number; readonly seed: number },
): number {
  if (resetsAt === null) return Math.round(now - between(0.2, 0.9, stream(seed)) * length)
  return Math.min(now, Math.round(resetsAt - length))
}

function windowMeter(of: { seed: number; length: number; began: number; from: number }): Meter {
  const random = stream(of.seed)
  const pattern = pick(PATTERNS, random)
  const perWindow = between(0.35, 1.25, random)
  return createMeter({
    windows: [{ key: 'w', length: of.length, phaseMs: of.began % of.length, capacity: 1 }],
    unitsPerHour: perWindow / (of.length / HOUR_MS),
    pattern,
    uneven: true,
    seed: of.seed,
    startAt: epochMs(Math.round(of.from)),
  })
}

/** The quota at another share of its window; amounts that it tells are told as they were. */
function used(quota: Quota, share: number, windowSeconds: number | null, resetsAt: EpochMs | null): Quota {
  const ratio = Math.min(Math.max(1, quota.usedRatio ?? 0), Math.max(0, share))
  const full = fullOf(quota)
  const amount = (known: number | null, value: number): number | null => {
    return known === null || full === null ? known : rounded(value, known)
  }
  const usedAmount = amount(quota.used, (full ?? 0) * ratio)
  return {
    ...quota,
    ...(quota.usedRatio === null ? {} : ratiosFromUsed(ratio)),
    used: usedAmount,
    remaining: amount(quota.remaining, (full ?? 0) - (usedAmount ?? (full ?? 0) * ratio)),
    windowSeconds,
    resetsAt,
  }
}

/** What the whole window is worth in amounts; null: the quota tells none. */
function fullOf({ used, limit, remaining, usedRatio }: Quota): number | null {
  if (limit !== null) return limit
  if (used !== null) return used / (usedRatio || SPEND_SHARE)
  return remaining !== null && usedRatio !== null && usedRatio < 1 ? remaining / (1 - usedRatio) : null
}

/** Whole numbers stay whole, and money has no more than six decimals. */
function rounded(value: number, like: number): number {
  return Number.isInteger(like) ? Math.round(value) : Math.round(value * 1e6) / 1e6
}

/** It only ever went down, to what is left now. */
function balancePast(account: string, quota: Quota, { now, spanMs }: PastOptions): QuotaPast {
  const seed = hashText(`${account} ${quota.id}`)
  const startAt = epochMs(Math.round(now - spanMs))
  const pattern = pick(PATTERNS, stream(seed))
  const meter = createMeter({ windows: [], unitsPerHour: 1, pattern, uneven: true, seed, startAt })
  const total = meter.total(now)
  const left = quota.remaining ?? 0
  const spent = Math.abs(left) * BALANCE_SPENT
  return {
    quota: quota.id,
    at(at) {
      const since = total > 0 ? 1 - meter.total(at) / total : 0
      return { ...quota, remaining: rounded(left + spent * since, left) }
    },
  }
}
