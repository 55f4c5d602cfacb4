import type { Credential, CredentialIdentity } from '../../model/credential.ts'
import { fromIso } from '../../model/time.ts'
import { makeCredential, NO_IDENTITY } from '../credential.ts'
import { GITHUB, gitHubFacts } from '../github.ts'
import { brokenEntries, type Interpreted, lookAt } from '../look.ts'
import { pathsOf, placesFor } from '../places.ts'
import type { CredentialPorts, Place, Source, SourceEnvironment, SourceFinding } from '../ports.ts'
import { type OwnAccount, readAccountsText } from '../vault/accounts.ts'

const SOURCE = 'vault'

/**
 * The accounts we own: metadata from accounts.json. Their secrets are not looked at here; the store of credentials
 * fetches one when its account is due.
 */
export const vault: Source = {
  id: SOURCE,
  places,
  find,
}

function accountsFile(environment: SourceEnvironment): string {
  const path = pathsOf(environment)
  const { platform, home, xdgConfigHome, appData } = environment
  const roaming = appData ?? path.join(home, 'AppData', 'Roaming')
  const root = platform === 'win32' ? roaming : (xdgConfigHome ?? path.join(home, '.config'))
  return path.join(root, 'tokstat', 'accounts.json')
}

function places(environment: SourceEnvironment): readonly Place[] {
  return placesFor([accountsFile(environment)], 'the accounts that tokstat itself has logged in to, without secrets')
}

async function find(environment: SourceEnvironment, ports: CredentialPorts): Promise<SourceFinding> {
  const place = accountsFile(environment)
  const look = await lookAt(ports, SOURCE, place, (read) => interpret(read.text, { place, environment, ports }))
  return { credentials: look.credentials, reports: [look.report], watched: [place] }
}

interface FileContext {
  readonly place: string
  readonly environment: SourceEnvironment
  readonly ports: CredentialPorts
}

function interpret(text: string, context: FileContext): Interpreted {
  const read = readAccountsText(text)
  if (read.kind === 'not_understood') return read
  // The older tokstat also knew services that this one does not.
  const known = read.accounts.filter((account) => context.environment.providers.has(account.provider))
  const credentials = known.map((account) => credentialOf(account, context))
  return { kind: 'logins', credentials, detail: brokenEntries(read.broken) }
}

function credentialOf(account: OwnAccount, { place, environment, ports }: FileContext): Credential {
  const { name, provider } = account
  const project = environment.fallbackProjects[provider]
  // Without a look at the secret: the sign-in that brought it stands for it, and a rename is no new sign-in.
  const signIn = account.grant === null ? [name, account.createdAt, account.lastUpdated] : [account.grant]
  const { identity, extra } = identityOf(account)
  return makeCredential({
    provider,
    source: SOURCE,
    owner: 'tokstat',
    origin: place,
    slot: name,
    name,
    fingerprint: ports.hash(SOURCE, provider, ...signIn),
    identity,
    updatedAt: fromIso(account.lastUpdated),
    signInHint: `tokstat login ${provider} --name ${quoted(name)} --replace`,
    extra: { ...extra, store: account.store, ...(project === undefined ? {} : { project }) },
  })
}

function identityOf(account: OwnAccount): Pick<Credential, 'identity' | 'extra'> {
  const { email, login, subject } = account
  if (account.provider === 'copilot' && login !== null) {
    const facts = gitHubFacts(GITHUB, login)
    return { ...facts, identity: { ...facts.identity, email } }
  }
  const identity: CredentialIdentity = { ...NO_IDENTITY, subject, email, login }
  return { identity, extra: {} }
}

function quoted(name: string): string {
  return /^[\w.@+-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`
}
