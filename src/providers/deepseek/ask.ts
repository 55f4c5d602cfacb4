import type { Credential } from '../../model/credential.ts'
import type { ProviderHost } from '../../model/provider.ts'
import { expectJson } from '../shared/json.ts'
import { userAgentOf } from '../shared/user-agent.ts'
import type { Settings } from './schema.ts'

export const TITLE = 'DeepSeek'
export const HOST = 'api.deepseek.com'
export const ENDPOINT = 'balance'

/** Asks for the balance of one key. */
export async function ask(credential: Credential, host: ProviderHost<Settings>): Promise<unknown> {
  const reply = await host.request({
    method: 'GET',
    url: `https://${HOST}/user/balance`,
    endpoint: ENDPOINT,
    headers: {
      authorization: `Bearer ${host.access.reveal()}`,
      accept: 'application/json',
      'user-agent': userAgentOf(host.settings.user_agent, `tokstat/${host.version}`, host.version),
    },
  })
  return expectJson(reply, { title: TITLE, endpoint: ENDPOINT, signInHint: credential.signInHint })
}
