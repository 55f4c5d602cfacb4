import type { Credential } from '../../model/credential.ts'
import { QuotaError } from '../../model/problem.ts'
import type { Provider, ProviderHost } from '../../model/provider.ts'
import { type Reading, type ReadingNote, UNKNOWN_IDENTITY } from '../../model/reading.ts'
import { unexpected } from '../shared/json.ts'
import { API_HOST, ask, TITLE } from './ask.ts'
import { parseUsage } from './parse.ts'
import { identityOf, planOf } from './plan.ts'
import { Profile, Settings } from './schema.ts'
import { handedReading } from './statusline.ts'

export const claude: Provider<Settings> = {
  id: 'claude',
  title: TITLE,
  settings: Settings,
  sources: ['claude-code', 'opencode', 'cli-proxy-api', 'env'],
  hosts: [API_HOST],
  intervalSeconds: 300,
  floorSeconds: 300,
  auth: 'bearer',
  keyNames: { environment: ['CLAUDE_CODE_OAUTH_TOKEN'], openCode: [] },
  signIn: 'Run `claude` and log in with your Claude subscription.',
  read,
  handed: handedReading,
  async query(credential: Credential, host: ProviderHost<Settings>) {
    const usage = await ask(credential, host, 'usage')
    const { json } = await askProfile(credential, host)
    return json === null ? { usage: usage.json } : { usage: usage.json, profile: json }
  },
}

async function read(credential: Credential, host: ProviderHost<Settings>): Promise<Reading> {
  const { json, reply } = await ask(credential, host, 'usage')
  const usage = parseUsage(json, reply.at)
  if (usage.quotas.length === 0) throw usage.isUsage && usage.dropped === 0 ? noQuota() : unexpected(USAGE)
  // Whose login it is stands in most files; asking costs a request, so only a login without a name is asked about.
  const isKnown = credential.identity.subject !== null
  const side = isKnown ? NOT_ASKED : await askProfile(credential, host)
  const profile = Profile.safeParse(side.json).data ?? null
  const { extra } = credential
  return {
    identity: profile === null ? UNKNOWN_IDENTITY : identityOf(profile),
    plan: planOf({
      subscription: usage.planWord ?? extra['subscriptionType'] ?? null,
      tier: extra['rateLimitTier'] ?? null,
      profile,
    }),
    quotas: usage.quotas,
    notes: [...usage.notes, ...side.notes],
    observedAt: null,
    via: reply.host,
  }
}

const USAGE = { title: TITLE, endpoint: 'usage' }

interface Side {
  readonly json: object | null
  readonly notes: readonly ReadingNote[]
}

const NOT_ASKED: Side = { json: null, notes: [] }

/** Best effort: without it the numbers are complete, only their owner's name is missing. */
async function askProfile(credential: Credential, host: ProviderHost<Settings>): Promise<Side> {
  try {
    return { json: (await ask(credential, host, 'profile')).json, notes: [] }
  } catch (error) {
    if (!(error instanceof QuotaError) || host.signal.aborted) throw error
    return { json: null, notes: [{ code: 'partial', message: `The account could not be read: ${error.message}` }] }
  }
}

function noQuota(): QuotaError {
  return new QuotaError({
    code: 'no_quota_reported',
    message: 'Claude reports no limit for this account.',
    hint: 'API and Console logins have none: log in with a subscription.',
    endpoint: 'usage',
  })
}
