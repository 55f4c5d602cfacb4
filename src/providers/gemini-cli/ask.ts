import type { Credential } from '../../model/credential.ts'
import type { ProviderHost } from '../../model/provider.ts'
import { codeAssistBody, readCodeAssist } from '../shared/code-assist.ts'
import { askCloudCode, askWithProject, type CloudCodeAnswer, type CloudCodeClient } from '../shared/google.ts'
import { googleRefine } from '../shared/google-refusal.ts'
import { userAgentOf } from '../shared/user-agent.ts'
import type { Settings } from './schema.ts'

export const TITLE = 'Gemini CLI'

/** Version of the Gemini CLI whose User-Agent is sent: by it the service picks the CLI's buckets (seen 2026-10). */
const CLIENT_VERSION = '0.56.0'

export interface Answers {
  readonly tier: PromiseSettledResult<CloudCodeAnswer>
  readonly quota: PromiseSettledResult<CloudCodeAnswer>
}

/**
 * Asks for the plan and the quota; at the same time when the project is known, else the plan first, because it names
 * the project. Never rejects: each answer or error is handed on.
 */
export async function ask(credential: Credential, host: ProviderHost<Settings>): Promise<Answers> {
  const client = clientFor(credential, host)
  const known = credential.extra['project'] ?? null
  const tier = askTier(host, client, known)
  if (known !== null) {
    const [tierResult, quota] = await Promise.allSettled([tier, askQuota(host, client, known)])
    return { tier: tierResult, quota }
  }
  const [tierResult] = await Promise.allSettled([tier])
  if (tierResult.status === 'rejected' && host.signal.aborted) return { tier: tierResult, quota: tierResult }
  const project = tierResult.status === 'fulfilled' ? readCodeAssist(tierResult.value.json).project : null
  const [quota] = await Promise.allSettled([askQuota(host, client, project)])
  return { tier: tierResult, quota }
}

function askTier(host: ProviderHost<Settings>, client: CloudCodeClient, project: string | null) {
  const body = codeAssistBody('GEMINI_CLI', project)
  return askCloudCode(host, client, { endpoint: 'tier', method: 'loadCodeAssist', body })
}

function askQuota(host: ProviderHost<Settings>, client: CloudCodeClient, project: string | null) {
  return askWithProject(host, client, { endpoint: 'user_quota', method: 'retrieveUserQuota' }, project)
}

function clientFor(credential: Credential, host: ProviderHost<Settings>): CloudCodeClient {
  const { os, arch } = host.platform
  const documented = `GeminiCLI/${CLIENT_VERSION}/gemini-2.5-pro (${os}; ${arch})`
  return {
    userAgent: userAgentOf(host.settings.user_agent, documented, host.version),
    context: {
      title: TITLE,
      signInHint: credential.signInHint,
      refine: googleRefine(TITLE, { retires: true }),
    },
  }
}
