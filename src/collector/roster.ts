import type { Account } from '../model/account.ts'
import type { Credential, SourceId } from '../model/credential.ts'
import type { Provider } from '../model/provider.ts'
import type { Identity } from '../model/reading.ts'
import type { PollingSettings } from '../model/settings.ts'
import { slug } from '../model/slug.ts'
import type { EpochMs } from '../model/time.ts'
import { nameAccounts, type Unnamed } from './names.ts'
import { clusters, type Login } from './same-account.ts'

/** What earlier readings have taught about a login. */
export interface TaughtLogin {
  readonly identity: Identity
  /** The word that stood for it while nobody knew its name. */
  readonly word: string | null
  /** True when it is about this very secret, false when only about the same place in the same file. */
  readonly exact: boolean
}

export interface RosterAccount {
  readonly account: Account
  readonly identity: Identity
  /** Best first. */
  readonly credentials: readonly Credential[]
}

export type RosterProvider = Pick<Provider, 'id' | 'auth' | 'sources'>

export interface RosterInput {
  readonly credentials: readonly Credential[]
  readonly providers: readonly RosterProvider[]
  readonly settings: Pick<PollingSettings, 'disabledProviders' | 'providerSettings'>
  readonly known: (credential: Credential) => TaughtLogin | null
  readonly now: EpochMs
}

/**
 * Which accounts there are, from all logins that were found. The same logins give the same names in any order and
 * after any restart. Accounts of switched-off providers are left out.
 */
export function buildRoster(input: RosterInput): readonly RosterAccount[] {
  const logins = [...input.credentials, ...geminiTwins(input)]
  return input.providers
    .filter((provider) => !input.settings.disabledProviders.has(provider.id))
    .flatMap((provider) => {
      const own = logins.filter((credential) => credential.provider === provider.id)
      const known = own.map((credential) => toLogin(credential, provider, input.known(credential)))
      return accountsOf(provider, known, input.now)
    })
}

/** Antigravity accounts shown a second time as Gemini CLI accounts, when the user asked for that. */
function geminiTwins(input: RosterInput): readonly Credential[] {
  const settings = input.settings.providerSettings['gemini-cli']
  const wanted =
    typeof settings === 'object' &&
    settings !== null &&
    'antigravity_accounts' in settings &&
    settings.antigravity_accounts === true
  if (!wanted) return []
  return input.credentials
    .filter((credential) => credential.source === 'antigravity-accounts' && credential.provider === 'antigravity')
    .map((credential) => ({ ...credential, provider: 'gemini-cli', active: false, activeFor: [] }))
}

function toLogin(credential: Credential, provider: RosterProvider, known: TaughtLogin | null): Login {
  const told = credential.identity
  const learned = known?.identity
  const isGoogle = provider.auth === 'google-oauth'
  // What the service said about this very secret beats a file that names somebody else; a memory of the place only
  // fills gaps, and is worth nothing once the file names another login.
  const contradicts = learned !== undefined && differs(told.subject, learned.subject)
  const taught = contradicts && known?.exact !== true ? undefined : learned
  const first = contradicts && taught !== undefined ? { ...told, subject: null, email: null, login: null } : told
  return {
    credential,
    isGoogle,
    word: known?.word ?? null,
    identity: {
      subject: first.subject ?? taught?.subject ?? null,
      // A Google project comes from the file alone: the one that an answer names depends on which login was asked.
      workspace: isGoogle
        ? (first.workspace ?? credential.extra['project'] ?? null)
        : (first.workspace ?? taught?.workspace ?? null),
      email: first.email ?? taught?.email ?? null,
      login: first.login ?? taught?.login ?? null,
    },
  }
}

/** Two parts of an identity that are both known and not the same. */
export function differs(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && one !== other
}

function accountsOf(provider: RosterProvider, logins: readonly Login[], now: EpochMs): readonly RosterAccount[] {
  const unnamed = clusters(logins).map((cluster) => toUnnamed(cluster, provider, now))
  return nameAccounts(unnamed)
    .map(({ entry, name, nameFrom }) => toAccount(provider, entry, name, nameFrom))
    .sort((a, b) => compareText(a.account.name, b.account.name))
}

function toUnnamed(cluster: readonly Login[], provider: RosterProvider, now: EpochMs): Unnamed {
  const logins = [...cluster].sort((a, b) => byUsefulness(a, b, provider, now))
  const pick = (part: keyof Identity): string | null =>
    logins.map((login) => login.identity[part]).find((value) => value !== null) ?? null
  const inPlace = [...cluster].sort((a, b) => byPlace(a, b, provider))
  return {
    credentials: logins.map((login) => login.credential),
    chosen: inPlace.map((login) => login.credential.name).find((name) => name !== null && name.trim() !== '') ?? null,
    identity: { subject: pick('subject'), workspace: pick('workspace'), email: pick('email'), login: pick('login') },
    word: inPlace.map((login) => login.word ?? placeWord(login.credential)).at(0) ?? 'account',
  }
}

/** A stable word for a login that nobody has named: where it was found. */
function placeWord(credential: Credential): string {
  const slot = slug(credential.slot)
  return slot === '' || slot === credential.source ? credential.source : `${credential.source}-${slot}`
}

/** Logins before what is read locally, usable before spent, environment tokens last, then the freshest, then the provider's order of preference. */
function byUsefulness(a: Login, b: Login, provider: RosterProvider, now: EpochMs): number {
  return (
    Number(a.credential.local === true) - Number(b.credential.local === true) ||
    hindrance(a.credential, provider, now) - hindrance(b.credential, provider, now) ||
    Number(a.credential.source === 'env') - Number(b.credential.source === 'env') ||
    (b.credential.updatedAt ?? 0) - (a.credential.updatedAt ?? 0) ||
    byPlace(a, b, provider)
  )
}

function hindrance(credential: Credential, provider: RosterProvider, now: EpochMs): number {
  if (!credential.enabled) return 3
  if (credential.unreadable !== null) return 2
  const { accessExpiresAt, apiKey } = credential.secrets
  const renewable = provider.auth === 'google-oauth' || credential.owner === 'tokstat' || apiKey !== null
  return !renewable && accessExpiresAt !== null && accessExpiresAt <= now ? 1 : 0
}

function byPlace(a: Login, b: Login, provider: RosterProvider): number {
  return (
    rankOf(a.credential.source, provider) - rankOf(b.credential.source, provider) ||
    compareText(a.credential.slot, b.credential.slot) ||
    compareText(a.credential.fingerprint, b.credential.fingerprint)
  )
}

function rankOf(source: SourceId, provider: RosterProvider): number {
  const rank = provider.sources.indexOf(source)
  return rank < 0 ? provider.sources.length : rank
}

function toAccount(
  provider: RosterProvider,
  entry: Unnamed,
  name: string,
  nameFrom: NonNullable<Account['nameFrom']>,
): RosterAccount {
  const used = entry.credentials[0]?.source ?? 'env'
  const others = new Set(entry.credentials.map((credential) => credential.source))
  others.delete(used)
  const sources = [...others].sort((a, b) => rankOf(a, provider) - rankOf(b, provider) || compareText(a, b))
  return {
    identity: entry.identity,
    credentials: entry.credentials,
    account: {
      id: `${provider.id}/${name}`,
      provider: provider.id,
      name,
      nameFrom,
      email: entry.identity.email,
      source: used,
      sources: [used, ...sources],
      enabled: entry.credentials.some((credential) => credential.enabled),
      active: entry.credentials.some((credential) => credential.active),
      activeFor: [...new Set(entry.credentials.flatMap((credential) => credential.activeFor))],
    },
  }
}

/** By code unit: the same order on every machine, whatever its language. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
