import type { Credential, CredentialIdentity, SourceReport } from '../../model/credential.ts'
import { fromUnixMs } from '../../model/time.ts'
import { keychainServices, lookInKeychain } from '../claude-keychain.ts'
import { type ClaudeFileContext, interpretClaudeLogin } from '../claude-login.ts'
import { findClaudeVersion } from '../claude-version.ts'
import { NO_IDENTITY } from '../credential.ts'
import { lookAt, report } from '../look.ts'
import { asObject, field, firstLabel, type JsonObject, parseJson } from '../parse.ts'
import { type ClaudeEnvironment, claudeCodePlaces } from '../places.ts'
import type { CredentialPorts, Place, Source, SourceEnvironment, SourceFinding } from '../ports.ts'

const SOURCE = 'claude-code'
const PROVIDER = 'claude'

/** Claude Code's own login: its file or its entry in the keychain, and the file that says whose it is. */
export const claudeCode: Source = {
  id: SOURCE,
  places,
  find,
}

function places(environment: SourceEnvironment): readonly Place[] {
  const { login, accounts } = claudeCodePlaces(environment)
  return [
    { place: login, why: 'the login of Claude Code' },
    ...accounts.map((place) => ({ place, why: 'whose login Claude Code has' })),
    ...keychainServices(environment).map((service) => ({
      place: `keychain: ${service}`,
      why: 'the login of Claude Code, where it keeps it in the keychain',
      isFile: false as const,
    })),
  ]
}

async function find(environment: SourceEnvironment, ports: CredentialPorts): Promise<SourceFinding> {
  if (!environment.providers.has(PROVIDER)) return { credentials: [], reports: [], watched: [] }
  const { login, accounts } = claudeCodePlaces(environment)
  const [owner, clientVersion] = await Promise.all([ownerOf(accounts, ports), findClaudeVersion(ports)])
  const context: Omit<ClaudeFileContext, 'place' | 'writtenAt'> = { owner, clientVersion, hash: ports.hash }
  const file = await lookAt(ports, SOURCE, login, (read) =>
    interpretClaudeLogin(read.text, { ...context, place: login, writtenAt: fromUnixMs(read.mtimeMs) }),
  )
  const watched = [login, ...accounts]
  // On macOS the keychain is where the login lives and the file may be a leftover; elsewhere it is the other way round.
  const isKeychainFirst = environment.platform === 'darwin'
  if (environment.platform === 'win32' || (!isKeychainFirst && file.report.state !== 'absent')) {
    return { credentials: file.credentials, reports: [file.report], watched }
  }
  const keychain = await lookInKeychain(environment, ports, context)
  if (keychain.credentials.length === 0) {
    return { credentials: file.credentials, reports: [...keychain.reports, file.report], watched }
  }
  return { credentials: keychain.credentials, reports: [...keychain.reports, leftover(file.report)], watched }
}

function leftover(file: SourceReport): SourceReport {
  if (file.state !== 'found') return file
  return report(SOURCE, file.place, 'empty', { detail: 'Not used: the keychain has the login.' })
}

/** Where Claude Code's login lies and whose it is, without looking at the login itself. */
export async function claudeCodeOwner(
  environment: ClaudeEnvironment,
  ports: Pick<CredentialPorts, 'readText'>,
): Promise<{ readonly place: string; readonly identity: CredentialIdentity }> {
  const { login, accounts } = claudeCodePlaces(environment)
  return { place: login, identity: await ownerOf(accounts, ports) }
}

/** Nobody known when there is no such file or it is too large to read: then the service is asked. */
async function ownerOf(
  files: readonly string[],
  ports: Pick<CredentialPorts, 'readText'>,
): Promise<CredentialIdentity> {
  for (const file of files) {
    const read = await ports.readText(file, 'json')
    if (read.kind !== 'text') continue
    const parsed = parseJson(read.text)
    const account = asObject(field((parsed.ok ? asObject(parsed.value) : null) ?? {}, 'oauthAccount'))
    return account === null ? NO_IDENTITY : identityOf(account)
  }
  return NO_IDENTITY
}

function identityOf(account: JsonObject): Credential['identity'] {
  return {
    ...NO_IDENTITY,
    subject: firstLabel(account, ['accountUuid']),
    workspace: firstLabel(account, ['organizationUuid']),
    email: firstLabel(account, ['emailAddress']),
  }
}
