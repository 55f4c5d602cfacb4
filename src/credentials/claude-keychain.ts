import { createHash } from 'node:crypto'
import type { Credential, SourceReport } from '../model/credential.ts'
import { type ClaudeFileContext, interpretClaudeLogin } from './claude-login.ts'
import { report, signInAnew } from './look.ts'
import type { CredentialPorts, KeychainRead, SourceEnvironment } from './ports.ts'

const SERVICE = 'Claude Code-credentials'
const LIMIT_MS = 5_000

/** With a folder of its own Claude Code files the entry under a name of its own; the plain one comes second. */
export function keychainServices(environment: SourceEnvironment): readonly string[] {
  if (environment.platform === 'win32') return []
  const folder = environment.claudeConfigDir
  if (folder === null || environment.platform !== 'darwin') return [SERVICE]
  const suffix = createHash('sha256').update(folder.normalize('NFC')).digest('hex').slice(0, 8)
  return [`${SERVICE}-${suffix}`, SERVICE]
}

export interface KeychainLook {
  readonly credentials: readonly Credential[]
  readonly reports: readonly SourceReport[]
}

/** The first entry with a login ends the search; each entry that was looked at has a report. */
export async function lookInKeychain(
  environment: SourceEnvironment,
  ports: CredentialPorts,
  context: Omit<ClaudeFileContext, 'place' | 'writtenAt'>,
): Promise<KeychainLook> {
  const reports: SourceReport[] = []
  for (const service of keychainServices(environment)) {
    const place = `keychain: ${service}`
    const read = await readEntry(ports, service, environment.userName)
    if (read.kind === 'absent') {
      reports.push(report('claude-code', place, 'absent'))
    } else if (read.kind === 'unreadable') {
      reports.push(report('claude-code', place, 'unreadable', { detail: REASONS[read.reason] }))
      // One that does not answer will not answer the next question either.
      if (read.reason === 'timeout') break
    } else {
      const found = interpretClaudeLogin(unhexed(read.text), { ...context, place, writtenAt: null })
      const credentials = found.kind === 'logins' ? found.credentials : []
      const state = found.kind === 'not_understood' ? 'unreadable' : credentials.length === 0 ? 'empty' : 'found'
      const hint = state === 'unreadable' ? signInAnew('claude-code') : null
      reports.push(report('claude-code', place, state, { count: credentials.length, detail: found.detail, hint }))
      if (credentials.length > 0) return { credentials, reports }
    }
  }
  return { credentials: [], reports }
}

const REASONS: Readonly<Record<'denied' | 'timeout' | 'io', string>> = {
  denied: 'The keychain does not let tokstat read it: allow it there, or set CLAUDE_CODE_OAUTH_TOKEN.',
  timeout: 'The keychain did not answer within 5 s: unlock it.',
  io: 'The keychain could not be asked.',
}

/** Older entries were filed without an account name. */
async function readEntry(ports: CredentialPorts, service: string, account: string | null): Promise<KeychainRead> {
  if (account !== null) {
    const named = await withinLimit(ports, service, account)
    if (named.kind !== 'absent') return named
  }
  return withinLimit(ports, service, null)
}

/** A keychain that waits for a person must not hold up the other logins. */
async function withinLimit(ports: CredentialPorts, service: string, account: string | null): Promise<KeychainRead> {
  let timer = { cancel: (): void => undefined }
  const late = new Promise<KeychainRead>((resolve) => {
    const answer = { kind: 'unreadable', reason: 'timeout', detail: 'no answer' } as const
    timer = ports.clock.after(LIMIT_MS, () => resolve(answer))
  })
  try {
    return await Promise.race([ports.readKeychain(service, account), late])
  } finally {
    timer.cancel()
  }
}

/** Some reads come back as the hex of the bytes. A JSON object never looks like that. */
function unhexed(text: string): string {
  const trimmed = text.trim()
  const isHex = trimmed.length % 2 === 0 && /^7b[0-9a-f]*$/i.test(trimmed)
  return isHex ? Buffer.from(trimmed, 'hex').toString('utf8') : text
}
