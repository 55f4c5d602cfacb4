import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../model/app.ts'
import { DEFAULT_RULES } from '../model/settings.ts'
import { type ConfigFlags, loadConfig, requireConfig, toPollingSettings, toRules } from './load.ts'
import { machine, PROVIDERS } from './testing.ts'
import { parseDuration, parseSize } from './units.ts'

async function loadText(text: string, env: Record<string, string> = {}, flags: ConfigFlags = {}) {
  const pc = machine()
  pc.put('~/.config/tokstat/config.toml', text)
  return { ...(await pc.load({ env, flags })), pc }
}

async function firstProblem(text: string) {
  const { problems } = await loadText(text)
  return problems[0] ?? null
}

describe('without a file', () => {
  it('everything has the defaults of the contract', async () => {
    const loaded = await machine().load()
    expect(loaded).toMatchObject({ exists: false, problems: [], sources: {} })
    const { config } = loaded
    expect(toRules(config)).toEqual(DEFAULT_RULES)
    expect(toPollingSettings(config)).toEqual({
      timeoutMs: 15_000,
      concurrency: 32,
      perHost: 8,
      backoffFloorMs: 60_000,
      backoffCapMs: 3_600_000,
      staleAfterMs: 900_000,
      intervalMs: { 'gemini-cli': 60_000, claude: 300_000 },
      disabledProviders: new Set(),
      providerSettings: { 'gemini-cli': { antigravity_accounts: false, user_agent: 'fake/1' }, claude: {} },
    })
    expect(config.server).toMatchObject({ host: '127.0.0.1', port: 8000, allowed_hosts: [], base_path: '' })
    expect(config.storage.max_size).toBe(512_000_000)
    expect([config.alerts, config.auto_switch.enabled, config.privacy.enabled]).toEqual([[], false, false])
  })
})

const FULL = `
[polling]
interval = "2m"
timeout = 5
concurrency = 4
[providers.gemini-cli]
antigravity_accounts = true
interval = "5s"
[providers.claude]
enabled = false
user_agent = "mine/1"
run_owner_cli = true
[pools]
group = "pool"
[levels]
low = 0.2
[levels.balance]
EUR = 3
[storage]
raw_retention = "7d"
[server]
port = 9000
token_file = "~/token"
tls_cert = "cert.pem"
tls_key = "/etc/key.pem"
base_path = "/tokstat/"
[[alerts]]
name = "low quota"
when = "level <= low"
for = "2 readings"
notify = ["ops"]
quiet = "22:00-07:00"
[[alerts]]
name = "money"
when = "remaining < 5 USD"
for = "10m"
provider = ["claude", "gemini-cli"]
[channels.ops]
type = "webhook"
url = "http://127.0.0.1:9000/hook"
secret_file = "hook.key"
`

describe('a full file', () => {
  it('is read into our own units, with absolute file names', async () => {
    const { config, problems, sources, pc } = await loadText(FULL)
    expect(problems).toEqual([])
    expect(toPollingSettings(config)).toMatchObject({
      timeoutMs: 5_000,
      perHost: 4,
      intervalMs: { 'gemini-cli': 5_000, claude: 300_000 },
      disabledProviders: new Set(['claude']),
      providerSettings: {
        'gemini-cli': { antigravity_accounts: true, user_agent: 'fake/1' },
        claude: { user_agent: 'mine/1', run_owner_cli: true },
      },
    })
    expect(toRules(config)).toEqual({
      levels: { low: 0.2, medium: 0.7, balance: { USD: 5, EUR: 3 } },
      poolGroup: 'pool',
    })
    expect(config.server).toMatchObject({
      port: 9000,
      token_file: join(pc.home, 'token'),
      tls_cert: join(dirname(pc.configPath), 'cert.pem'),
      tls_key: '/etc/key.pem',
      base_path: '/tokstat',
    })
    expect(config.channels['ops']).toMatchObject({ secret_file: join(dirname(pc.configPath), 'hook.key') })
    expect(config.alerts).toMatchObject([
      {
        when: { kind: 'level', atMost: 'low' },
        for: { kind: 'readings', count: 2 },
        quiet: { fromMinute: 1320, toMinute: 420 },
        provider: ['*'],
        severity: 'warning',
      },
      {
        when: { kind: 'remaining_amount', below: 5, unit: 'USD' },
        for: { kind: 'time', ms: 600_000 },
        provider: ['claude', 'gemini-cli'],
      },
    ])
    expect(sources).toMatchObject({ 'polling.interval': 'config.toml', 'server.port': 'config.toml' })
    expect(requireConfig({ config, problems, sources, exists: true })).toBe(config)
  })

  it('may begin with a byte order mark and have CRLF', async () => {
    expect((await loadText('\uFEFF[polling]\r\nconcurrency = 3\r\n')).config.polling.concurrency).toBe(3)
  })
})

describe('cadence', () => {
  const intervals = async (text: string, flags: ConfigFlags = {}, env: Record<string, string> = {}) =>
    toPollingSettings((await loadText(text, env, flags)).config).intervalMs

  it('is the longer one of the provider’s default and [polling]', async () => {
    expect(await intervals('polling.interval = "10s"')).toEqual({ 'gemini-cli': 60_000, claude: 300_000 })
    expect(await intervals('polling.interval = "10m"')).toEqual({ 'gemini-cli': 600_000, claude: 600_000 })
  })

  it('may be shorter in a provider’s own table, on purpose', async () => {
    expect(await intervals('[providers.claude]\ninterval = 0.2')).toMatchObject({ claude: 200 })
  })

  it('is set for all by --interval, but not below a floor', async () => {
    const text = '[providers.claude]\ninterval = "1s"'
    expect(await intervals(text, { intervalSeconds: 10 })).toEqual({ 'gemini-cli': 60_000, claude: 300_000 })
    expect(await intervals(text, { intervalSeconds: 900 })).toEqual({ 'gemini-cli': 900_000, claude: 900_000 })
  })

  it('has no floor with an upstream', async () => {
    const env = { TOKSTAT_UPSTREAM: 'http://127.0.0.1:9' }
    expect(await intervals('', { intervalSeconds: 1 }, env)).toEqual({ 'gemini-cli': 1_000, claude: 1_000 })
  })
})

describe('precedence', () => {
  it('is flag, environment, .env, file', async () => {
    const pc = machine()
    pc.put(
      '~/.config/tokstat/config.toml',
      '[server]\nhost = "a"\nport = 1\nallowed_hosts = ["file"]\ntoken_file = "f"',
    )
    pc.put('~/.config/tokstat/.env', 'TOKSTAT_HOST=b\nTOKSTAT_PORT=2\nTOKSTAT_ALLOWED_HOSTS=x.example, y.example')
    const loaded = await pc.load({ env: { TOKSTAT_HOST: 'c' }, flags: { port: 3, privacy: true } })
    expect(loaded.config.server).toMatchObject({ host: 'c', port: 3, allowed_hosts: ['x.example', 'y.example'] })
    expect(loaded.config.privacy.enabled).toBe(true)
    expect(loaded.sources).toEqual({
      'server.host': 'environment',
      'server.port': 'flag',
      'server.allowed_hosts': '.env',
      'server.token_file': 'config.toml',
      'privacy.enabled': 'flag',
    })
  })

  it('does not let a bad variable pass', async () => {
    const loaded = await machine().load({ env: { TOKSTAT_PORT: '80a', TOKSTAT_LOG: 'loud' } })
    expect(loaded.problems.map((problem) => problem.key)).toEqual(['TOKSTAT_LOG', 'TOKSTAT_PORT'])
    expect(() => requireConfig(loaded)).toThrow(AppError)
  })
})

describe('what is wrong is named with key, line and what was meant', () => {
  it.each([
    ['[polling]\ninterval = "60s"\nconcurency = 3', 'polling.concurency', 3, 'polling.concurrency'],
    ['[poling]\ninterval = "60s"', 'poling', 1, 'polling'],
    ['interval = "60s"', 'interval', 1, 'polling.interval'],
    ['[providers.cluade]\nenabled = true', 'providers.cluade', 1, 'providers.claude'],
    [
      '[providers.gemini-cli]\nantigravity_acounts = true',
      'providers.gemini-cli.antigravity_acounts',
      2,
      'providers.gemini-cli.antigravity_accounts',
    ],
    ['server = { prot = 1 }', 'server.prot', 1, 'server.port'],
    ['[[alerts]]\nname = "a"\nwhen = "reset"\n[[alerts]]\nname = "b"\nwen = "reset"', 'alerts.1.when', 4, null],
    ['[[alerts]]\nname = "a"\nwhen = "reset"\nnotfy = []', 'alerts.0.notfy', 4, 'alerts.0.notify'],
    [
      '[channels.ops]\ntype = "webhook"\nurl = "http://a.example"\nsecretfile = "x"',
      'channels.ops.secretfile',
      4,
      'channels.ops.secret_file',
    ],
    ['[polling]\n\ntimeout = "5 parsecs"', 'polling.timeout', 3, null],
    ['[polling]\ntimeout = true', 'polling.timeout', 2, null],
    ['[levels]\nlow = 0.9', 'levels.low', 2, null],
    ['[levels.balance]\nUSD = "five"', 'levels.balance.USD', 2, null],
    ['[server]\ntls_cert = "a"', 'server.tls_cert', 2, null],
    ['[server]\nport = 65536', 'server.port', 2, null],
    ['[storage]\nurl = "postgres://db"', 'storage.url', 2, null],
    ['[storage]\nmax_size = "much"', 'storage.max_size', 2, null],
    ['[polling]\nbackoff_floor = "2h"', 'polling.backoff_floor', 2, null],
    ['[[alerts]]\nname = "a"\nwhen = "level < low"', 'alerts.0.when', 3, null],
    ['[[alerts]]\nname = "a"\nwhen = "reset"\nnotify = ["ops"]', 'alerts.0.notify', 4, null],
    ['[[alerts]]\nname = "a"\nwhen = "reset"\n[[alerts]]\nname = "a"\nwhen = "reset"', 'alerts.1.name', 5, null],
    ['[channels.ops]\ntype = "pigeon"', 'channels.ops.type', 2, null],
    ['[channels.ops]\ntype = "slack"', 'channels.ops', 1, null],
    ['[[alerts.rules]]\nname = "a"', 'alerts', 1, '[[alerts]]'],
    ['# a\n[alerts]\nname = "a"', 'alerts', 2, '[[alerts]]'],
    ['# a\n[[channels]]\ntype = "ntfy"', 'channels', 2, '[channels.<name>]'],
    ['# a\n[[providers.claude]]\nenabled = true', 'providers.claude', 2, '[providers.claude]'],
    ['[channels.ops]\ntype = "webhok"', 'channels.ops.type', 2, 'webhook'],
    ['[channels.ops]\ntpye = "webhook"', 'channels.ops.tpye', 2, 'channels.ops.type'],
    ['[pools]\ngroup = "famly"', 'pools.group', 2, 'family'],
  ])('%j', async (text, key, line, suggestion) => {
    expect(await firstProblem(text)).toMatchObject({
      key,
      line,
      suggestion,
      path: expect.stringContaining('config.toml'),
    })
  })

  it('reports every problem, not the first alone', async () => {
    const { problems } = await loadText('a = 1\n[polling]\nb = 2\ntimeout = "x"')
    expect(problems).toHaveLength(3)
  })

  it('names line and column of a syntax error, and does not quote the file', async () => {
    const problem = await firstProblem('[server]\ntoken = "fake-canary\nx = 1')
    expect(problem).toMatchObject({ line: 2, message: expect.stringContaining('column') })
    expect(problem?.message).not.toContain('canary')
    expect(problem?.message.match(/TOML/g), 'once is enough').toHaveLength(1)
  })

  it.each([
    ['[levels]\nlow = "a"', 'Expected a number, not a text.'],
    ['[server]\nallowed_hosts = "a"', 'Expected a list, not a text.'],
    ['[[alerts]]\nname = "a"', 'This key is needed.'],
    ['[[alerts.rules]]\nname = "a"', 'Expected a list of tables.'],
    ['[[channels]]\ntype = "ntfy"', 'Expected a table, not a list.'],
  ])('says %j in words: %s', async (text, message) => {
    expect((await firstProblem(text))?.message).toBe(message)
  })

  it('keeps the defaults and the flags, and stops a start with exit code 4', async () => {
    const loaded = await loadText('[polling]\nconcurency = 3\n[server]\nport = 1', {}, { host: '::1' })
    expect(loaded.config.server).toMatchObject({ host: '::1', port: 8000 })
    expect(() => requireConfig(loaded)).toThrow(
      expect.objectContaining({
        exitCode: 4,
        message: expect.stringMatching(/config\.toml:2: Unknown key "polling\.concurency"/),
        hint: 'Did you mean "polling.concurrency"?',
      }),
    )
  })

  it.each([
    ['UTF-16', Buffer.from('\uFEFF[server]', 'utf16le')],
    ['more than 1 MiB', '#'.repeat(1_048_577)],
  ])('is a problem: %s', async (_name, content) => {
    const pc = machine()
    pc.put('~/.config/tokstat/config.toml', content)
    expect((await pc.load()).problems).toHaveLength(1)
  })

  it('is a problem, not a hang: a FIFO or a folder', async () => {
    const pc = machine()
    mkdirSync(dirname(pc.configPath), { recursive: true })
    execFileSync('mkfifo', [pc.configPath])
    expect((await pc.load()).problems).toMatchObject([{ message: 'It is not a regular file.' }])
    const environment = pc.environment()
    const folder = { paths: { config: pc.home }, environment, providers: PROVIDERS }
    expect((await loadConfig(folder)).problems).toHaveLength(1)
  })
})

describe('any text', () => {
  it('gives a configuration or problems, never a throw', async () => {
    const pc = machine()
    const key = fc.constantFrom('polling', 'server.port', 'alerts', 'channels.a', '__proto__', 'providers.claude', 'x')
    const value = fc.constantFrom(
      '1',
      '"5m"',
      '[]',
      '{}',
      '[[1]]',
      'true',
      '{ type = "exec" }',
      '1979-05-27',
      'nan',
      '',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.tuple(key, value).map(([name, text]) => `${name} = ${text}`)).map((lines) => lines.join('\n')),
    )
    const check = fc.asyncProperty(text, async (content) => {
      pc.put('~/.config/tokstat/config.toml', content)
      const loaded = await pc.load()
      expect(loaded.config.server.host).toBe('127.0.0.1')
      for (const problem of loaded.problems) expect(problem.message).not.toBe('')
    })
    await fc.assert(check, { numRuns: 200 })
  })
})

describe('units', () => {
  it.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    ['2y', 63_072_000_000],
    ['90', 90_000],
    [1.5, 1_500],
    ['-5s', null],
    ['5 m', null],
    ['5M', null],
    ['', null],
    ['1e9', null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
  ])('a duration of %j is %j ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each([
    ['512MB', 512_000_000],
    ['1GiB', 1_073_741_824],
    ['1.5 kB', 1_500],
    [2048, 2_048],
    ['x', null],
    ['-1MB', null],
  ])('a size of %j is %j bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })
})
