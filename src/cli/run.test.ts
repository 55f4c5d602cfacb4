import { describe, expect, it, vi } from 'vitest'
import { cli, emptyDocument, fakeApp, fakeIo } from '../../test/helpers/fake-cli.ts'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import { sampleDocument } from '../../test/helpers/sample-document.ts'
import { aProblem, aState, aWindow, NOW } from '../../test/helpers/states.ts'
import { displayWidth } from '../format/display-width.ts'
import type { AccountState } from '../model/account.ts'
import { type App, AppError, type Snapshot } from '../model/app.ts'
import { toAccountsDocument } from '../model/document.ts'
import type { RefreshResult } from '../model/ports.ts'
import { DEFAULT_RULES } from '../model/settings.ts'
import { COMMANDS } from './registry.ts'
import { runCli } from './run.ts'

const documentOf = (...accounts: readonly AccountState[]) => toAccountsDocument({ accounts }, NOW, DEFAULT_RULES)
const signedOut = aState({ account: { name: 'out' }, problem: aProblem('signed_out') })
const offline = aState({ account: { provider: 'codex', name: 'off' }, problem: aProblem('offline') })
const fine = aState({ quotas: [aWindow('session', 0.87, { label: 'Session (5 h)' })] })

describe('list', () => {
  it('is what tokstat does by itself, with or without options', async () => {
    const bare = await cli('')
    expect(bare).toEqual(await cli('list'))
    expect(bare.code).toBe(0)
    expect((await cli('--all-models')).out).toContain('tab_flash_lite_preview')
    expect((await cli('--json')).out).toBe((await cli('list --json')).out)
  })

  it('prints plain rows with provider and account when piped, and no ESC byte anywhere', async () => {
    const { out, err } = await cli('list')
    expect(out).toMatch(/^antigravity +ada@example\.com +claude-sonnet-4 .*23% 🔴 LOW/m)
    expect(out).toMatch(/87% 🟢 OK/)
    expect(out).toMatch(/45% 🟡 MEDIUM/)
    expect(out + err).not.toContain('\u001b')
  })

  it('groups and colours on a terminal, and only colours when it may', async () => {
    expect((await cli('list', { isTTY: true })).out).toContain('\u001b[31m')
    expect((await cli('list', { isTTY: true, color: false })).out).not.toContain('\u001b')
    expect((await cli('list', { isTTY: false, color: true })).out).toContain('\u001b[31m')
  })

  it('prints the document of contracts 4.1, helper models included', async () => {
    const { out } = await cli('list --json')
    expect(JSON.parse(out)).toEqual(sampleDocument)
  })

  it('narrows by provider and account, by id or name, and fetches only those', async () => {
    const asked: unknown[] = []
    const snapshot: App['snapshot'] = async ({ accounts, mode }) => {
      asked.push([mode, accounts])
      return { document: sampleDocument, via: 'engine', notice: null, sources: [] }
    }
    const app = fakeApp(sampleDocument, { snapshot })
    const ids = async (line: string) =>
      JSON.parse((await cli(line, { app })).out).accounts.map((a: { id: string }) => a.id)
    expect(await ids('list --json --provider claude')).toEqual(['claude/work'])
    expect(await ids('list --json --account work')).toEqual(['claude/work'])
    expect(await ids('list --json --refresh --account copilot/home')).toEqual(['copilot/home'])
    expect(asked.at(-1)).toEqual(['refresh', ['copilot/home']])
    expect(asked.at(-2)).toEqual(['fresh', []])
    expect(await ids('list --json --provider antigravity')).toHaveLength(2)
  })

  it.each([
    ['list --provider claud', 'There is no provider "claud".', 'Did you mean `claude`?'],
    ['list --provider nope', 'There is no provider "nope".', 'Known providers: antigravity, claude'],
    ['list --account wrok', 'There is no account "wrok".', 'Did you mean `work`?'],
    ['list --account ada@example.com', 'fits more than one account', 'Use one of these ids.'],
    ['list --provider claude --account home', 'There is no account "home".', 'Known accounts: claude/work.'],
    ['forecast claude/work --quota weekyl', 'claude/work has no quota "weekyl".', 'Did you mean `weekly`?'],
    ['history claude/work --quota weekyl', 'claude/work has no quota "weekyl".', 'Did you mean `weekly`?'],
    ['alerts log --account wrok', 'There is no account "wrok".', 'Did you mean `work`?'],
    ['list --refresh --cached', '--refresh and --cached exclude each other.', ''],
  ])('%s exits 4 and says what would be right', async (line, message, hint) => {
    const { code, out, err } = await cli(line)
    expect(code).toBe(4)
    expect(out).toBe('')
    expect(err).toContain(message)
    expect(err).toContain(hint)
  })

  it.each<[string, readonly AccountState[], number]>([
    ['list', [fine, signedOut], 0],
    ['list', [signedOut], 2],
    ['list', [signedOut, offline], 3],
    ['list --account out', [fine, signedOut], 2],
    ['list --account off', [fine, offline], 3],
    ['list --json', [signedOut], 2],
    ['quota list', [offline], 3],
    ['quota show', [signedOut], 2],
  ])('%s exits by contracts section 4, case %#', async (line, states, code) => {
    const run = await cli(line, { app: fakeApp(documentOf(...states)) })
    expect(run.code).toBe(code)
    expect(run.out).not.toBe('')
  })

  it('without any account says where was looked and what to do, and exits 0', async () => {
    const sources = [
      { source: 'gh', place: '~/.config/gh/hosts.yml', state: 'absent', count: 0, detail: null, hint: null },
    ] as const
    const snapshot: Snapshot = { document: emptyDocument, via: 'engine', notice: null, sources }
    const app = fakeApp(emptyDocument, { snapshot: async () => snapshot })
    const { code, out } = await cli('list', { app })
    expect(code).toBe(0)
    expect(out).toContain('~/.config/gh/hosts.yml')
    expect(out).toContain('Sign in at claude once.')
    const json = await cli('list --json', { app })
    expect([json.code, JSON.parse(json.out).accounts]).toEqual([0, []])
  })

  it('says on stderr what a person must know, once', async () => {
    const notice = 'Another tokstat is running; its last readings are shown.'
    const app = fakeApp(sampleDocument, {
      upstream: 'http://127.0.0.1:9',
      snapshot: async () => ({ document: sampleDocument, via: 'board-file', notice, sources: [] }),
    })
    const { err } = await cli('list', { app })
    expect(err).toBe(`TOKSTAT_UPSTREAM is set: http://127.0.0.1:9 is asked instead of the services.\n${notice}\n`)
  })

  it('prints the schema', async () => {
    expect(JSON.parse((await cli('list --schema')).out)).toEqual({ title: 'accounts' })
  })

  it('shows progress on a terminal after 300 ms, and removes it', async () => {
    const time = fakeClock(NOW)
    const terminal = fakeIo({ isTTY: true, clock: time.clock })
    let finish: () => void = () => {}
    const app = fakeApp(sampleDocument, {
      snapshot: ({ onProgress }) =>
        new Promise((resolve) => {
          onProgress?.(3, 9)
          finish = () => resolve({ document: sampleDocument, via: 'engine', notice: null, sources: [] })
        }),
    })
    const ended = runCli({ argv: ['list'], io: terminal.io, loadApp: async () => app, readBoardFile: async () => null })
    await vi.waitFor(() => expect(time.pending()).toBe(1))
    await time.advance(299)
    expect(terminal.err()).toBe('')
    await time.advance(1)
    expect(terminal.err()).toContain('3 of 9')
    finish()
    expect(await ended).toBe(0)
    expect(terminal.err().endsWith('\r\u001b[2K')).toBe(true)
    expect(time.pending()).toBe(0)
  })
})

describe('errors', () => {
  it.each([
    ['lst', 'There is no command "lst".', 'Did you mean `list`?'],
    ['quota mointor', 'There is no command "quota mointor".', 'Did you mean `quota monitor`?'],
    ['frobnicate', 'There is no command "frobnicate".', 'Run `tokstat --help`'],
    ['config frobnicate', 'There is no command "config frobnicate".', 'Run `tokstat config --help`'],
    ['list --provder claude', "Unknown option '--provder'.", 'Did you mean `--provider`?'],
    ['list --provider', 'argument missing', 'Run `tokstat list --help`.'],
    ['list extra', 'oo many arguments', 'tokstat list --help'],
    ['guard --provider claude', '--min-remaining', 'tokstat guard --help'],
    ['guard --provider claude --min-remaining lots', '"lots" is not a threshold', '10% or 5USD'],
    ['query', 'source', 'tokstat query --help'],
    ['query claud', '"claud" does not fit <source>.', 'Did you mean `claude`?'],
    ['completion bsh', '"bsh" does not fit <shell>.', 'Did you mean `bash`?'],
    ['serve --port 70000', '"70000" is not a number from 0 to 65535', ''],
    ['serve --interval soon', '"soon" is not a duration', '30s'],
    ['best --model a --pool b', 'exclude each other', ''],
  ])('%s exits 4', async (line, message, hint) => {
    const { code, out, err } = await cli(line)
    expect([code, out]).toEqual([4, ''])
    expect(err).toContain(message)
    expect(err).toContain(hint)
  })

  it('become a problem on stdout with --json', async () => {
    const app = fakeApp(sampleDocument, {
      metrics: async () => {
        throw new AppError(3, 'network', 'No connection.', 'Check the network.')
      },
    })
    const { code, out } = await cli('metrics --json', { app })
    expect(code).toBe(3)
    expect(JSON.parse(out)).toEqual({
      problem: { code: 'network', message: 'No connection.', hint: 'Check the network.', since: null, retryAt: null },
    })
  })

  it('that nobody expected exit 1 without a stack', async () => {
    const app = fakeApp(sampleDocument, { doctor: () => Promise.reject(new TypeError('x is not a function')) })
    const { code, err } = await cli('doctor', { app })
    expect(code).toBe(1)
    expect(err).toContain('TypeError: x is not a function')
    expect(err).not.toContain('    at ')
  })

  it('of a hostile argument cannot act on the terminal', async () => {
    const { err } = await cli(['list', '--account', '\u001b]0;owned\u0007x'])
    expect(err).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
  })
})

describe('help', () => {
  it('lists every command but the hidden one', async () => {
    const { code, out } = await cli('--help')
    expect(code).toBe(0)
    for (const { name, hidden } of COMMANDS) expect(out.includes(`  ${name} `)).toBe(hidden !== true)
    expect((await cli('help')).out).toBe(out)
    expect((await cli('quota')).out).toContain('quota monitor')
    expect((await cli('help config')).out).toContain('config path')
  })

  it.each(COMMANDS.filter((command) => command.hidden !== true).map(({ name }) => name))(
    'of %s has examples',
    async (name) => {
      const { code, out } = await cli(`${name} --help`)
      expect(code).toBe(0)
      expect(out).toContain(`Usage: tokstat ${name}`)
      expect(out).toMatch(/Examples:\n {2}\S/)
      expect(out).toMatch(/[^\n]\n$/)
      expect(out).not.toContain('?.')
      expect((await cli(`help ${name}`)).out).toBe(out)
    },
  )

  it('builds nothing', async () => {
    const terminal = fakeIo()
    const loadApp = vi.fn<() => Promise<App>>()
    await runCli({ argv: ['list', '--help'], io: terminal.io, loadApp, readBoardFile: async () => null })
    await runCli({ argv: ['completion', 'bash'], io: terminal.io, loadApp, readBoardFile: async () => null })
    expect(loadApp).not.toHaveBeenCalled()
  })
})

describe('version', () => {
  it('is data with --json, and judges options although it loads no parser for none', async () => {
    expect(JSON.parse((await cli('version --json')).out)).toHaveProperty('version')
    const wrong = await cli('version --jsno')
    expect(wrong).toMatchObject({ code: 4, out: '' })
    expect(wrong.err).toContain('--jsno')
  })

  it.each(['version', '--version', '-V'])('%s prints it', async (line) => {
    expect(await cli(line)).toEqual({ code: 0, out: 'tokstat 0.1.0\n', err: '' })
  })
})

describe('refresh', () => {
  const result = (account: string, problem: string | null): RefreshResult => ({
    account,
    provider: 'claude',
    outcome: problem === null ? 'read' : 'failed',
    observedAt: NOW,
    retryAt: null,
    problem: problem === null ? null : { code: problem, message: 'It failed.', hint: 'Do this.' },
  })

  it('reports every account and goes on; one named account decides the exit code', async () => {
    const refresh: App['refresh'] = async (ids) =>
      ids === null ? [result('claude/work', 'timeout'), result('codex/a', null)] : [result(ids[0] ?? '', 'signed_out')]
    const app = fakeApp(sampleDocument, { refresh })
    const all = await cli('refresh', { app })
    expect(all.code).toBe(0)
    expect(all.out).toMatch(/claude\/work +✗ failed +It failed\. Do this\.\ncodex\/a +✓ read/)
    expect(await cli('refresh work', { app })).toMatchObject({ code: 2 })
    expect(await cli('refresh nobody', { app })).toMatchObject({ code: 4 })
    const json = await cli('refresh --json', { app })
    expect(JSON.parse(json.out).results[0]).toMatchObject({ observedAt: '2026-11-22T09:00:00Z', retryAt: null })
  })
})

describe('best', () => {
  it('says which and why, and exits 5 when none is usable', async () => {
    const { code, out } = await cli('best')
    expect(code).toBe(0)
    expect(out).toMatch(/^Use +antigravity\/ada@example\.com \(Gemini\) +87% left +resets 11:10 \(in 2h 10m\)/)
    expect(out).toContain('not now')
    const narrow = (await cli('best', { isTTY: true, color: false })).out.split('\n')
    expect(Math.max(...narrow.map(displayWidth))).toBeLessThanOrEqual(80)
    expect(await cli('best --json', { app: fakeApp(documentOf(signedOut)) })).toMatchObject({ code: 5 })
    expect((await cli('best', { app: fakeApp(emptyDocument) })).out).toBe('No account is known.\n')
  })
})

describe('the rest', () => {
  it('hands options of the daemon on', async () => {
    const serve = vi.fn<App['serve']>(async () => 0)
    const demo = vi.fn<App['demo']>(async () => 0)
    const app = fakeApp(sampleDocument, { serve, demo })
    await cli('serve --host ::1 --port 9100 --interval 5m --no-web --privacy', { app })
    await cli('serve', { app })
    await cli('demo --accounts 100', { app })
    expect(serve.mock.calls[0]?.[0]).toEqual({
      host: '::1',
      port: 9100,
      intervalSeconds: 300,
      web: false,
      privacy: true,
    })
    expect(serve.mock.calls[1]?.[0]).toMatchObject({ port: undefined, web: true, privacy: false })
    expect(demo.mock.calls[0]?.[0]).toEqual({ port: undefined, accounts: 100, speed: 60 })
  })

  it('prints the metrics page as it is', async () => {
    expect((await cli('metrics')).out).toBe('# EOF\n')
  })

  it('prints raw answers, and exits by what failed', async () => {
    const query = vi.fn<App['query']>(async () => [
      { source: 'claude', account: 'claude/work', answer: { usage: { five_hour: 1 } }, problem: null },
      {
        source: 'claude',
        account: 'claude/b',
        answer: null,
        problem: { code: 'timeout', message: 'Too slow.', hint: null },
      },
    ])
    const app = fakeApp(sampleDocument, { query })
    const { code, out } = await cli('query claude --no-keychain --show-secrets', { app })
    expect(code).toBe(0)
    expect(out).toContain('"five_hour": 1')
    expect(out).toContain('claude/b\nFailed: Too slow.')
    expect(query.mock.calls[0]?.[0]).toEqual({
      source: 'claude',
      showSecrets: true,
      keychain: false,
      keychainService: undefined,
    })
    expect(await cli('query codex')).toMatchObject({ code: 2 })
  })

  it('fails doctor and config check when something is wrong', async () => {
    const app = fakeApp(sampleDocument, {
      doctor: async () => ({
        checks: [
          { title: 'Config', state: 'ok', detail: 'valid', hint: null },
          { title: 'Vault', state: 'problem', detail: 'locked', hint: 'Unlock it.' },
        ],
        sources: [{ source: 'gh', place: '~/x', state: 'unreadable', count: 0, detail: 'chmod 600 ~/x', hint: null }],
      }),
      configCheck: async () => ({
        path: 'config.toml',
        exists: true,
        problems: [
          {
            path: 'config.toml',
            key: 'polling.intervall',
            line: 3,
            message: 'unknown key',
            suggestion: 'polling.interval',
          },
        ],
      }),
    })
    const doctor = await cli('doctor', { app })
    expect(doctor).toMatchObject({ code: 1 })
    expect(doctor.out).toContain('✗ Vault  locked\n    Unlock it.')
    expect(doctor.out).toContain('chmod 600 ~/x')
    const check = await cli('config check', { app })
    expect(check).toMatchObject({ code: 4 })
    expect(check.out).toContain('config.toml:3  polling.intervall: unknown key Did you mean `polling.interval`?')
    const broken = { path: 'config.toml', key: '', line: 1, message: 'Not valid TOML.', suggestion: null }
    const torn = fakeApp(undefined, {
      configCheck: async () => ({ path: 'config.toml', exists: true, problems: [broken] }),
    })
    expect((await cli('config check', { app: torn })).out).toBe('✗ config.toml:1  Not valid TOML.\n')
    expect(await cli('config check')).toMatchObject({ code: 0 })
    expect((await cli('config path')).out).toContain('state    s')
    expect(JSON.parse((await cli('config schema')).out)).toEqual({ title: 'config' })
    expect((await cli('providers')).out).toMatch(/claude +claude +1 +5m +Sign in at claude once\./)
  })

  it('explains what it touches', async () => {
    const app = fakeApp(sampleDocument, {
      explain: async () => ({
        files: [{ place: '~/.codex/auth.json', why: 'login of Codex', written: false }],
        hosts: [{ host: 'api.example.com', provider: 'codex', intervalSeconds: 300, why: 'its quotas' }],
        promises: ['Never writes to a login file.'],
      }),
    })
    const { out } = await cli('explain', { app })
    expect(out).toMatch(/reads +~\/\.codex\/auth\.json +login of Codex/)
    expect(out).toMatch(/api\.example\.com +every 5m +its quotas/)
    expect(out).toContain('· Never writes')
  })

  it.each(
    COMMANDS.filter(
      ({ name }) => !/^(serve|demo|completion|__complete|quota monitor|query|guard|dashboard|mcp)$/.test(name),
    ).map(({ name }) => name),
  )('%s speaks JSON', async (name) => {
    expect(JSON.parse((await cli(`${name} --json`)).out)).toBeTypeOf('object')
  })
})
