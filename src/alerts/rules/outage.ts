import { type AccountState, statusOf } from '../../model/index.ts'
import type { EpochMs } from '../../model/time.ts'

/** How far the world can be reached. */
export interface Outage {
  /** More than half of the services (at least two), or the network itself, cannot be reached. */
  readonly offline: boolean
  /** Services none of whose accounts can be reached. */
  readonly down: readonly string[]
  /** Services that are asked at all. */
  readonly asked: number
}

/** Our own outage looks like everybody's (A01): more than half at once is us, not them. Pure. */
export function outageOf(states: readonly AccountState[], now: EpochMs): Outage {
  const reached = new Map<string, boolean>()
  let network = 0
  let attempted = 0
  for (const state of states) {
    if (!state.account.enabled || state.attempt === null) continue
    attempted += 1
    const isDown = statusOf(state, now) === 'unreachable'
    if (isDown && state.attempt.problem?.code === 'offline') network += 1
    const { provider } = state.account
    reached.set(provider, (reached.get(provider) ?? false) || !isDown)
  }
  const down = [...reached].flatMap(([provider, isReached]) => (isReached ? [] : [provider]))
  const most = down.length >= 2 && down.length * 2 > reached.size
  return { offline: most || (attempted > 0 && network === attempted), down, asked: reached.size }
}
