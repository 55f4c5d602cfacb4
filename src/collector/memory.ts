import type { ModelBlock } from '../model/account.ts'
import type { Credential, KnownLogin, ProviderId, SourceId } from '../model/credential.ts'
import type { JsonFile, Log } from '../model/ports.ts'
import { type Identity, UNKNOWN_IDENTITY } from '../model/reading.ts'
import { type EpochMs, epochMs } from '../model/time.ts'
import { differs, type RosterAccount, type TaughtLogin } from './roster.ts'

/** What has to outlive the process about an account, beside the readings of board.json. No secret. */
interface AccountMemory {
  readonly subject: string | null
  readonly workspace: string | null
  /** Fingerprints of its logins, when it was last polled or listed. */
  readonly fingerprints: readonly string[]
  /** The same logins, so that the next process knows them while their file cannot be read. */
  readonly logins: readonly KnownLogin[]
  /** 401 answers in a row. */
  readonly refusals: number
  readonly blocks: readonly ModelBlock[]
}

/** What earlier readings have taught: who a login is, and how an account stood. Kept in one small file. */
export interface Memory {
  /** Takes in the file. Never throws: a damaged one is as good as none. */
  load(): Promise<void>
  /** `present`: fingerprints of all logins of now, so that a memory of a place is not used for a login that moved. */
  known(credential: Credential, present: ReadonlySet<string>): TaughtLogin | null
  /** Notes who answered to a login. True when that is news. */
  learn(credential: Credential, identity: Identity): boolean
  /** Notes the roster: the words in use, and whose account each id is. */
  noteRoster(roster: readonly RosterAccount[]): void
  account(id: string): AccountMemory | null
  noteAccount(id: string, facts: Partial<AccountMemory>): void
  save(): Promise<void>
  size(): number
}

interface LoginEntry {
  readonly provider: ProviderId
  readonly source: string
  readonly slot: string
  readonly fingerprint: string
  readonly identity: Identity
  readonly word: string | null
}

const MOST_LOGINS = 2_000
const MOST_ACCOUNTS = 2_000
const NOTHING: AccountMemory = {
  subject: null,
  workspace: null,
  fingerprints: [],
  logins: [],
  refusals: 0,
  blocks: [],
}

export function createMemory(file: JsonFile, log: Log): Memory {
  return new FileMemory(file, log)
}

class FileMemory implements Memory {
  readonly #file: JsonFile
  readonly #log: Log
  readonly #byPlace = new Map<string, LoginEntry>()
  readonly #bySecret = new Map<string, LoginEntry>()
  readonly #accounts = new Map<string, AccountMemory>()
  #dirty = false
  #saving: Promise<void> = Promise.resolve()

  constructor(file: JsonFile, log: Log) {
    this.#file = file
    this.#log = log
  }

  async load(): Promise<void> {
    const content = await this.#file.read().catch(() => null)
    for (const entry of loginsOf(content)) this.#put(entry)
    for (const [id, memory] of accountsOf(content)) this.noteAccount(id, memory)
    this.#dirty = false
  }

  known(credential: Credential, present: ReadonlySet<string>): TaughtLogin | null {
    const exact = this.#bySecret.get(secretOf(credential))
    if (exact) return { identity: exact.identity, word: exact.word, exact: true }
    const here = this.#byPlace.get(placeOf(credential))
    if (here === undefined || present.has(here.fingerprint)) return null
    return { identity: here.identity, word: here.word, exact: false }
  }

  learn(credential: Credential, identity: Identity): boolean {
    const known = this.#bySecret.get(secretOf(credential))
    const next = merge(known?.identity ?? UNKNOWN_IDENTITY, identity)
    const before = known?.identity ?? UNKNOWN_IDENTITY
    const isNews = PARTS.some((part) => before[part] !== next[part])
    if (isNews) this.#put({ ...loginFrom(credential), identity: next, word: known?.word ?? null })
    return isNews
  }

  noteRoster(roster: readonly RosterAccount[]): void {
    for (const { account, identity, credentials } of roster) {
      const fingerprints = credentials.map((credential) => credential.fingerprint)
      const logins = credentials.map(keptLogin)
      this.noteAccount(account.id, { subject: identity.subject, workspace: identity.workspace, fingerprints, logins })
      for (const credential of credentials) {
        const known = this.#bySecret.get(secretOf(credential))
        const word = account.nameFrom === 'place' ? (account.name.split('#')[0] ?? null) : (known?.word ?? null)
        if (known === undefined && word === null) continue
        this.#put({ ...loginFrom(credential), identity: known?.identity ?? UNKNOWN_IDENTITY, word })
      }
    }
  }

  account(id: string): AccountMemory | null {
    return this.#accounts.get(id) ?? null
  }

  save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#write())
    return this.#saving
  }

  size(): number {
    return this.#byPlace.size + this.#bySecret.size + this.#accounts.size
  }

  #put(entry: LoginEntry): void {
    const place = placeOf(entry)
    this.#dirty ||= !isEqual(this.#byPlace.get(place), entry)
    this.#byPlace.delete(place)
    this.#byPlace.set(place, entry)
    this.#bySecret.set(secretOf(entry), entry)
    trim(this.#byPlace, MOST_LOGINS)
    trim(this.#bySecret, MOST_LOGINS)
  }

  noteAccount(id: string, facts: Partial<AccountMemory>): void {
    const before = this.#accounts.get(id)
    const next = { ...(before ?? NOTHING), ...facts }
    this.#dirty ||= !isEqual(before, next)
    this.#accounts.delete(id)
    this.#accounts.set(id, next)
    trim(this.#accounts, MOST_ACCOUNTS)
  }

  async #write(): Promise<void> {
    if (!this.#dirty) return
    this.#dirty = false
    try {
      await this.#file.write({
        version: 1,
        logins: [...this.#byPlace.values()],
        accounts: Object.fromEntries(this.#accounts),
      })
    } catch (cause) {
      this.#dirty = true
      this.#log.warn('The file of known logins could not be written.', {
        reason: cause instanceof Error ? cause.name : typeof cause,
      })
    }
  }
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

const PARTS = ['subject', 'workspace', 'email', 'login'] as const

/** New facts beat old ones; another subject makes the old ones somebody else's. */
function merge(before: Identity, now: Identity): Identity {
  const base = differs(before.subject, now.subject) ? UNKNOWN_IDENTITY : before
  return {
    subject: now.subject ?? base.subject,
    workspace: now.workspace ?? base.workspace,
    email: now.email ?? base.email,
    login: now.login ?? base.login,
  }
}

function loginFrom(credential: Credential): Omit<LoginEntry, 'identity' | 'word'> {
  const { provider, source, slot, fingerprint } = credential
  return { provider, source, slot, fingerprint }
}

function keptLogin(credential: Credential): KnownLogin {
  const { provider, source, owner, origin, slot, fingerprint, identity, name, signInHint } = credential
  return { provider, source, owner, origin, slot, fingerprint, identity, name, signInHint }
}

function keptLoginsOf(content: unknown): readonly KnownLogin[] {
  if (!Array.isArray(content)) return []
  return content.flatMap((item: unknown) => {
    const [provider, source, origin] = [textOf(item, 'provider'), textOf(item, 'source'), textOf(item, 'origin')]
    const [slot, fingerprint, signInHint] = [
      textOf(item, 'slot'),
      textOf(item, 'fingerprint'),
      textOf(item, 'signInHint'),
    ]
    if (provider === null || source === null || origin === null) return []
    if (slot === null || fingerprint === null || signInHint === null) return []
    return [
      {
        provider,
        source: source as SourceId,
        owner: fieldOf(item, 'owner') === 'tokstat' ? ('tokstat' as const) : ('other' as const),
        origin,
        slot,
        fingerprint,
        identity: identityOf(fieldOf(item, 'identity')),
        name: textOf(item, 'name'),
        signInHint,
      },
    ]
  })
}

function placeOf(login: Pick<LoginEntry, 'provider' | 'source' | 'slot'>): string {
  return `${login.provider}|${login.source}|${login.slot}`
}

function secretOf(login: Pick<LoginEntry, 'provider' | 'fingerprint'>): string {
  return `${login.provider}|${login.fingerprint}`
}

/** The longest unused go first: what is used again is put at the end. */
function trim<Value>(map: Map<string, Value>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return
    map.delete(key)
  }
}

function loginsOf(content: unknown): readonly LoginEntry[] {
  const logins = fieldOf(content, 'logins')
  if (!Array.isArray(logins)) return []
  return logins.flatMap((item: unknown) => {
    const provider = textOf(item, 'provider')
    const source = textOf(item, 'source')
    const slot = textOf(item, 'slot')
    const fingerprint = textOf(item, 'fingerprint')
    if (provider === null || source === null || slot === null || fingerprint === null) return []
    const identity = identityOf(fieldOf(item, 'identity'))
    return [{ provider, source, slot, fingerprint, identity, word: textOf(item, 'word') }]
  })
}

function accountsOf(content: unknown): readonly (readonly [string, AccountMemory])[] {
  const accounts = fieldOf(content, 'accounts')
  if (typeof accounts !== 'object' || accounts === null) return []
  return Object.entries(accounts).map(([id, item]: [string, unknown]) => {
    const fingerprints = fieldOf(item, 'fingerprints')
    const refusals = fieldOf(item, 'refusals')
    const memory: AccountMemory = {
      subject: textOf(item, 'subject'),
      workspace: textOf(item, 'workspace'),
      fingerprints: Array.isArray(fingerprints) ? fingerprints.filter((one) => typeof one === 'string') : [],
      logins: keptLoginsOf(fieldOf(item, 'logins')),
      refusals: typeof refusals === 'number' && Number.isInteger(refusals) && refusals > 0 ? refusals : 0,
      blocks: blocksOf(fieldOf(item, 'blocks')),
    }
    return [id, memory] as const
  })
}

function blocksOf(content: unknown): readonly ModelBlock[] {
  if (!Array.isArray(content)) return []
  return content.flatMap((item: unknown) => {
    const model = textOf(item, 'model')
    const until = fieldOf(item, 'until')
    return model !== null && typeof until === 'number' && Number.isFinite(until)
      ? [{ model, until: epochMs(until) satisfies EpochMs }]
      : []
  })
}

function identityOf(content: unknown): Identity {
  return {
    subject: textOf(content, 'subject'),
    workspace: textOf(content, 'workspace'),
    email: textOf(content, 'email'),
    login: textOf(content, 'login'),
  }
}

function fieldOf(holder: unknown, name: string): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return undefined
  return (holder as Readonly<Record<string, unknown>>)[name]
}

function textOf(holder: unknown, name: string): string | null {
  const value = fieldOf(holder, name)
  return typeof value === 'string' && value !== '' ? value : null
}
