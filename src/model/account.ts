import type { ProviderId, SourceId } from './credential.ts'
import type { Problem } from './problem.ts'
import type { Reading } from './reading.ts'
import type { EpochMs } from './time.ts'

/** The public part of one login at one provider. */
export interface Account {
  /** `provider/name`. */
  readonly id: string
  readonly provider: ProviderId
  /** The user's own name, else e-mail or login, made unique with `#workspace`. The `account` label of metrics. */
  readonly name: string
  readonly email: string | null
  /**
   * Where `name` comes from: the user chose it, it is personal (e-mail or login), or it is a word for the place the
   * login was found in. Absent: unknown, so privacy treats it as personal.
   */
  readonly nameFrom?: 'user' | 'identity' | 'place'
  /** Source whose credential is used. */
  readonly source: SourceId
  /** Every source that has this account, the used one first. */
  readonly sources: readonly SourceId[]
  /** False: the owner switched it off; listed, not polled. */
  readonly enabled: boolean
  readonly active: boolean
  readonly activeFor: readonly string[]
}

/** How the last finished attempt ended. */
export interface Attempt {
  readonly at: EpochMs
  readonly tookMs: number
  /** Null when it succeeded. */
  readonly problem: Problem | null
}

/** A model that the service said is exhausted until an instant. */
export interface ModelBlock {
  readonly model: string
  readonly until: EpochMs
}

/** All that is known about an account at one instant: one entry of the board. */
export interface AccountState {
  readonly account: Account
  /** Null before the first attempt has finished. */
  readonly attempt: Attempt | null
  /** The last good reading; a failed attempt never erases it. */
  readonly reading: Reading | null
  /** When `reading` is from. Null without one. */
  readonly observedAt: EpochMs | null
  readonly nextPollAt: EpochMs | null
  /** Models a 429 has named since the last good reading; each blocks its pool until then. */
  readonly blocks: readonly ModelBlock[]
  /** How old a reading may be before it is stale: stale_after or three intervals, the longer one. */
  readonly staleAfterMs: number
}

/** The present: every account, in display order. */
export interface Board {
  readonly accounts: readonly AccountState[]
}
