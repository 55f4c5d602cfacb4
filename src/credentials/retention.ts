import type { Credential, KnownLogin, SourceReport } from '../model/credential.ts'
import { SECOND_MS } from '../model/time.ts'
import { makeCredential, NO_SECRETS } from './credential.ts'
import type { SourceFinding } from './ports.ts'

/**
 * A file that is replaced is absent for a moment; only a longer absence is a logout. It is counted from the first look
 * that missed the file, so it takes two looks in any case.
 */
export const ABSENCE_MS = 10 * SECOND_MS

/** What one place held when it was last understood. */
interface Remembered {
  readonly credentials: readonly Credential[]
  /** Monotonic; null while the place is there. */
  readonly absentSinceMs: number | null
}

/** By place. */
export type Memory = ReadonlyMap<string, Remembered>

export interface Retained {
  readonly memory: Memory
  readonly credentials: readonly Credential[]
  readonly reports: readonly SourceReport[]
  /** True while the logins of an absent place are still kept: another look is needed. */
  readonly waiting: boolean
}

/**
 * What a look at one source means in the light of the look before it. A place that is there and understood is
 * believed at once, so a real logout ends at once. One that cannot be read or understood keeps its known logins,
 * marked unreadable and without their tokens. One that is absent keeps them as they are for a moment.
 */
export function retain(memory: Memory, finding: SourceFinding, nowMs: number): Retained {
  const live = new Set(finding.credentials.map((credential) => credential.fingerprint))
  const next = new Map<string, Remembered>(rememberLive(finding.credentials))
  const kept: Credential[] = []
  let waiting = false
  for (const [place, known] of memory) {
    const state = stateOf(place, finding.reports)
    if (state.kind === 'there') continue
    const remembered = state.kind === 'unreadable' ? asUnreadable(known, state.detail) : asAbsent(known, nowMs)
    if (remembered === null) continue
    waiting ||= remembered.absentSinceMs !== null
    next.set(place, remembered)
    kept.push(...remembered.credentials.filter((credential) => !live.has(credential.fingerprint)))
  }
  return {
    memory: next,
    credentials: [...finding.credentials, ...kept],
    reports: finding.reports.map((report) => withKept(report, next.get(report.place)?.credentials.length ?? 0)),
    waiting,
  }
}

/**
 * What an earlier process knew of the places that cannot be read or understood now. The others are believed as they
 * are: whoever signed out meanwhile is gone.
 */
export function rememberEarlier(logins: readonly KnownLogin[], finding: SourceFinding): Memory {
  const lost = logins.filter(({ origin }) => stateOf(origin, finding.reports).kind === 'unreadable')
  return new Map(rememberLive(lost.map((login) => makeCredential(login))))
}

function rememberLive(credentials: readonly Credential[]): [string, Remembered][] {
  const places = new Map<string, Credential[]>()
  for (const credential of credentials) {
    places.set(credential.origin, [...(places.get(credential.origin) ?? []), credential])
  }
  return [...places].map(([place, list]) => [place, { credentials: list, absentSinceMs: null }])
}

type PlaceState =
  | { readonly kind: 'there' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly detail: string }

/** A file without a report of its own is as its folder is: gone, or out of sight with a folder that cannot be read. */
function stateOf(place: string, reports: readonly SourceReport[]): PlaceState {
  const own = reports.find((report) => report.place === place)
  const folder = reports.find((report) => report.state === 'unreadable' && isInside(place, report.place))
  const report = own ?? folder
  if (report === undefined || report.state === 'absent') return { kind: 'absent' }
  if (report.state !== 'unreadable') return { kind: 'there' }
  return { kind: 'unreadable', detail: report.detail ?? 'It could not be read.' }
}

function isInside(place: string, folder: string): boolean {
  return place.startsWith(`${folder}/`) || place.startsWith(`${folder}\\`)
}

function asUnreadable(known: Remembered, detail: string): Remembered {
  return {
    credentials: known.credentials.map((credential) => ({ ...credential, secrets: NO_SECRETS, unreadable: detail })),
    absentSinceMs: null,
  }
}

/** Null: gone for good. */
function asAbsent(known: Remembered, nowMs: number): Remembered | null {
  const absentSinceMs = known.absentSinceMs ?? nowMs
  return nowMs - absentSinceMs >= ABSENCE_MS ? null : { credentials: known.credentials, absentSinceMs }
}

function withKept(report: SourceReport, kept: number): SourceReport {
  if (kept === 0 || (report.state !== 'unreadable' && report.state !== 'absent')) return report
  if (report.state === 'absent') {
    return { ...report, count: kept, detail: 'It went away a moment ago; its logins are kept until that is certain.' }
  }
  const logins = kept === 1 ? '1 known login of it is' : `${kept} known logins of it are`
  return { ...report, count: kept, detail: `${report.detail ?? ''} ${logins} listed, but not asked.`.trim() }
}
