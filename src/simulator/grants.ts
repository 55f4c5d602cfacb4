import { type EpochMs, epochMs, plusMs, SECOND_MS } from '../model/index.ts'
import type { SimAccount } from './account.ts'
import type { WorldClock } from './clock.ts'
import { accessTokenFor, refreshTokenFor } from './tokens.ts'

/** How long access tokens live, in world seconds; null: for ever. */
const LIFE_SECONDS = {
  antigravity: 3600,
  'gemini-cli': 3600,
  claude: 8 * 3600,
  codex: 10 * 86_400,
  copilot: null,
  openrouter: null,
  'nano-gpt': null,
} as const

/** Providers whose refresh tokens may be used once; a second use revokes all that came from the same sign-in. */
export function rotates(account: SimAccount): boolean {
  return account.provider === 'claude' || account.provider === 'codex'
}

/** The tokens of one sign-in at one moment. */
export interface Session {
  readonly accessToken: string
  /** World time; null: does not expire. */
  readonly accessExpiresAt: EpochMs | null
  readonly refreshToken: string | null
}

export type RefreshOutcome =
  | { readonly kind: 'issued'; readonly account: SimAccount; readonly session: Session }
  /** A single-use token came a second time: the whole family is revoked now. */
  | { readonly kind: 'reused'; readonly account: SimAccount }
  | { readonly kind: 'revoked'; readonly account: SimAccount }
  | { readonly kind: 'unknown' }

export interface GrantEvent {
  readonly at: EpochMs
  readonly kind: 'signed-in' | 'refreshed' | 'rotated' | 'reused' | 'revoked' | 'rejected'
  readonly account: string | null
}

export interface AccessState {
  readonly account: SimAccount | null
  readonly state: 'valid' | 'expired' | 'revoked' | 'unknown'
}

/** The authorization servers' memory: who signed in, which tokens live, what was rotated, reused and revoked. */
export interface Grants {
  /** Everything that happened, in order. */
  readonly events: readonly GrantEvent[]
  /** A new sign-in, as the owner tool does it; earlier ones of the account stay valid unless they were revoked. */
  signIn(account: SimAccount): Session
  /** The newest session of an account; signs in when there is none. */
  session(account: SimAccount): Session
  lookUp(accessToken: string): AccessState
  /** Whose refresh token this is or was. */
  ownerOf(refreshToken: string): SimAccount | null
  refresh(refreshToken: string): RefreshOutcome
  /** Ends every sign-in of an account. */
  revoke(account: SimAccount): void
  /** How many refreshes were asked for, successful or not, for one account or for all. */
  refreshCount(accountId?: string): number
  /** Every access and refresh token ever issued: what must never be seen in a log, a metric or an answer. */
  secrets(): readonly string[]
}

interface Family {
  readonly account: SimAccount
  revoked: boolean
  /** The refresh token that is good now. */
  current: string | null
}

/** `lifeFactor` stretches every access token's life: fast worlds use it, so that no client refreshes at each call. */
export function createGrants(clock: WorldClock, lifeFactor = 1): Grants {
  const events: GrantEvent[] = []
  const access = new Map<string, { readonly family: Family; readonly expiresAt: EpochMs | null }>()
  const refresh = new Map<string, Family>()
  const newest = new Map<string, { readonly family: Family; session: Session }>()
  const serials = new Map<string, number>()
  const note = (kind: GrantEvent['kind'], account: SimAccount | null): void => {
    events.push({ at: clock.now(), kind, account: account?.id ?? null })
  }
  const issue = (family: Family, refreshToken: string | null | undefined): Session => {
    const { account } = family
    const serial = (serials.get(account.id) ?? 0) + 1
    serials.set(account.id, serial)
    const life = LIFE_SECONDS[account.provider]
    const accessExpiresAt = life === null ? null : plusMs(clock.now(), life * lifeFactor * SECOND_MS)
    const accessToken = accessTokenFor(account, serial, clock.wire(accessExpiresAt ?? epochMs(0)))
    const session: Session = {
      accessToken,
      accessExpiresAt,
      refreshToken: refreshToken === undefined ? refreshTokenFor(account, serial) : refreshToken,
    }
    access.set(accessToken, { family, expiresAt: accessExpiresAt })
    if (session.refreshToken !== null) refresh.set(session.refreshToken, family)
    family.current = session.refreshToken
    newest.set(account.id, { family, session })
    return session
  }
  const signIn = (account: SimAccount): Session => {
    note('signed-in', account)
    return issue({ account, revoked: false, current: null }, undefined)
  }
  return {
    events,
    signIn,
    session: (account) => newest.get(account.id)?.session ?? signIn(account),
    lookUp(accessToken) {
      const found = access.get(accessToken)
      if (!found) return { account: null, state: 'unknown' }
      const { account } = found.family
      if (found.family.revoked || account.condition.kind === 'signed-out') return { account, state: 'revoked' }
      const expired = found.expiresAt !== null && clock.now() >= found.expiresAt
      return { account, state: expired ? 'expired' : 'valid' }
    },
    ownerOf: (refreshToken) => refresh.get(refreshToken)?.account ?? null,
    refresh(refreshToken) {
      const family = refresh.get(refreshToken)
      if (!family) {
        note('rejected', null)
        return { kind: 'unknown' }
      }
      const { account } = family
      if (family.revoked || account.condition.kind === 'signed-out') {
        note('rejected', account)
        return { kind: 'revoked', account }
      }
      if (family.current !== refreshToken) {
        family.revoked = true
        note('reused', account)
        return { kind: 'reused', account }
      }
      note(rotates(account) ? 'rotated' : 'refreshed', account)
      return { kind: 'issued', account, session: issue(family, rotates(account) ? undefined : refreshToken) }
    },
    revoke(account) {
      for (const { family } of access.values()) if (family.account === account) family.revoked = true
      newest.delete(account.id)
      note('revoked', account)
    },
    secrets: () => [...access.keys(), ...refresh.keys()],
    refreshCount: (accountId) =>
      events.filter(
        (event) =>
          event.kind !== 'signed-in' &&
          event.kind !== 'revoked' &&
          (accountId === undefined || event.account === accountId),
      ).length,
  }
}
