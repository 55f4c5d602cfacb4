import type { Provider } from '../../model/provider.ts'
import { CLOUD_CODE_HOSTS } from '../shared/google.ts'
import { rawAnswers } from '../shared/google-notes.ts'
import { askerFor, TITLE } from './ask.ts'
import { cooldownNotes } from './cooldowns.ts'
import { readLocally } from './local/read.ts'
import { needsProof, toReading, understand } from './parse.ts'
import { Settings } from './schema.ts'

export const antigravity: Provider<Settings> = {
  id: 'antigravity',
  title: TITLE,
  settings: Settings,
  sources: ['antigravity-accounts', 'opencode', 'antigravity-ide', 'cli-proxy-api', 'vault'],
  hosts: CLOUD_CODE_HOSTS,
  intervalSeconds: 60,
  floorSeconds: 60,
  auth: 'google-oauth',
  signIn: 'Run `opencode auth login` and choose Google with the Antigravity plugin.',
  async read(credential, host) {
    if (credential.local === true) return readLocally(credential, host)
    const asker = askerFor(credential, host)
    const facts = understand(await asker.ask())
    const reading = toReading(facts, needsProof(facts) ? await asker.askUserQuota() : null)
    return { ...reading, notes: [...reading.notes, ...cooldownNotes(credential.extra['cooldowns'], host.now)] }
  },
  async query(credential, host) {
    if (credential.local === true) return { local: await readLocally(credential, host) }
    const asker = askerFor(credential, host)
    const answers = await asker.ask()
    const proof = needsProof(understand(answers)) ? await asker.askUserQuota() : null
    return rawAnswers({ ...answers, user_quota: proof })
  },
}
