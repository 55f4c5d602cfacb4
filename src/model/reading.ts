import type { Quota, QuotaKind } from './quota.ts'
import type { EpochMs } from './time.ts'

/** Who the provider says answered. A part that it does not tell is null. */
export interface Identity {
  /** The provider's own id of account (+ user); what makes two logins the same account. */
  readonly subject: string | null
  /** Organisation, team or project id, when one account can have several. */
  readonly workspace: string | null
  /** A label, never an identity. */
  readonly email: string | null
  /** Login name where the provider has one (GitHub). */
  readonly login: string | null
}

export const UNKNOWN_IDENTITY: Identity = { subject: null, workspace: null, email: null, login: null }

export interface Plan {
  readonly id: string
  readonly name: string | null
}

/** A remark about an answer that did not stop it: an unknown bucket, a corrupt sibling, a failed side request. */
export interface ReadingNote {
  readonly code: 'unknown_window' | 'corrupt_element' | 'partial' | 'suspect' | 'host_fallback' | 'cooldown_seen'
  readonly message: string
}

/** What one successful fetch of one account returned. */
export interface Reading {
  readonly identity: Identity
  readonly plan: Plan | null
  readonly quotas: readonly Quota[]
  readonly notes: readonly ReadingNote[]
  /**
   * Kinds of quotas that nobody answered for, because one of several requests failed. Their last values stay, with
   * their own age; a kind that is not named here and is missing has ended. Absent: everything was answered.
   */
  readonly unanswered?: readonly QuotaKind[]
  /** When the provider says the content is from; null: the instant of the fetch. */
  readonly observedAt: EpochMs | null
  /** What answered: a host, a path, a command. Never holds a secret. */
  readonly via: string
}
