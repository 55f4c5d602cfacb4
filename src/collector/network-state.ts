import type { Board } from '../model/account.ts'
import { type EpochMs, epochMs } from '../model/time.ts'

/** Whether the network as a whole is away: one state, not one alarm an account. */
export type NetworkState = { readonly state: 'ok' } | { readonly state: 'offline'; readonly since: EpochMs }

/** Offline: more than half of the accounts that were asked could not be reached, and none of these was answered. */
export function networkStateOf(board: Board): NetworkState {
  const asked = board.accounts.filter((state) => state.account.enabled && state.attempt !== null)
  const unreached = asked.flatMap((state) => {
    const problem = state.attempt?.problem ?? null
    return problem !== null && (problem.code === 'offline' || problem.code === 'network') ? [problem.since] : []
  })
  if (unreached.length === 0 || unreached.length * 2 <= asked.length) return { state: 'ok' }
  return { state: 'offline', since: epochMs(Math.min(...unreached)) }
}
