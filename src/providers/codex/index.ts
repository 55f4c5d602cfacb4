import type { Credential } from '../../model/credential.ts'
import { QuotaError } from '../../model/problem.ts'
import type { Provider, ProviderHost } from '../../model/provider.ts'
import type { Quota } from '../../model/quota.ts'
import type { Reading, ReadingNote } from '../../model/reading.ts'
import { unexpected } from '../shared/json.ts'
import { API_HOST, askMonthlyCap, askUsage, TITLE } from './ask.ts'
import { monthlyCapQuota } from './money.ts'
import { owner } from './owner.ts'
import { type ParsedUsage, parseUsage, planOf, workspaceId } from './parse.ts'
import { MonthlyUsage, Settings } from './schema.ts'

export const codex: Provider<Settings> = {
  id: 'codex',
  title: TITLE,
  settings: Settings,
  sources: ['codex-cli', 'opencode', 'cli-proxy-api'],
  hosts: [API_HOST],
  intervalSeconds: 300,
  floorSeconds: 60,
  auth: 'bearer',
  signIn: 'Run `codex login` and sign in with ChatGPT.',
  read,
  owner,
  async query(credential: Credential, host: ProviderHost<Settings>) {
    return { usage: (await askUsage(credential, host)).json }
  },
}

async function read(credential: Credential, host: ProviderHost<Settings>): Promise<Reading> {
  const { json, reply } = await askUsage(credential, host)
  const usage = parseUsage(json, reply.at)
  if (usage === null || !usage.isUsage) throw unexpected(USAGE)
  const cap = await readCap(credential, host, usage)
  const quotas = [...usage.quotas, ...cap.quotas]
  if (quotas.length === 0) throw usage.dropped > 0 ? unexpected(USAGE) : noQuota()
  return {
    identity: usage.identity,
    plan: usage.plan ?? planOf(credential.extra['plan'] ?? null),
    quotas,
    notes: [...usage.notes, ...cap.notes],
    observedAt: null,
    via: reply.host,
  }
}

const USAGE = { title: TITLE, endpoint: 'usage' }

interface Side {
  readonly quotas: readonly Quota[]
  readonly notes: readonly ReadingNote[]
}

/** Best effort: the windows are complete without it. */
async function readCap(credential: Credential, host: ProviderHost<Settings>, usage: ParsedUsage): Promise<Side> {
  const workspace = workspaceId(credential.identity.workspace) ?? usage.identity.workspace
  if (!usage.hidesCap || workspace === null) return { quotas: [], notes: [] }
  try {
    const { json } = await askMonthlyCap(credential, host, workspace)
    const quota = monthlyCapQuota(MonthlyUsage.parse(json))
    return { quotas: quota === null ? [] : [quota], notes: [] }
  } catch (error) {
    if (!(error instanceof QuotaError) || host.signal.aborted) throw error
    return { quotas: [], notes: [{ code: 'partial', message: `The monthly cap could not be read: ${error.message}` }] }
  }
}

function noQuota(): QuotaError {
  return new QuotaError({
    code: 'no_quota_reported',
    message: 'Codex reports no limit for this account.',
    hint: 'API-key logins have none: run `codex login` and sign in with ChatGPT.',
    endpoint: 'usage',
  })
}
