import type { Credential } from '../../model/credential.ts'
import { QuotaError } from '../../model/problem.ts'
import type { ProviderHost } from '../../model/provider.ts'
import { expectJson } from '../shared/json.ts'
import type { Refinement, Refusal } from '../shared/refusal.ts'
import { userAgentOf } from '../shared/user-agent.ts'
import type { Settings } from './schema.ts'

export const TITLE = 'OpenRouter'
export const HOST = 'openrouter.ai'

export interface Answers {
  readonly key: PromiseSettledResult<unknown>
  readonly credits: PromiseSettledResult<unknown>
}

/** Asks for the key and for the account's credits, at the same time. Never rejects: answers and errors are handed on. */
export async function ask(credential: Credential, host: ProviderHost<Settings>): Promise<Answers> {
  const [key, credits] = await Promise.allSettled([askKey(credential, host), askOne(credential, host, 'credits')])
  return { key, credits }
}

/** `/key`; where that is not there, its older name. */
async function askKey(credential: Credential, host: ProviderHost<Settings>): Promise<unknown> {
  try {
    return await askOne(credential, host, 'key')
  } catch (error) {
    if (!(error instanceof QuotaError) || error.httpStatus !== 404) throw error
    return askOne(credential, host, 'auth/key')
  }
}

type Path = 'key' | 'auth/key' | 'credits'

async function askOne(credential: Credential, host: ProviderHost<Settings>, path: Path): Promise<unknown> {
  const endpoint = path.replace('/', '_')
  const reply = await host.request({
    method: 'GET',
    url: `https://${HOST}/api/v1/${path}`,
    endpoint,
    headers: {
      authorization: `Bearer ${host.access.reveal()}`,
      accept: 'application/json',
      'user-agent': userAgentOf(host.settings.user_agent, `tokstat/${host.version}`, host.version),
    },
  })
  return expectJson(reply, { title: TITLE, endpoint, signInHint: credential.signInHint, refine })
}

function refine({ status }: Refusal): Refinement | null {
  if (status !== 402) return null
  return { code: 'rejected', message: 'OpenRouter says that the credits are used up (402).', hint: 'Add credits.' }
}
