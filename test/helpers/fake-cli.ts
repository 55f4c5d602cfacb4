/** A terminal, a keyboard and a program that a test of the command line holds in its hands. */

import type { Io, Output } from '../../src/cli/io.ts'
import type { ReadBoardFile } from '../../src/cli/kept-board.ts'
import { runCli } from '../../src/cli/run.ts'
import type { App, Snapshot } from '../../src/model/app.ts'
import { type AccountsDocument, toAccountsDocument } from '../../src/model/document.ts'
import { bestOfDocument } from '../../src/model/document-state.ts'
import type { Clock } from '../../src/model/ports.ts'
import { DEFAULT_RULES } from '../../src/model/settings.ts'
import { fakeClock } from './fake-clock.ts'
import { sampleDocument } from './sample-document.ts'
import { NOW } from './states.ts'

export interface FakeIo {
  readonly io: Io
  readonly out: () => string
  readonly err: () => string
  /** What was written since the last call. */
  readonly fresh: () => string
  readonly press: (keys: string) => void
  readonly interrupt: () => void
  /** The input ends, as a pipe does. */
  readonly endInput: () => void
  /** How many listeners on keys and signals are left. */
  readonly listeners: () => number
}

export interface FakeIoFacts {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  readonly color?: boolean
  readonly clock?: Clock
}

export function fakeIo({ isTTY = false, columns = 80, rows = 24, color = isTTY, clock }: FakeIoFacts = {}): FakeIo {
  const written = { out: '', err: '' }
  let seen = 0
  const keys = new Set<(keys: string) => void>()
  const interrupts = new Set<() => void>()
  const ends = new Set<() => void>()
  const output = (key: 'out' | 'err'): Output => ({
    write: (text) => {
      written[key] += text
    },
    isTTY,
    columns: () => (isTTY ? columns : null),
    rows: () => (isTTY ? rows : null),
  })
  const listen = <T>(set: Set<T>, listener: T): (() => void) => {
    set.add(listener)
    return () => set.delete(listener)
  }
  const io: Io = {
    stdout: output('out'),
    stderr: output('err'),
    stdin: {
      isTTY,
      onKeys: (listener, onEnd) => {
        const stops = [listen(keys, listener), onEnd === undefined ? () => {} : listen(ends, onEnd)]
        return () => {
          for (const stop of stops) stop()
        }
      },
    },
    color,
    mayColor: color,
    clock: clock ?? fakeClock(NOW).clock,
    timeZone: 'UTC',
    onInterrupt: (listener) => listen(interrupts, listener),
  }
  return {
    io,
    out: () => written.out,
    err: () => written.err,
    fresh: () => {
      const text = written.out.slice(seen)
      seen = written.out.length
      return text
    },
    press: (typed) => {
      for (const listener of [...keys]) listener(typed)
    },
    interrupt: () => {
      for (const listener of [...interrupts]) listener()
    },
    endInput: () => {
      for (const listener of [...ends]) listener()
    },
    listeners: () => keys.size + interrupts.size,
  }
}

export const emptyDocument: AccountsDocument = toAccountsDocument({ accounts: [] }, NOW, DEFAULT_RULES)

const PROVIDERS = ['antigravity', 'claude', 'codex', 'copilot', 'gemini-cli', 'nano-gpt', 'openrouter']

/** An App that answers from one document; what a test cares about it overrides. */
export function fakeApp(document: AccountsDocument = sampleDocument, overrides: Partial<App> = {}): App {
  const snapshot: Snapshot = { document, via: 'engine', notice: null, sources: [] }
  return {
    version: '0.1.0',
    now: () => NOW,
    upstream: null,
    rules: DEFAULT_RULES,
    snapshot: async () => snapshot,
    refresh: async () => [],
    best: async (query) => bestOfDocument(document, query, NOW, DEFAULT_RULES),
    serve: async () => 0,
    demo: async () => 0,
    query: async () => [],
    providers: async () =>
      PROVIDERS.map((id) => ({
        id,
        title: id,
        enabled: true,
        accounts: document.accounts.filter((account) => account.provider === id).length,
        intervalSeconds: 300,
        sources: [],
        hosts: [],
        signIn: `Sign in at ${id} once.`,
      })),
    doctor: async () => ({ checks: [], sources: [] }),
    explain: async () => ({ files: [], hosts: [], promises: [] }),
    configCheck: async () => ({ path: 'config.toml', exists: true, problems: [] }),
    configPath: async () => ({ config: 'c', dotenv: 'e', data: 'd', state: 's', runtime: 'r' }),
    configSchema: async () => ({ title: 'config' }),
    accountsSchema: async () => ({ title: 'accounts' }),
    metrics: async () => '# EOF\n',
    writeMetrics: async () => undefined,
    history: async () => ({ series: [] }),
    cycles: async () => ({ cycles: [], truncated: false }),
    exportHistory: async (format, _query, write) => void write(format === 'json' ? '{"samples":[]}' : ''),
    backup: async () => Promise.reject(new Error('nothing is copied here')),
    live: async () => Promise.reject(new Error('nothing is followed here')),
    dashboard: async () => 0,
    verifyBackup: async () => Promise.reject(new Error('nothing is checked here')),
    alerts: async () => ({ alerts: [], rules: [], channels: [], snoozes: [], live: false }),
    alertDesk: async () => Promise.reject(new Error('nothing is said here')),
    testChannel: async () => Promise.reject(new Error('nothing is sent here')),
    rehearseAlerts: async () => ({ since: '2026-11-22T09:00:00Z', alerts: [], rules: [] }),
    switchAccount: async () => Promise.reject(new Error('nothing is switched here')),
    installService: async () => Promise.reject(new Error('nothing is installed here')),
    uninstallService: async () => Promise.reject(new Error('nothing is removed here')),
    serviceStatus: async () => ({
      scope: null,
      unit: 'tokstat.service',
      state: 'not installed',
      url: null,
      version: null,
    }),
    waitForDaemon: async () => null,
    loginLink: async () => Promise.reject(new Error('nobody answers here')),
    tokenFile: async () => null,
    newToken: async () => Promise.reject(new Error('nothing is made here')),
    grafanaDashboards: async () => [],
    provisionGrafana: async () => Promise.reject(new Error('there is no Grafana here')),
    login: async () => Promise.reject(new Error('nobody logs in here')),
    removeAccount: async () => Promise.reject(new Error('nothing is removed here')),
    renameAccount: async () => Promise.reject(new Error('nothing is renamed here')),
    ...overrides,
  }
}

/** Beside the accounts of the document there is a login of Codex that nobody can read. */
export function appWithBrokenLogin(document: AccountsDocument): App {
  const sources: Snapshot['sources'] = [
    {
      source: 'codex-cli',
      place: '~/.codex/auth.json',
      state: 'unreadable',
      count: 0,
      detail: 'The file is not valid JSON.',
      hint: 'Run `codex login`.',
    },
  ]
  const plain = fakeApp(document)
  return {
    ...plain,
    snapshot: async () => ({ document, via: 'engine', notice: null, sources }),
    providers: async () =>
      (await plain.providers()).map((info) => (info.id === 'codex' ? { ...info, sources: ['codex-cli'] } : info)),
  }
}

export interface CliRun {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface CliFacts extends FakeIoFacts {
  readonly app?: App
  readonly readBoardFile?: ReadBoardFile
}

/** Runs one command line to its end. */
export async function cli(line: string | readonly string[], facts: CliFacts = {}): Promise<CliRun> {
  const terminal = fakeIo(facts)
  const code = await runCli({
    argv: typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line,
    io: terminal.io,
    loadApp: async () => facts.app ?? fakeApp(),
    readBoardFile: facts.readBoardFile ?? (async () => null),
  })
  return { code, out: terminal.out(), err: terminal.err() }
}
