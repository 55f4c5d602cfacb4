import type { Credential } from '../../model/credential.ts'
import type { ProviderHost } from '../../model/provider.ts'
import { codeAssistBody, readCodeAssist } from '../shared/code-assist.ts'
import {
  ANTIGRAVITY_USER_AGENT,
  askCloudCode,
  askWithProject,
  type CloudCodeAnswer,
  type CloudCodeClient,
} from '../shared/google.ts'
import { googleRefine } from '../shared/google-refusal.ts'
import { userAgentOf } from '../shared/user-agent.ts'
import type { Settings } from './schema.ts'
import { saysNothing } from './summary.ts'

export const TITLE = 'Antigravity'

type Result = PromiseSettledResult<CloudCodeAnswer>

/** What the requests of one attempt came to: the answers, or why there is none. */
export interface Answers {
  readonly tier: Result
  readonly models: Result
  readonly summary: Result
}

/** One attempt at one account: everything that its requests have in common. */
export interface Asker {
  /** Plan, model list and summary, at the same time where the project is known. Never rejects. */
  ask(): Promise<Answers>
  /** `retrieveUserQuota`, to verify a model list in which everything is full. Never rejects. */
  askUserQuota(): Promise<Result>
}

export function askerFor(credential: Credential, host: ProviderHost<Settings>): Asker {
  const client = clientFor(credential, host)
  let project = credential.extra['project'] ?? null

  function askTier(): Promise<CloudCodeAnswer> {
    const body = codeAssistBody('ANTIGRAVITY', project)
    return askCloudCode(host, client, { endpoint: 'tier', method: 'loadCodeAssist', body })
  }

  function askModels(): Promise<CloudCodeAnswer> {
    return askWithProject(host, client, { endpoint: 'models', method: 'fetchAvailableModels' }, project)
  }

  function askSummary(): Promise<CloudCodeAnswer> {
    const isEmpty = (json: unknown) => saysNothing(json, host.now)
    return askWithProject(host, client, { endpoint: 'summary', method: 'retrieveUserQuotaSummary', isEmpty }, project)
  }

  async function ask(): Promise<Answers> {
    if (project !== null) {
      const [tier, models, summary] = await Promise.allSettled([askTier(), askModels(), askSummary()])
      return { tier, models, summary }
    }
    const [tier] = await Promise.allSettled([askTier()])
    if (tier.status === 'rejected' && host.signal.aborted) return { tier, models: tier, summary: tier }
    project = tier.status === 'fulfilled' ? readCodeAssist(tier.value.json).project : null
    const [models, summary] = await Promise.allSettled([askModels(), askSummary()])
    return { tier, models, summary }
  }

  async function askUserQuota(): Promise<Result> {
    const request = { endpoint: 'user_quota', method: 'retrieveUserQuota' } as const
    const [result] = await Promise.allSettled([askWithProject(host, client, request, project)])
    return result
  }

  return { ask, askUserQuota }
}

function clientFor(credential: Credential, host: ProviderHost<Settings>): CloudCodeClient {
  return {
    userAgent: userAgentOf(host.settings.user_agent, ANTIGRAVITY_USER_AGENT, host.version),
    context: {
      title: TITLE,
      signInHint: credential.signInHint,
      refine: googleRefine(TITLE, { retires: false }),
    },
  }
}
