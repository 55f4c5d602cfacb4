import type { ModelBlock } from '../model/account.ts'
import type { Credential } from '../model/credential.ts'
import type { QuotaError } from '../model/problem.ts'
import type { Reading } from '../model/reading.ts'
import type { EpochMs } from '../model/time.ts'

/** What one attempt came to. After this line a failure is a value, not an exception. */
export type Outcome = ReadOutcome | FailedOutcome | DroppedOutcome

export interface ReadOutcome {
  readonly kind: 'read'
  /** When the attempt ended. */
  readonly at: EpochMs
  /**
   * When the reading is from: the provider's own word, else the instant the asking began, so that a value from
   * before a reset can never pass for one from after it.
   */
  readonly observedAt: EpochMs
  readonly tookMs: number
  readonly reading: Reading
  /** The login that was answered: its owner gets the reading, whatever happened meanwhile. */
  readonly credential: Credential
  /** No service was asked, or none answered: the owner's program had handed it over. */
  readonly handed: boolean
}

export interface FailedOutcome {
  readonly kind: 'failed'
  readonly at: EpochMs
  readonly tookMs: number
  readonly error: QuotaError
  /** The service itself said 401, and the one renewal did not help. */
  readonly unauthorized: boolean
  /** The model a 429 has named, and until when it is out. */
  readonly block: ModelBlock | null
}

/** Stopped from outside (shutdown, account gone, woken from sleep): it never happened. */
interface DroppedOutcome {
  readonly kind: 'dropped'
}
