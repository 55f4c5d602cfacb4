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
  deepseek: null,
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

type RefreshOutcome =
  | { readonly kind: 'issued'; readonly account: SimAccount; readonly session: Session }
  /** A single-use token came a second time: the whole family is revoked now. */
  | { readonly kind: 'reused'; readonly account: SimAccount }
  | { readonly kind: 'revoked'; readonly account: SimAccount }
  | { readonly kind: 'unknown' }

interface GrantEvent {
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

interface Ledger {
  readonly clock: WorldClock
  readonly lifeFactor: number
  readonly events: GrantEvent[]
  readonly access: Map<string, { readonly family: Family; readonly expiresAt: EpochMs | null }>
  readonly refresh: Map<string, Family>
  readonly newest: Map<string, Session>
  readonly serials: Map<string, number>
}

/** `lifeFactor` stretches every access token's life: fast worlds use it, so that no client refreshes at each call. */
export function createGrants(clock: WorldClock, lifeFactor = 1): Grants {
  const ledger: Ledger = {
    clock,
    lifeFactor,
    events: [],
    access: new Map(),
    refresh: new Map(),
    newest: new Map(),
    serials: new Map(),
  }
  const signIn = (account: SimAccount): Session => {
    note(ledger, 'signed-in', account)
    return issue(ledger, { account, revoked: false, current: null })
  }
  return {
    events: ledger.events,
    signIn,
    session: (account) => ledger.newest.get(account.id) ?? signIn(account),
    lookUp: (accessToken) => lookUp(ledger, accessToken),
    ownerOf: (refreshToken) => ledger.refresh.get(refreshToken)?.account ?? null,
    refresh: (refreshToken) => exchange(ledger, refreshToken),
    revoke(account) {
      for (const { family } of ledger.access.values()) if (family.account === account) family.revoked = true
      ledger.newest.delete(account.id)
      note(ledger, 'revoked', account)
    },
    refreshCount: (accountId) =>
      ledger.events.filter(
        ({ kind, account }) =>
          kind !== 'signed-in' && kind !== 'revoked' && (accountId === undefined || account === accountId),
      ).length,
    secrets: () => [...ledger.access.keys(), ...ledger.refresh.keys()],
  }
}

function note(ledger: Ledger, kind: GrantEvent['kind'], account: SimAccount | null): void {
  ledger.events.push({ at: ledger.clock.now(), kind, account: account?.id ?? null })
}

/** New tokens of a family; `keep` is the refresh token that stays, where refresh tokens do not rotate. */
function issue(ledger: Ledger, family: Family, keep?: string): Session {
  const { account } = family
  const serial = (ledger.serials.get(account.id) ?? 0) + 1
  ledger.serials.set(account.id, serial)
  const life = LIFE_SECONDS[account.provider]
  const accessExpiresAt = life === null ? null : plusMs(ledger.clock.now(), life * ledger.lifeFactor * SECOND_MS)
  const session: Session = {
    accessToken: accessTokenFor(account, serial, ledger.clock.wire(accessExpiresAt ?? epochMs(0))),
    accessExpiresAt,
    refreshToken: keep ?? refreshTokenFor(account, serial),
  }
  ledger.access.set(session.accessToken, { family, expiresAt: accessExpiresAt })
  if (session.refreshToken !== null) ledger.refresh.set(session.refreshToken, family)
  family.current = session.refreshToken
  ledger.newest.set(account.id, session)
  return session
}

function lookUp(ledger: Ledger, accessToken: string): AccessState {
  const found = ledger.access.get(accessToken)
  if (!found) return { account: null, state: 'unknown' }
  const { account } = found.family
  if (found.family.revoked || account.condition.kind === 'signed-out') return { account, state: 'revoked' }
  const expired = found.expiresAt !== null && ledger.clock.now() >= found.expiresAt
  return { account, state: expired ? 'expired' : 'valid' }
}

function exchange(ledger: Ledger, refreshToken: string): RefreshOutcome {
  const family = ledger.refresh.get(refreshToken)
  if (!family) {
    note(ledger, 'rejected', null)
    return { kind: 'unknown' }
  }
  const { account } = family
  if (family.revoked || account.condition.kind === 'signed-out') {
    note(ledger, 'rejected', account)
    return { kind: 'revoked', account }
  }
  if (family.current !== refreshToken) {
    family.revoked = true
    note(ledger, 'reused', account)
    return { kind: 'reused', account }
  }
  if (rotates(account)) {
    note(ledger, 'rotated', account)
    return { kind: 'issued', account, session: issue(ledger, family) }
  }
  note(ledger, 'refreshed', account)
  return { kind: 'issued', account, session: issue(ledger, family, refreshToken) }
}
