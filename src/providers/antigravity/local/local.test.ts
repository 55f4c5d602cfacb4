import { describe, expect, it } from 'vitest'
import type { Credential } from '../../../model/credential.ts'
import { QuotaError } from '../../../model/problem.ts'
import type { LocalHost, LocalProgram, LocalRequest, OwnerRun, ProviderHost } from '../../../model/provider.ts'
import type { Reading } from '../../../model/reading.ts'
import { toIsoOrNull } from '../../../model/time.ts'
import { FAKE_NOW, fakeCredential, fakeHost } from '../../testing.ts'
import { antigravity } from '../index.ts'
import { readCache } from './cache.ts'
import { modelIds } from './labels.ts'
import { serverProgram } from './processes.ts'

const CLAUDE = 'Claude Sonnet 4.6 (Thinking)'
const GEMINI = 'Gemini 3.1 Pro (High)'
const OSS = 'GPT-OSS 120B (Medium)'
const at = (text: string): number => Date.parse(text)

const cacheOf = (changes: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    models: [
      { label: CLAUDE, left: 0.85, reset: at('2026-11-28T16:53:08Z') },
      { label: GEMINI, left: 0.2, reset: at('2026-11-24T07:25:48Z') },
      { label: OSS, left: null, reset: at('2026-11-24T07:25:48Z') },
    ],
    dropped: 0,
    writtenAt: at('2026-11-22T08:00:00Z'),
    ...changes,
  })

const local = (extra: Readonly<Record<string, string>>): Credential => ({
  ...fakeCredential({ provider: 'antigravity', source: 'antigravity-ide' }),
  local: true,
  extra,
})

const shares = (reading: Reading) =>
  reading.quotas.map(({ id, remainingRatio, inferred }) => [id, remainingRatio, inferred])

describe('the cache of the editor', () => {
  it('gives the shares under the model ids, a left-out zero inferred, and the age of its file', () => {
    const reading = readCache(cacheOf())
    expect(shares(reading)).toEqual([
      ['claude-sonnet-4-6', 0.85, false],
      ['gemini-3.1-pro-high', 0.2, false],
      ['gpt-oss-120b-medium', 0, true],
    ])
    expect(reading.quotas.map(({ providerPool }) => providerPool)).toEqual(['3p', 'gemini', '3p'])
    expect(toIsoOrNull(reading.observedAt)).toBe('2026-11-22T08:00:00Z')
    expect(reading.via).toBe('Antigravity cache')
  })

  it('is never newer than a reset that it names, though its file is', () => {
    const reading = readCache(cacheOf({ writtenAt: at('2026-11-25T12:00:00Z') }))
    expect(reading.observedAt).toBe(at('2026-11-24T07:25:48Z') - 1)
  })

  it('is unknown where neither share nor reset stands, and unproven where all is full', () => {
    const unknown = readCache(cacheOf({ models: [{ label: CLAUDE, left: null, reset: null }] }))
    expect(shares(unknown)).toEqual([['claude-sonnet-4-6', null, false]])
    const full = readCache(cacheOf({ models: [{ label: CLAUDE, left: 1, reset: null }] }))
    expect(shares(full)).toEqual([['claude-sonnet-4-6', 1, true]])
  })

  it('drops a corrupt model and counts it', () => {
    const reading = readCache(
      cacheOf({ models: [{ label: CLAUDE, left: 0.5, reset: null }, { label: 5 }], dropped: 1 }),
    )
    expect(shares(reading)).toEqual([['claude-sonnet-4-6', 0.5, false]])
    expect(reading.notes[0]?.message).toContain('2 parts')
  })

  it.each(['', '{}', '[]', '{"models":[],"dropped":0,"writtenAt":1}', 'null'])('is refused as %j', (text) => {
    expect(() => readCache(text)).toThrow(QuotaError)
  })

  it('is read without a request and without a token', async () => {
    const host = fakeHost({ answers: {}, access: '' })
    const reading = await antigravity.read(local({ local: 'cache', cache: cacheOf() }), {
      ...host,
      settings: {} as never,
    })
    expect(reading.via).toBe('Antigravity cache')
    expect(host.requests).toEqual([])
  })
})

describe('the id of a label', () => {
  it('is the one that the last reading had under it', () => {
    expect(modelIds(['Claude Sonnet 9'], [{ id: 'claude-sonnet-9-x', label: 'claude sonnet 9' }])).toEqual([
      'claude-sonnet-9-x',
    ])
    expect(modelIds([GEMINI], [{ id: 'gemini-3.1-pro-high', label: 'other' }])).toEqual(['gemini-3.1-pro-high'])
  })

  it('is the slug where none is known, and never given twice', () => {
    expect(modelIds(['New Model 7', CLAUDE, 'Claude Sonnet 4.6', '???'])).toEqual([
      'new-model-7',
      'claude-sonnet-4-6',
      'claude-sonnet-4-6-3',
      'model-4',
    ])
  })
})

const SERVER = '/opt/antigravity/bin/language_server_linux_x64'
const argvOf = (...flags: readonly string[]): LocalProgram => ({ pid: 7, argv: [SERVER, ...flags] })

describe('a language server among the programs', () => {
  it.each<[string, readonly string[], boolean]>([
    ['a flag with its value beside it', ['--app_data_dir', 'antigravity', '--csrf_token', 'fake-csrf'], true],
    ['a flag with = and the newer name', ['--app_data_dir=antigravity-ide', '--csrf_token=fake-csrf'], true],
    ['its path alone', ['--csrf_token', 'fake-csrf'], true],
    ['another editor in the flag, though the path fits', ['--app_data_dir', 'windsurf', '--csrf_token', 'x'], false],
    ['no token', ['--app_data_dir', 'antigravity'], false],
    ['a token flag without a value', ['--csrf_token', '--app_data_dir', 'antigravity'], false],
  ])('is known by %s', (_what, flags, expected) => {
    expect(serverProgram(argvOf(...flags)) !== null).toBe(expected)
  })

  it('needs no token when it is agy, and has its plain port with a token of its own', () => {
    expect(serverProgram({ pid: 9, argv: ['/usr/bin/agy'] })).toEqual({ pid: 9, csrfToken: null, plain: null })
    expect(
      serverProgram(
        argvOf('--csrf_token', 'a', '--extension_server_port', '4000', '--extension_server_csrf_token', 'b'),
      ),
    ).toEqual({ pid: 7, csrfToken: 'a', plain: { port: 4000, csrfToken: 'b' } })
    expect(serverProgram(argvOf('--csrf_token', 'a', '--extension_server_port', '99999'))?.plain).toBeNull()
  })

  it('is none of another editor', () => {
    expect(serverProgram({ pid: 1, argv: ['/opt/windsurf/language_server_linux_x64', '--csrf_token', 'x'] })).toBeNull()
  })
})

const status = (changes: Readonly<Record<string, unknown>> = {}) => ({
  userStatus: {
    email: 'User@example.com',
    userTier: { id: 'g1-pro-tier', name: 'Google AI Pro' },
    cascadeModelConfigData: {
      clientModelConfigs: [
        { label: CLAUDE, quotaInfo: { remainingFraction: 0.4, resetTime: '2026-11-22T12:00:00Z' } },
        { label: GEMINI, quotaInfo: { resetTime: '2026-11-22T12:00:00Z' } },
        { label: 'No quota' },
        { quotaInfo: { remainingFraction: 1 } },
      ],
    },
    ...changes,
  },
})

const summary = {
  response: {
    groups: [
      {
        displayName: 'Gemini Models',
        buckets: [
          { bucketId: 'gemini-weekly', window: 'weekly', remainingFraction: 0.3, resetTime: '2026-11-26T12:00:00Z' },
        ],
      },
    ],
  },
}

interface Served {
  readonly GetUserStatus?: unknown
  readonly RetrieveUserQuotaSummary?: unknown
  readonly GetCommandModelConfigs?: unknown
}

function machineWith(
  served: Served,
  runOwner: LocalHost['runOwner'] = null,
): LocalHost & { readonly asked: LocalRequest[] } {
  const asked: LocalRequest[] = []
  return {
    asked,
    runOwner,
    programs: async () => [argvOf('--app_data_dir', 'antigravity', '--csrf_token', 'fake-csrf')],
    portsOf: async () => [4001],
    async ask(request) {
      asked.push(request)
      const method = new URL(request.url).pathname.split('/').at(-1) ?? ''
      if (method === 'GetUnleashData') return { status: 200, body: '{}' }
      const body = served[method as keyof Served]
      return body === undefined ? { status: 404, body: 'not found' } : { status: 200, body: JSON.stringify(body) }
    },
  }
}

function readWith(credential: Credential, machine: LocalHost, known?: ProviderHost['known']): Promise<Reading> {
  const host = fakeHost({ answers: {} })
  return antigravity.read(credential, { ...host, settings: {} as never, local: machine, known })
}

describe('the language server', () => {
  const credential = local({ local: 'cache', cache: cacheOf() })

  it('answers before the cache: models by label, a missing fraction unknown, windows, plan and whose it is', async () => {
    const machine = machineWith({ GetUserStatus: status(), RetrieveUserQuotaSummary: summary })
    const reading = await readWith(credential, machine)
    expect(reading.via).toBe('Antigravity language server')
    expect(shares(reading)).toEqual([
      ['claude-sonnet-4-6', 0.4, false],
      ['gemini-3.1-pro-high', null, false],
      ['pool.gemini-weekly', 0.3, false],
    ])
    expect(reading.plan).toEqual({ id: 'g1-pro-tier', name: 'Google AI Pro' })
    expect(reading.identity.email).toBe('User@example.com')
    expect(reading.observedAt).toBeNull()
    expect(reading.notes).toMatchObject([{ code: 'corrupt_element' }])
    expect(machine.asked.every(({ headers }) => headers?.['X-Codeium-Csrf-Token'] === 'fake-csrf')).toBe(true)
    expect(machine.asked.every(({ url }) => url.startsWith('https://127.0.0.1:4001/'))).toBe(true)
  })

  it.each<[string, Served]>([
    [
      'of another account',
      { GetUserStatus: status({ email: 'other@example.com' }), RetrieveUserQuotaSummary: summary },
    ],
    ['that does not say whose it is', { RetrieveUserQuotaSummary: summary }],
    ['that answers with an error', { GetUserStatus: { code: 16, message: 'unauthenticated', ...status() } }],
    ['that knows no method', {}],
  ])('is passed over when it is one %s', async (_what, served) => {
    expect((await readWith(credential, machineWith(served))).via).toBe('Antigravity cache')
  })

  it('is passed over when none of its ports answers', async () => {
    const ask: LocalHost['ask'] = async () => {
      throw new QuotaError({ code: 'network', message: 'refused' })
    }
    expect((await readWith(credential, { ...machineWith({}), ask })).via).toBe('Antigravity cache')
  })

  it('gives a label the id of the last reading', async () => {
    const machine = machineWith({ GetUserStatus: status() })
    const reading = await readWith(credential, machine, [{ id: 'claude-x', label: CLAUDE }])
    expect(reading.quotas[0]?.id).toBe('claude-x')
  })
})

const USAGE = {
  status: 'SUCCESS',
  num_turns: 0,
  command: {
    name: 'usage',
    data: {
      groups: [
        {
          name: 'Gemini Models',
          buckets: [
            {
              id: 'gemini-weekly',
              name: 'Weekly Limit',
              window: 'weekly',
              remaining_fraction: 0.73,
              reset_time: '2026-11-24T00:33:22Z',
            },
            { id: 'gemini-5h', name: 'Five Hour Limit', window: '5h', reset_time: '2026-11-22T11:27:16Z' },
          ],
        },
        { name: 'Claude and GPT models', buckets: [{ id: 'claude-weekly', window: '7d', remaining_fraction: 0 }, 7] },
      ],
    },
  },
}

const done = (stdout: string, exitCode = 0): OwnerRun => ({ kind: 'done', exitCode, stdout })

function agyThat(version: OwnerRun, usage: OwnerRun = done(JSON.stringify(USAGE))) {
  const calls: (readonly [string, readonly string[]])[] = []
  const runOwner: NonNullable<LocalHost['runOwner']> = async (command, args) => {
    calls.push([command, args])
    return args[0] === '--version' ? version : usage
  }
  return { calls, machine: { ...machineWith({}), programs: async () => [], runOwner } }
}

describe('agy', () => {
  const credential = local({ local: 'agy' })

  it('is asked as an argument list after its version, and says what is left without a turn', async () => {
    const { calls, machine } = agyThat(done('agy 1.1.27\n'))
    const reading = await readWith(credential, machine)
    expect(calls).toEqual([
      ['agy', ['--version']],
      ['agy', ['--print-timeout', '30s', '--output-format', 'json', '--print', '/usage']],
    ])
    expect(shares(reading)).toEqual([
      ['pool.gemini-weekly', 0.73, false],
      ['pool.gemini-5h', null, false],
      ['pool.claude-weekly', 0, false],
    ])
    expect(reading).toMatchObject({ via: 'agy', identity: { email: 'user@example.com' } })
    expect(reading.notes).toMatchObject([{ code: 'corrupt_element' }])
  })

  it.each(['1.1.10', '1.0.99', '0.9.0', 'no version'])(
    'is never asked for its usage as %s: it might spend quota',
    async (version) => {
      const { calls, machine } = agyThat(done(version))
      await expect(readWith(credential, machine)).rejects.toMatchObject({ code: 'client_too_old' })
      expect(calls).toHaveLength(1)
    },
  )

  it.each(['1.1.11', '1.2.0', '2.0.0', 'v10.0.1-beta'])('is asked as %s', async (version) => {
    expect((await readWith(credential, agyThat(done(version)).machine)).via).toBe('agy')
  })

  it('is never started where no command may be run (P14)', async () => {
    const machine = { ...machineWith({}), programs: async () => [] }
    await expect(readWith(credential, machine)).rejects.toMatchObject({ code: 'credential_expired' })
  })

  it.each<[string, OwnerRun, string]>([
    ['ends with an error', done('', 1), 'unexpected_response'],
    ['says no JSON', done('Please sign in.'), 'unexpected_response'],
    ['says that it failed', done(JSON.stringify({ ...USAGE, status: 'ERROR' })), 'unexpected_response'],
    [
      'reports nothing',
      done(JSON.stringify({ status: 'SUCCESS', command: { data: { groups: [] } } })),
      'unexpected_response',
    ],
    ['takes too long', { kind: 'timeout' }, 'timeout'],
    ['says too much', { kind: 'too_large' }, 'too_large'],
    ['is not there', { kind: 'missing' }, 'signed_out'],
    ['cannot be started', { kind: 'failed' }, 'unexpected_response'],
  ])('that %s is told', async (_what, usage, code) => {
    await expect(readWith(credential, agyThat(done('1.1.11'), usage).machine)).rejects.toMatchObject({ code })
  })
})

it('without a cache there is nothing to read', async () => {
  const host = { ...fakeHost({ answers: {}, now: FAKE_NOW }), settings: {} as never }
  await expect(antigravity.read(local({ local: 'cache' }), host)).rejects.toMatchObject({ code: 'no_quota_reported' })
})
