import type { Timer } from '../model/ports.ts'
import type { Provider } from '../model/provider.ts'
import type { Outcome } from './outcome.ts'
import { differs, type RosterAccount } from './roster.ts'

/** What the engine keeps about one account beside its state on the board. Instants here are monotonic milliseconds. */
export interface Poller {
  entry: RosterAccount
  readonly provider: Provider
  timer: Timer | null
  /** When it is polled next; null before it was ever scheduled. */
  dueAt: number | null
  running: { readonly promise: Promise<Outcome>; readonly abort: AbortController } | null
  /** Failures in a row. */
  failures: number
  /** 401 answers in a row. */
  refusals: number
  /** Logins that the service refused, and until when they are passed over. */
  readonly refused: Map<string, number>
  /** Nothing is sent before, not even by hand. */
  notBefore: number
  /** When the service itself last answered with a reading. */
  askedAt: number
  /** When somebody last asked for it by hand. */
  manualAt: number
  /** Its account has left: whatever still arrives for it is dropped. */
  gone: boolean
}

export function createPoller(entry: RosterAccount, provider: Provider): Poller {
  return {
    entry,
    provider,
    timer: null,
    dueAt: null,
    running: null,
    failures: 0,
    refusals: 0,
    refused: new Map(),
    notBefore: Number.NEGATIVE_INFINITY,
    askedAt: Number.NEGATIVE_INFINITY,
    manualAt: Number.NEGATIVE_INFINITY,
    gone: false,
  }
}

export function fingerprintsOf(entry: RosterAccount): readonly string[] {
  return entry.credentials.map((credential) => credential.fingerprint)
}

/** Whether an account has a login now that it had not before, or that could not be used before. */
export function hasNewLogin(before: RosterAccount, now: RosterAccount): boolean {
  const usable = new Set(
    before.credentials.filter((one) => one.enabled && one.unreadable === null).map((one) => one.fingerprint),
  )
  return now.credentials.some((one) => one.enabled && one.unreadable === null && !usable.has(one.fingerprint))
}

/** Whether an account has just lost its last usable login, though its owner has not switched it off. */
export function hasLostLogins(before: RosterAccount, now: RosterAccount): boolean {
  return now.account.enabled && isUsable(before) && !isUsable(now)
}

function isUsable(entry: RosterAccount): boolean {
  return entry.credentials.some((one) => one.enabled && one.unreadable === null)
}

/** Whether two identities cannot be the same account: data of one must never be shown as the other's. */
export function contradicts(
  one: { readonly subject: string | null; readonly workspace: string | null },
  other: { readonly subject: string | null; readonly workspace: string | null },
): boolean {
  return differs(one.subject, other.subject) || differs(one.workspace, other.workspace)
}

/**
 * Pairs the accounts of a new roster with the pollers of the old one: the same id first, then a shared login. An
 * account that turns out to be somebody else inherits nothing.
 */
export function findHeirs(
  roster: readonly RosterAccount[],
  pollers: readonly Poller[],
): ReadonlyMap<RosterAccount, Poller> {
  const heirs = new Map<RosterAccount, Poller>()
  const taken = new Set<Poller>()
  const byId = new Map(pollers.map((poller) => [poller.entry.account.id, poller]))
  const byLogin = new Map<string, Poller>()
  for (const poller of pollers) {
    for (const fingerprint of fingerprintsOf(poller.entry)) {
      byLogin.set(`${poller.provider.id}|${fingerprint}`, poller)
    }
  }
  const inherit = (entry: RosterAccount, poller: Poller | undefined): void => {
    if (poller === undefined || heirs.has(entry) || taken.has(poller)) return
    if (contradicts(poller.entry.identity, entry.identity)) return
    heirs.set(entry, poller)
    taken.add(poller)
  }
  for (const entry of roster) inherit(entry, byId.get(entry.account.id))
  for (const entry of roster) {
    for (const fingerprint of fingerprintsOf(entry)) {
      inherit(entry, byLogin.get(`${entry.account.provider}|${fingerprint}`))
    }
  }
  return heirs
}
