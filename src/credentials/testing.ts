import { createHash } from 'node:crypto'
import type { Clock, Log, LogFields, Timer } from '../model/ports.ts'
import type { HttpReply, HttpRequest } from '../model/provider.ts'
import { type EpochMs, epochMs } from '../model/time.ts'
import type {
  AuthKind,
  CredentialPorts,
  FolderListing,
  GuardedRead,
  KeychainRead,
  RowsRead,
  SourceEnvironment,
} from './ports.ts'

/** Fakes of this room's ports, for the tests of every room. Nothing in here touches the machine. */

export const TEST_NOW: EpochMs = epochMs(Date.UTC(2026, 10, 22, 9, 0, 0))

/** A clock that stands until it is moved; its timers run in order when it passes them. */
interface ManualClock extends Clock {
  advance(ms: number): void
  /** How many timers wait. */
  pending(): number
}

function manualClock(start: EpochMs = TEST_NOW): ManualClock {
  let elapsed = 0
  let timers: { readonly at: number; readonly run: () => void }[] = []
  return {
    now: () => epochMs(start + elapsed),
    monotonicMs: () => elapsed,
    after(delayMs, run): Timer {
      const timer = { at: elapsed + delayMs, run }
      timers.push(timer)
      return {
        cancel: () => {
          timers = timers.filter((other) => other !== timer)
        },
      }
    },
    pending: () => timers.length,
    advance(ms) {
      elapsed += ms
      const due = timers.filter((timer) => timer.at <= elapsed).sort((left, right) => left.at - right.at)
      timers = timers.filter((timer) => timer.at > elapsed)
      for (const timer of due) timer.run()
    },
  }
}

interface LogLine {
  readonly level: keyof Log
  readonly message: string
  readonly fields: LogFields
}

export interface MemoryPorts extends CredentialPorts {
  readonly clock: ManualClock
  /** Path to text, or to what a guarded read says of it. Change it to change the machine. */
  readonly files: Map<string, string | GuardedRead>
  /** Path to the rows of the database there, or to what a reading of it says. */
  readonly databases: Map<string, Readonly<Record<string, string>> | RowsRead>
  /** Folders that cannot be listed. */
  readonly closedFolders: Set<string>
  readonly commands: Map<string, string>
  /** By `service`, or `service|account`. Every entry that was looked for stands in `keychainLooks`, the same way. */
  readonly keychain: Map<string, KeychainRead>
  readonly keychainLooks: string[]
  readonly lines: LogLine[]
  /** Every path that was read, listed or scanned, in order. */
  readonly touched: string[]
  /** The places of each watch that is armed now. */
  readonly watches: Set<{ readonly paths: readonly string[]; readonly onChange: () => void }>
}

export function memoryPorts(files: Readonly<Record<string, string | GuardedRead>> = {}): MemoryPorts {
  const store = new Map(Object.entries(files))
  const lines: LogLine[] = []
  const touched: string[] = []
  const commands = new Map<string, string>()
  const keychain = new Map<string, KeychainRead>()
  const keychainLooks: string[] = []
  const closedFolders = new Set<string>()
  const watches: MemoryPorts['watches'] = new Set()
  const databases: MemoryPorts['databases'] = new Map()
  return {
    databases,
    files: store,
    closedFolders,
    commands,
    keychain,
    keychainLooks,
    lines,
    touched,
    watches,
    clock: manualClock(),
    log: recordingLog(lines),
    hash: (...parts) => createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 16),
    async readText(path) {
      touched.push(path)
      return readFrom(store, path)
    },
    async readRows(path, query) {
      touched.push(path)
      const found = databases.get(path)
      if (found === undefined) return { kind: 'absent' }
      if (isRowsRead(found)) return found
      const rows = new Map(Object.entries(found).filter(([key]) => query.keys.includes(key)))
      return { kind: 'rows', rows, mtimeMs: TEST_NOW - 1000 }
    },
    async listFolder(path) {
      touched.push(path)
      return listFrom(store, closedFolders, path)
    },
    async readKeychain(service, account) {
      const entry = account === null ? service : `${service}|${account}`
      keychainLooks.push(entry)
      return keychain.get(entry) ?? { kind: 'absent' }
    },
    findOnPath: async (name) => commands.get(name) ?? null,
    async scanFile(path, pattern, maxBytes) {
      touched.push(path)
      const read = readFrom(store, path)
      if (read.kind !== 'text') return []
      return [...read.text.slice(0, maxBytes).matchAll(pattern)].map((match) => [...match])
    },
    watchPlaces(paths, onChange) {
      const watch = { paths, onChange }
      watches.add(watch)
      return () => {
        watches.delete(watch)
      }
    },
  }
}

function isRowsRead(found: Readonly<Record<string, string>> | RowsRead): found is RowsRead {
  return 'kind' in found
}

function readFrom(files: MemoryPorts['files'], path: string): GuardedRead {
  const file = files.get(path)
  if (file === undefined) return { kind: 'absent' }
  if (typeof file !== 'string') return file
  return { kind: 'text', text: file, mtimeMs: TEST_NOW - 1000, dev: 1, ino: 1, size: file.length }
}

function listFrom(files: MemoryPorts['files'], closed: ReadonlySet<string>, path: string): FolderListing {
  if (closed.has(path)) return { kind: 'unreadable', reason: 'permission', detail: 'EACCES' }
  const inside = [...files.keys()].filter((file) => file.startsWith(`${path}/`))
  if (inside.length === 0) return { kind: 'absent' }
  const names = inside.map((file) => file.slice(path.length + 1).split('/')[0] ?? '')
  return { kind: 'names', names: [...new Set(names)] }
}

function recordingLog(lines: LogLine[]): Log {
  const write =
    (level: keyof Log) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields })
    }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

const TEST_PROVIDERS: ReadonlyMap<string, AuthKind> = new Map([
  ['antigravity', 'google-oauth'],
  ['gemini-cli', 'google-oauth'],
  ['claude', 'bearer'],
  ['codex', 'bearer'],
  ['copilot', 'bearer'],
  ['openrouter', 'api-key'],
  ['nano-gpt', 'api-key'],
])

const TEST_OPENCODE_KEYS: ReadonlyMap<string, string> = new Map([
  ['openrouter', 'openrouter'],
  ['nano-gpt', 'nano-gpt'],
  ['nanogpt', 'nano-gpt'],
])

/** An invented Linux machine of user ada, working in /project. */
export function testEnvironment(changes: Partial<SourceEnvironment> = {}): SourceEnvironment {
  return {
    platform: 'linux',
    home: '/home/ada',
    cwd: '/project',
    xdgConfigHome: null,
    xdgDataHome: null,
    xdgCacheHome: null,
    appData: null,
    localAppData: null,
    openCodeConfigDir: null,
    claudeConfigDir: null,
    claudeSecureStorageConfigDir: null,
    codexHome: null,
    userName: 'ada',
    geminiCliHome: null,
    googleClients: [],
    fallbackProjects: {},
    keys: [],
    openCodeKeys: TEST_OPENCODE_KEYS,
    ghConfigDir: null,
    providers: TEST_PROVIDERS,
    ...changes,
  }
}

/** A complete answer of the token endpoint. */
export function testReply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpReply {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, headers, body: text, host: 'oauth2.googleapis.com', at: TEST_NOW }
}

/** Answers one request after the other, the last answer for ever; records what was asked. */
export function scriptedSend(...replies: readonly (HttpReply | Error | ((request: HttpRequest) => HttpReply))[]): {
  readonly send: (request: HttpRequest) => Promise<HttpReply>
  readonly requests: HttpRequest[]
} {
  const requests: HttpRequest[] = []
  return {
    requests,
    send: async (request) => {
      const reply = replies[Math.min(requests.length, replies.length - 1)]
      requests.push(request)
      if (reply === undefined) throw new Error('a request was sent that no answer was scripted for')
      if (reply instanceof Error) throw reply
      return typeof reply === 'function' ? reply(request) : reply
    },
  }
}

/** A JSON web token with these claims that nobody signed. */
export function fakeJwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part(claims)}.fake-signature`
}
