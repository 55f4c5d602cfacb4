import type { Credential } from '../../model/credential.ts'
import { QuotaError } from '../../model/problem.ts'
import type { Provider, ProviderHost } from '../../model/provider.ts'
import { type Reading, UNKNOWN_IDENTITY } from '../../model/reading.ts'
import { type CodeAssistFacts, readCodeAssist } from '../shared/code-assist.ts'
import { CLOUD_CODE_HOSTS, mostTelling } from '../shared/google.ts'
import { readQuotaBuckets } from '../shared/google-buckets.ts'
import { hostNotes, rawAnswers, sideNote } from '../shared/google-notes.ts'
import { retired } from '../shared/google-refusal.ts'
import { unexpected } from '../shared/json.ts'
import { corruptNote } from '../shared/notes.ts'
import { type Answers, ask, TITLE } from './ask.ts'
import { parseBuckets } from './parse.ts'
import { Settings } from './schema.ts'

export const geminiCli: Provider<Settings> = {
  id: 'gemini-cli',
  title: TITLE,
  settings: Settings,
  sources: ['gemini-cli', 'opencode', 'vault', 'antigravity-accounts'],
  hosts: CLOUD_CODE_HOSTS,
  intervalSeconds: 60,
  floorSeconds: 60,
  auth: 'google-oauth',
  signIn: 'Run `gemini` and choose "Login with Google" (Code Assist Standard, Enterprise or Workspace).',
  read,
  async query(credential: Credential, host: ProviderHost<Settings>) {
    const { tier, quota } = await ask(credential, host)
    return rawAnswers({ tier, user_quota: quota })
  },
}

async function read(credential: Credential, host: ProviderHost<Settings>): Promise<Reading> {
  const { tier, quota } = await ask(credential, host)
  if (quota.status === 'rejected') {
    throw mostTelling(tier.status === 'rejected' ? [quota.reason, tier.reason] : [quota.reason])
  }
  const facts = tier.status === 'fulfilled' ? readCodeAssist(tier.value.json) : null
  const found = readQuotaBuckets(quota.value.json)
  if (found === null) throw unexpected(USER_QUOTA)
  const quotas = parseBuckets(found.buckets, quota.value.at)
  if (quotas.length === 0) throw found.dropped > 0 ? unexpected(USER_QUOTA) : noQuota(tier, facts)
  return {
    identity: UNKNOWN_IDENTITY,
    plan: facts?.plan ?? null,
    quotas,
    notes: [
      ...corruptNote(found.dropped + (facts?.dropped ?? 0)),
      ...sideNote(tier, 'The plan'),
      ...hostNotes([quota.value.host]),
    ],
    observedAt: null,
    via: quota.value.host,
  }
}

const USER_QUOTA = { title: TITLE, endpoint: 'user_quota' }

/** No bucket at all: the account was moved to Antigravity, or its plan has no such quota. */
function noQuota(tier: Answers['tier'], facts: CodeAssistFacts | null): QuotaError {
  const failed: unknown = tier.status === 'rejected' ? tier.reason : null
  if (failed instanceof QuotaError && failed.code === 'consumer_tier_retired') return failed
  if (facts?.isRetired) return new QuotaError({ ...retired(), endpoint: 'tier' })
  return new QuotaError({
    code: 'no_quota_reported',
    message: 'Google reports no Gemini CLI quota for this account.',
    hint: 'API-key logins and ineligible accounts have none; personal accounts use Antigravity.',
    endpoint: 'user_quota',
  })
}
