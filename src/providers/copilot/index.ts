import type { Credential } from '../../model/credential.ts'
import type { Provider, ProviderHost } from '../../model/provider.ts'
import { apiOf, ask, GITHUB_API, homeOf, read, TITLE } from './ask.ts'
import { parse } from './parse.ts'
import { Settings } from './schema.ts'

export const copilot: Provider<Settings> = {
  id: 'copilot',
  title: TITLE,
  settings: Settings,
  sources: ['opencode', 'github-copilot', 'gh', 'vault', 'env'],
  hosts: [GITHUB_API],
  hostsFor(credential) {
    const api = apiOf(homeOf(credential))
    return api === null ? [] : [api.host]
  },
  keyNames: { environment: ['COPILOT_GITHUB_TOKEN'], openCode: [] },
  intervalSeconds: 300,
  floorSeconds: 60,
  auth: 'bearer',
  signIn: 'Sign in to GitHub Copilot in your editor, in OpenCode, or run `tokstat login copilot`.',
  async read(credential: Credential, host: ProviderHost<Settings>) {
    const reply = await ask(credential, host)
    return parse(read(reply, credential), { home: homeOf(credential), via: reply.host })
  },
  async query(credential: Credential, host: ProviderHost<Settings>) {
    return { user: read(await ask(credential, host), credential) }
  },
}
