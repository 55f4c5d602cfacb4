import {
  type Cycle,
  type CyclesDocument,
  type HistoryQuery,
  MOST_CYCLES,
  newestFirst,
  toCyclesDocument,
} from '../model/index.ts'
import type { Past } from './deps.ts'
import { inTurns } from './long-answers.ts'

/** Of all together: an answer stays bounded. */
const MOST = 5_000

interface Found {
  readonly cycle: Cycle
  /** 0 is the quota's newest. */
  readonly rank: number
}

/**
 * The cycles of a range under the names that are shown, newest first. Where there are too many, each quota keeps its
 * newest ones: a window of five hours must not push out one of a month. `query` has the account id of the store.
 */
export async function readCycles(past: Pick<Past, 'store' | 'shown'>, query: HistoryQuery): Promise<CyclesDocument> {
  let found: Found[] = []
  let most = MOST_CYCLES
  let truncated = false
  const cut = (): void => {
    if (found.length <= MOST) return
    found = found.sort((a, b) => a.rank - b.rank || newestFirst(a.cycle, b.cycle)).slice(0, MOST)
    // So many have a lower rank that no quota has room for one beyond the deepest.
    most = (found.at(-1)?.rank ?? 0) + 1
    truncated = true
  }
  await inTurns(past.store.quotas(query), (quota) => {
    const cycles = past.store.cycles({ ...query, ...quota, limit: most + 1 })
    truncated ||= cycles.length > most
    found.push(...cycles.slice(0, most).map((cycle, rank) => ({ cycle, rank })))
    if (found.length > 2 * MOST) cut()
  })
  cut()
  const cycles = found.map(({ cycle }) => cycle).sort(newestFirst)
  return toCyclesDocument({ cycles, truncated }, past.shown)
}
