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

/** Nobody can read it as it is, its owner neither: only a new file helps. The others pass, or their text says what to do. */
function isDamage(reason: UnreadableReason): boolean {
  return reason === 'malformed' || reason === 'encoding' || reason === 'too_large' || reason === 'not_a_file'
}

/** How the owner of a damaged login writes it anew. */
const NEW_LOGIN: Readonly<Record<SourceId, string>> = {
  opencode: 'Run `opencode auth login`',
  'antigravity-accounts': 'Run `opencode auth login`',
  'claude-code': 'Run `claude` and log in',
  'codex-cli': 'Run `codex login`',
  'gemini-cli': 'Run `gemini` and log in',
  'github-copilot': 'Sign in to GitHub Copilot in your editor',
  gh: 'Run `gh auth login`',
  'cli-proxy-api': 'Sign in again with `cli-proxy-api`',
  'antigravity-ide': 'Sign in to Antigravity again',
  env: 'Set the variable anew',
  vault: 'Put a copy of it back',
}

export function signInAnew(source: SourceId): string {
  return `${NEW_LOGIN[source]}, or mend the file; tokstat reads it again by itself.`
}

export function reasonText(reason: UnreadableReason): string {
  return REASON_TEXT[reason]
}

/** What a parser makes of one file's text. */
export type Interpreted =
  | { readonly kind: 'logins'; readonly credentials: readonly Credential[]; readonly detail: string | null }
  /** `hint`: what to do, when that is not a new sign-in. */
  | { readonly kind: 'not_understood'; readonly detail: string; readonly hint?: string }

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
    const hint = isDamage(read.reason) ? signInAnew(source) : null
    return { credentials: [], report: report(source, place, 'unreadable', { detail: reasonText(read.reason), hint }) }
  }
  const result = interpret(read)
  if (result.kind === 'not_understood') {
    const { detail, hint = signInAnew(source) } = result
    return { credentials: [], report: report(source, place, 'unreadable', { detail, hint }) }
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
  more: Partial<Pick<SourceReport, 'count' | 'detail' | 'hint'>> = {},
): SourceReport {
  return { source, place, state, count: 0, detail: null, hint: null, ...more }
}

/** `2 entries could not be used: …`; null for none. */
export function brokenEntries(count: number): string | null {
  if (count === 0) return null
  return count === 1
    ? '1 entry could not be used: it has no readable token. Sign in again with its owner.'
    : `${count} entries could not be used: they have no readable token. Sign in again with their owner.`
}
