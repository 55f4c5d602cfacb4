import type { Credential, SourceId, SourceReport } from '../model/credential.ts'
import type { CredentialPorts, GuardedRead, SourceFinding, UnreadableReason } from './ports.ts'

/** What is wrong, for people, without a path and without a byte of the file. */
const REASON_TEXT: Readonly<Record<UnreadableReason, string>> = {
  permission:
    'Permission denied, or a link to a file of another user: the user that runs tokstat must be able to read it.',
  not_a_file: 'It is not a regular file.',
  too_large: 'It is too large to be a login file.',
  encoding: 'It is not UTF-8 text.',
  unstable: 'It kept changing while it was read.',
  io: 'It could not be read.',
  malformed: 'The file is not valid JSON.',
}

export function reasonText(reason: UnreadableReason): string {
  return REASON_TEXT[reason]
}

/** What a parser makes of one file's text. */
export type Interpreted =
  | { readonly kind: 'logins'; readonly credentials: readonly Credential[]; readonly detail: string | null }
  | { readonly kind: 'not_understood'; readonly detail: string }

export interface Look {
  readonly credentials: readonly Credential[]
  readonly report: SourceReport
}

type TextRead = Extract<GuardedRead, { kind: 'text' }>

/** Reads one place and says in a report how that went. `interpret` is pure; it sees the text and when it was written. */
export async function lookAt(
  ports: CredentialPorts,
  source: SourceId,
  place: string,
  interpret: (read: TextRead) => Interpreted,
): Promise<Look> {
  const read = await ports.readText(place, 'json')
  if (read.kind === 'absent') return { credentials: [], report: report(source, place, 'absent') }
  if (read.kind === 'unreadable') {
    return { credentials: [], report: report(source, place, 'unreadable', { detail: reasonText(read.reason) }) }
  }
  const result = interpret(read)
  if (result.kind === 'not_understood') {
    return { credentials: [], report: report(source, place, 'unreadable', { detail: result.detail }) }
  }
  const count = result.credentials.length
  return {
    credentials: result.credentials,
    report: report(source, place, count === 0 ? 'empty' : 'found', { count, detail: result.detail }),
  }
}

/** Reads every place of a source; what one of them holds never hides what another does. All places are watched. */
export async function lookAtAll(
  ports: CredentialPorts,
  source: SourceId,
  places: readonly string[],
  interpret: (place: string, read: TextRead) => Interpreted,
): Promise<SourceFinding> {
  const looks = await Promise.all(places.map((place) => lookAt(ports, source, place, (read) => interpret(place, read))))
  return {
    credentials: looks.flatMap((look) => look.credentials),
    reports: looks.map((look) => look.report),
    watched: places,
  }
}

export function report(
  source: SourceId,
  place: string,
  state: SourceReport['state'],
  more: Partial<Pick<SourceReport, 'count' | 'detail'>> = {},
): SourceReport {
  return { source, place, state, count: 0, detail: null, ...more }
}

/** `2 entries could not be used: …`; null for none. */
export function brokenEntries(count: number): string | null {
  if (count === 0) return null
  return count === 1
    ? '1 entry could not be used: it has no readable token. Sign in again with its owner.'
    : `${count} entries could not be used: they have no readable token. Sign in again with their owner.`
}
