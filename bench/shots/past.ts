/** Writes an invented past for accounts that were just read into an empty history. */
import {
  type AccountState,
  type Board,
  DAY_MS,
  type EpochMs,
  type HistoryStore,
  HOUR_MS,
} from '../../src/model/index.ts'
import { inventPast, stepsOf } from '../../src/simulator/past.ts'

/** Accounts with a long past of small steps; the others get a short one. */
const LONG_PASTS = 8
const LONG = { spanMs: 35 * DAY_MS, stepMs: HOUR_MS / 2 }
const SHORT = { spanMs: 7 * DAY_MS, stepMs: HOUR_MS }

/** Records readings that end at what `board` shows now. The same board gives the same past. */
export function writePast(store: HistoryStore, board: Board, now: EpochMs): void {
  const known = board.accounts.filter(({ reading }) => reading !== null)
  // One of each service first, so that every kind of account has a past to look at.
  const firsts = [...Map.groupBy(known, ({ account }) => account.provider).values()].flatMap((list) => list.slice(0, 1))
  const long = new Set([...firsts, ...known].slice(0, LONG_PASTS))
  for (const state of known) writeAccount(store, state, { now, ...(long.has(state) ? LONG : SHORT) })
}

function writeAccount(
  store: HistoryStore,
  state: AccountState,
  options: { readonly now: EpochMs } & typeof LONG,
): void {
  const pasts = inventPast(state, options)
  for (const at of stepsOf(options)) {
    store.record({
      at,
      account: state.account,
      reading: { quotas: pasts.map((past) => past.at(at)), notes: [] },
      observedAt: null,
      problem: null,
    })
  }
}
