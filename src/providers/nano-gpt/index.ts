import type { Provider } from '../../model/provider.ts'
import { rawResults } from '../shared/raw-results.ts'
import { ask, HOST, TITLE } from './ask.ts'
import { parse } from './parse.ts'
import { Settings } from './schema.ts'

export const nanoGpt: Provider<Settings> = {
  id: 'nano-gpt',
  title: TITLE,
  settings: Settings,
  sources: ['opencode', 'vault', 'env'],
  hosts: [HOST],
  keyNames: { environment: ['NANOGPT_API_KEY', 'NANO_GPT_API_KEY'], openCode: ['nano-gpt', 'nanogpt'] },
  intervalSeconds: 300,
  floorSeconds: 60,
  auth: 'api-key',
  signIn: 'Set NANOGPT_API_KEY, add the key to OpenCode, or run `tokstat login nano-gpt`.',
  async read(credential, host) {
    return parse(await ask(credential, host), { subject: credential.fingerprint, now: host.now })
  },
  async query(credential, host) {
    const { usage, balance } = await ask(credential, host)
    return withoutPrivate(rawResults(balance === null ? { usage } : { usage, balance }))
  },
}

/** Where money is sent to, and who pays: no bug report needs them. */
const PRIVATE = /^(nano_?deposit_?address|stripe_?subscription_?id)$/i

function withoutPrivate(answers: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(answers, (key, value: unknown) => (PRIVATE.test(key) ? undefined : value))
  return JSON.parse(text) as Record<string, unknown>
}
