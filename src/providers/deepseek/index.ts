import type { Provider } from '../../model/provider.ts'
import { ask, ENDPOINT, HOST, TITLE } from './ask.ts'
import { parse } from './parse.ts'
import { Settings } from './schema.ts'

export const deepseek: Provider<Settings> = {
  id: 'deepseek',
  title: TITLE,
  settings: Settings,
  sources: ['opencode', 'vault', 'env'],
  hosts: [HOST],
  keyNames: { environment: ['DEEPSEEK_API_KEY', 'DEEPSEEK_KEY'], openCode: ['deepseek'] },
  intervalSeconds: 300,
  floorSeconds: 60,
  auth: 'api-key',
  signIn: 'Set DEEPSEEK_API_KEY, or add the key to OpenCode.',
  async read(credential, host) {
    return parse(await ask(credential, host), credential.fingerprint)
  },
  async query(credential, host) {
    return { [ENDPOINT]: await ask(credential, host) }
  },
}
