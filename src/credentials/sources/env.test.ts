import { describe, expect, it } from 'vitest'
import { Secret } from '../../model/secret.ts'
import { environmentKeys, openCodeKeys } from '../key-names.ts'
import type { EnvironmentKey } from '../ports.ts'
import { memoryPorts, testEnvironment } from '../testing.ts'
import { env } from './env.ts'

function key(provider: string, name: string, value: string, origin = 'environment'): EnvironmentKey {
  return { provider, name, secret: new Secret(value), origin }
}

function find(...keys: readonly EnvironmentKey[]) {
  return env.find(testEnvironment({ keys }), memoryPorts())
}

describe('keys in the environment', () => {
  it('are logins that are named by their variable, with a hash of the key for an identity', async () => {
    const { credentials, reports } = await find(key('openrouter', 'OPENROUTER_API_KEY', 'sk-or-v1-fake'))
    const [credential] = credentials
    expect(credential).toMatchObject({
      provider: 'openrouter',
      source: 'env',
      owner: 'other',
      origin: '$OPENROUTER_API_KEY',
      slot: 'OPENROUTER_API_KEY',
    })
    expect(credential?.secrets.apiKey?.reveal()).toBe('sk-or-v1-fake')
    expect(credential?.secrets.accessToken).toBeNull()
    expect(credential?.identity.subject).toBe(credential?.fingerprint)
    expect(credential?.fingerprint).toMatch(/^[0-9a-f]{16}$/)
    expect(reports).toMatchObject([{ place: '$OPENROUTER_API_KEY', state: 'found', count: 1 }])
  })

  it('are bearer tokens where the provider wants one, and a GitHub token belongs to github.com', async () => {
    const { credentials } = await find(key('copilot', 'COPILOT_GITHUB_TOKEN', 'gho_fake'))
    expect(credentials[0]?.secrets.accessToken?.reveal()).toBe('gho_fake')
    expect(credentials[0]).toMatchObject({ identity: { workspace: 'github.com', subject: null }, extra: {} })
  })

  it('count once a provider: the first variable that can be used', async () => {
    const { credentials, reports } = await find(
      key('nano-gpt', 'NANOGPT_API_KEY', 'two words'),
      key('nano-gpt', 'NANO_GPT_API_KEY', 'sk-nano-fake-2'),
      key('nano-gpt', 'NANO_OTHER', 'sk-nano-fake-3'),
    )
    expect(credentials.map((one) => one.slot)).toEqual(['NANO_GPT_API_KEY'])
    expect(reports.map((one) => one.state)).toEqual(['unreadable', 'found', 'empty'])
  })

  it('say when they come from the .env beside config.toml', async () => {
    const { reports } = await find(key('openrouter', 'OPENROUTER_API_KEY', 'sk-or-v1-fake', '.env'))
    expect(reports[0]?.place).toBe('$OPENROUTER_API_KEY (.env)')
  })

  it('of providers that do not exist are left alone', async () => {
    expect(await find(key('example', 'EXAMPLE_API_KEY', 'fake'))).toMatchObject({ credentials: [], reports: [] })
  })

  it('have the fingerprint of the same key in OpenCode, so that the two are one account', async () => {
    const { opencode } = await import('./opencode.ts')
    const path = '/home/ada/.local/share/opencode/auth.json'
    const ports = memoryPorts({ [path]: JSON.stringify({ openrouter: { type: 'api', key: 'sk-or-v1-fake' } }) })
    const [stored] = (await opencode.find(testEnvironment(), ports)).credentials
    const [set] = (await find(key('openrouter', 'OPENROUTER_API_KEY', 'sk-or-v1-fake'))).credentials
    expect(stored?.fingerprint).toBe(set?.fingerprint)
    expect(stored?.identity.subject).toBe(set?.identity.subject)
  })
})

describe('the names of keys', () => {
  const providers = [
    { id: 'one', keyNames: { environment: ['ONE_KEY', 'ONE_OTHER'], openCode: ['one', 'uno'] } },
    { id: 'two' },
  ]

  it('come from the providers, and only set variables become keys', () => {
    const values: Readonly<Record<string, string>> = { ONE_OTHER: 'fake', TWO_KEY: 'fake' }
    const found = environmentKeys(providers, {
      secret: (name) => (values[name] === undefined ? null : new Secret(values[name])),
      originOf: () => '.env',
    })
    expect(found.map(({ provider, name, origin }) => [provider, name, origin])).toEqual([['one', 'ONE_OTHER', '.env']])
    expect([...openCodeKeys(providers)]).toEqual([
      ['one', 'one'],
      ['uno', 'one'],
    ])
  })
})
