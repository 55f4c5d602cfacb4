import type { Credential } from '../../model/credential.ts'
import { type EpochMs, epochMs, fromUnixMs } from '../../model/time.ts'
import { googleFingerprint, makeCredential } from '../credential.ts'
import { type GoogleEntry, readGoogleEntry } from '../google-entry.ts'
import { brokenEntries, type Interpreted, lookAt } from '../look.ts'
import { asObject, field, type JsonObject, parseJson } from '../parse.ts'
import { antigravityAccountsFiles, placesFor } from '../places.ts'
import type { CredentialPorts, Source, SourceEnvironment, SourceFinding } from '../ports.ts'
import { mergeAccounts, type PlaceAccounts } from './antigravity-merge.ts'

const SOURCE = 'antigravity-accounts'
/** The newest layout that is known (the plugin's own type definitions, seen June 2026). */
const NEWEST_VERSION = 4
const FAMILIES = ['claude', 'gemini']

/** `antigravity-accounts.json`: the accounts of OpenCode's Antigravity plugin, and of the older exporter. */
export const antigravityAccounts: Source = {
  id: SOURCE,
  places: (environment) =>
    placesFor(antigravityAccountsFiles(environment), 'Antigravity accounts of the OpenCode plugin'),
  find,
}

async function find(environment: SourceEnvironment, ports: CredentialPorts): Promise<SourceFinding> {
  const places = antigravityAccountsFiles(environment)
  if (!environment.providers.has('antigravity')) return { credentials: [], reports: [], watched: [] }
  const looks = await Promise.all(
    places.map((place) =>
      lookAt(ports, SOURCE, place, (read) =>
        interpret(read.text, { place, mtimeMs: read.mtimeMs, environment, ports }),
      ),
    ),
  )
  // The first place is the working directory: not the owner's own file, so its marks count last.
  const files: PlaceAccounts[] = looks.map((look, index) => ({ owners: index > 0, credentials: look.credentials }))
  return { credentials: mergeAccounts(files), reports: looks.map((look) => look.report), watched: places }
}

interface FileContext {
  readonly place: string
  readonly mtimeMs: number
  readonly environment: SourceEnvironment
  readonly ports: CredentialPorts
}

function interpret(text: string, context: FileContext): Interpreted {
  const parsed = parseJson(text)
  if (!parsed.ok) return { kind: 'not_understood', detail: parsed.reason }
  const file = asObject(parsed.value)
  if (file === null) return { kind: 'not_understood', detail: 'The file holds no JSON object.' }
  const version = field(file, 'version')
  if (typeof version === 'number' && version > NEWEST_VERSION) {
    return {
      kind: 'not_understood',
      detail: `Newer file version (${version}): this tokstat knows versions up to ${NEWEST_VERSION}.`,
      hint: 'Update tokstat.',
    }
  }
  const accounts = field(file, 'accounts')
  if (!Array.isArray(accounts)) return { kind: 'not_understood', detail: 'The file holds no list "accounts".' }
  const entries = accounts.map((account: unknown) => readAccount(account))
  const marks = readMarks(file, entries)
  const credentials = entries.flatMap((entry, index) =>
    entry === null ? [] : [toCredential(entry, { index, marks, context })],
  )
  return { kind: 'logins', credentials, detail: brokenEntries(entries.length - credentials.length) }
}

interface AccountEntry {
  readonly google: GoogleEntry
  readonly enabled: boolean
  readonly usedAt: EpochMs | null
  readonly raw: JsonObject
}

function readAccount(account: unknown): AccountEntry | null {
  const raw = asObject(account)
  const google = raw === null ? null : readGoogleEntry(raw)
  if (raw === null || google === null) return null
  const times = [field(raw, 'lastUsed'), field(raw, 'addedAt')].map(fromUnixMs).filter((at) => at !== null)
  return {
    google,
    enabled: field(raw, 'enabled') !== false,
    usedAt: times.length === 0 ? null : epochMs(Math.max(...times)),
    raw,
  }
}

/** Which entry is in use, by family; an index of the list as it stands in the file, broken entries counted. */
interface Marks {
  readonly active: number
  readonly byFamily: ReadonlyMap<string, number>
}

/**
 * A family's own index, else the common one, else the first account that is switched on. An index past the end is
 * clamped, as the plugin does after an account was removed.
 */
function readMarks(file: JsonObject, entries: readonly (AccountEntry | null)[]): Marks {
  const first = entries.findIndex((entry) => entry?.enabled === true)
  const resolve = (value: unknown, otherwise: number): number => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return otherwise
    const index = Math.min(Math.max(0, Math.trunc(value)), entries.length - 1)
    return entries[index] ? index : otherwise
  }
  const active = resolve(field(file, 'activeIndex'), first)
  const families = asObject(field(file, 'activeIndexByFamily')) ?? {}
  const names = new Set([...FAMILIES, ...Object.keys(families)])
  return {
    active,
    byFamily: new Map([...names].map((name) => [name, resolve(field(families, name), active)])),
  }
}

interface EntryContext {
  readonly index: number
  readonly marks: Marks
  readonly context: FileContext
}

function toCredential(entry: AccountEntry, at: EntryContext): Credential {
  const { google } = entry
  const { environment, ports, place, mtimeMs } = at.context
  const project = google.project ?? environment.fallbackProjects['antigravity'] ?? null
  const cooldowns = futureCooldowns(entry.raw, ports.clock.now())
  return makeCredential({
    provider: 'antigravity',
    source: SOURCE,
    origin: place,
    slot: slotOf(google, at.index),
    fingerprint: googleFingerprint(ports.hash, 'antigravity', google.secrets),
    identity: { subject: null, workspace: google.project, email: google.email, login: null },
    enabled: entry.enabled,
    active: at.index === at.marks.active,
    activeFor: [...at.marks.byFamily].flatMap(([family, index]) => (index === at.index ? [family] : [])),
    updatedAt: entry.usedAt ?? fromUnixMs(mtimeMs),
    signInHint: 'opencode auth login',
    secrets: google.secrets,
    extra: {
      ...(project === null ? {} : { project }),
      ...(cooldowns === null ? {} : { cooldowns }),
    },
  })
}

/** An index moves when another account is removed, so it names an entry only when nothing else does. */
function slotOf(google: GoogleEntry, index: number): string {
  if (google.email === null) return `account ${index + 1}`
  return google.project === null ? google.email : `${google.email} ${google.project}`
}

/**
 * What the plugin was told to wait for, by its own key, as JSON text of `{key: unix ms}`; null when nothing is still
 * to come. Version 1 has one clock for all models, version 2 says `gemini` for `gemini-antigravity`.
 */
function futureCooldowns(raw: JsonObject, now: EpochMs): string | null {
  const clocks = new Map<string, EpochMs>()
  const note = (key: string, value: unknown): void => {
    const until = fromUnixMs(value)
    if (until !== null && until > now) clocks.set(key === 'gemini' ? 'gemini-antigravity' : key, until)
  }
  if (field(raw, 'isRateLimited') === true) {
    note('claude', field(raw, 'rateLimitResetTime'))
    note('gemini', field(raw, 'rateLimitResetTime'))
  }
  for (const [key, value] of Object.entries(asObject(field(raw, 'rateLimitResetTimes')) ?? {})) note(key, value)
  return clocks.size === 0 ? null : JSON.stringify(Object.fromEntries(clocks))
}
