import type { Provider } from '../../model/provider.ts'
import { rawResults } from '../shared/raw-results.ts'
import { ask, HOST, TITLE } from './ask.ts'
import { parse } from './parse.ts'
import { Settings } from './schema.ts'

export const openrouter: Provider<Settings> = {
  id: 'openrouter',
  title: TITLE,
  settings: Settings,
  sources: ['opencode', 'vault', 'env'],
  hosts: [HOST],
  keyNames: { environment: ['OPENROUTER_API_KEY'], openCode: ['openrouter'] },
  intervalSeconds: 300,
  floorSeconds: 60,
  auth: 'api-key',
  signIn: 'Set OPENROUTER_API_KEY, add the key to OpenCode, or run `tokstat login openrouter`.',
  async read(credential, host) {
    return parse(await ask(credential, host), { subject: credential.fingerprint, now: host.now })
  },
  async query(credential, host) {
    const { key, credits } = await ask(credential, host)
    return rawResults({ key, credits })
  },
}
