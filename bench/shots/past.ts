/** An invented past for accounts that were just read: what their windows did in the weeks before. */
import {
  type AccountState,
  type Board,
  DAY_MS,
  type EpochMs,
  epochMs,
  type HistoryStore,
  HOUR_MS,
  type Quota,
  ratiosFromUsed,
} from '../../src/model/index.ts'
import { createMeter, type Meter, type Pattern } from '../../src/simulator/meter.ts'
import { between, hashText, pick, stream } from '../../src/simulator/random.ts'

/** Accounts with a long past of small steps; the others get a short one of large steps. */
const LONG_PASTS = 8
const LONG = { spanMs: 35 * DAY_MS, stepMs: HOUR_MS / 2 }
const SHORT = { spanMs: 7 * DAY_MS, stepMs: 2 * HOUR_MS }

/** Records readings that end at what `board` shows now. The same board gives the same past. */
export function writePast(store: HistoryStore, board: Board, now: EpochMs): void {
  const known = board.accounts.filter(({ reading }) => reading !== null)
  // One of each service first, so that every kind of account has a past to look at.
  const firsts = [...Map.groupBy(known, ({ account }) => account.provider).values()].flatMap((list) => list.slice(0, 1))
  const long = new Set([...firsts, ...known].slice(0, LONG_PASTS))
  for (const state of known) writeAccount(store, state, now, long.has(state) ? LONG : SHORT)
}

function writeAccount(store: HistoryStore, state: AccountState, now: EpochMs, { spanMs, stepMs }: typeof LONG): void {
  const from = now - spanMs
  const pasts = (state.reading?.quotas ?? []).map((quota) => pastOf(state.account.id, quota, from, now))
  for (let at = from; at < now - stepMs / 2; at += stepMs) {
    const quotas = pasts.map((past) => past(epochMs(at)))
    store.record({
      at: epochMs(at),
      account: state.account,
      reading: { quotas, notes: [] },
      observedAt: null,
      problem: null,
    })
  }
}

/** The quota as it was at an instant. Quotas of one pool and window moved together. */
function pastOf(account: string, quota: Quota, from: number, now: EpochMs): (at: EpochMs) => Quota {
  const { windowSeconds, resetsAt, usedRatio, limit } = quota
  if (windowSeconds === null || resetsAt === null || usedRatio === null) return () => quota
  const length = windowSeconds * 1000
  const seed = hashText(`${account} ${quota.providerPool ?? quota.id} ${windowSeconds}`)
  const meter = meterOf(seed, length, resetsAt, from)
  const cycleStart = resetsAt - length
  const last = meter.window('w', now).usedRatio
  return (at) => {
    const share = (now - cycleStart) / length === 0 ? 0 : (at - cycleStart) / (now - cycleStart)
    const running = last > 0 ? (meter.window('w', at).usedRatio / last) * usedRatio : share * usedRatio
    const used = Math.min(1, at >= cycleStart ? running : meter.window('w', at).usedRatio)
    const { startedAt, resetsAt: ends } = meter.window('w', at)
    return {
      ...quota,
      ...ratiosFromUsed(Math.max(0, used)),
      used: limit === null ? null : limit * used,
      remaining: limit === null ? null : limit * (1 - used),
      resetsAt: epochMs(Math.max(startedAt, ends)),
    }
  }
}

function meterOf(seed: number, length: number, resetsAt: number, from: number): Meter {
  const random = stream(seed)
  const pattern = pick<Pattern>(['weekday', 'bursty', 'weekday', 'steady', 'night-owl'], random)
  const perCycle = between(0.35, 1.25, random)
  return createMeter({
    windows: [{ key: 'w', length, phaseMs: resetsAt % length, capacity: 1 }],
    unitsPerHour: perCycle / (length / HOUR_MS),
    pattern,
    seed,
    startAt: epochMs(from),
  })
}
