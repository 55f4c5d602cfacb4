/** Stand-ins for tests of this and other rooms: a host that answers from a table, and a credential. Test code only. */
import { readdirSync, readFileSync } from 'node:fs'
import type { Credential } from '../model/credential.ts'
import { type ProblemCode, QuotaError } from '../model/problem.ts'
import type { HttpReply, HttpRequest, ProviderHost } from '../model/provider.ts'
import { Secret } from '../model/secret.ts'
import { type EpochMs, epochMs } from '../model/time.ts'

/** One answer. `body` is sent as it is when it is a text, else as JSON. */
export interface FakeAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Rejects instead: what platform/ does without a usable answer. */
  readonly error?: QuotaError
  /** Never answers until the signal aborts; then rejects as platform/ does. */
  readonly hangs?: boolean
}

type Answerer = FakeAnswer | readonly FakeAnswer[] | ((request: HttpRequest) => FakeAnswer)

/**
 * Answers by `endpoint`, or by `endpoint@host` where that is given. A list answers in order, its last entry for ever.
 * `*` answers what is not listed; without it that is 404.
 */
export type FakeAnswers = Readonly<Record<string, Answerer>>

export interface FakeHostOptions<Settings> {
  readonly answers: FakeAnswers
  readonly access?: string
  readonly settings?: Settings
  readonly now?: EpochMs
  readonly signal?: AbortSignal
}

export interface FakeHost<Settings> extends ProviderHost<Settings> {
  /** Every request that was made, in order. */
  readonly requests: readonly HttpRequest[]
}

export const FAKE_NOW = epochMs(Date.parse('2026-11-22T09:00:00Z'))
export const FAKE_ACCESS = 'ya29.fake-access-canary'

export function fakeHost<Settings = unknown>(options: FakeHostOptions<Settings>): FakeHost<Settings> {
  const requests: HttpRequest[] = []
  const used = new Map<string, number>()
  const signal = options.signal ?? new AbortController().signal
  const now = options.now ?? FAKE_NOW

  function pick(request: HttpRequest): FakeAnswer {
    const host = new URL(request.url).host
    const key = `${request.endpoint}@${host}` in options.answers ? `${request.endpoint}@${host}` : request.endpoint
    const answerer = options.answers[key] ?? options.answers['*']
    if (answerer === undefined) return { status: 404, body: {} }
    if (typeof answerer === 'function') return answerer(request)
    if (!isList(answerer)) return answerer
    const at = used.get(key) ?? 0
    used.set(key, at + 1)
    return answerer[Math.min(at, answerer.length - 1)] ?? { status: 404, body: {} }
  }

  return {
    requests,
    access: new Secret(options.access ?? FAKE_ACCESS),
    settings: options.settings as Settings,
    now,
    signal,
    platform: { os: 'linux', arch: 'x64' },
    version: '0.0.0-test',
    async request(request) {
      requests.push(request)
      if (signal.aborted) throw aborted(request)
      const answer = pick(request)
      if (answer.error) throw answer.error
      if (answer.hangs) await untilAborted(signal, request)
      return replyOf(answer, request, now)
    },
  }
}

function isList(answerer: Answerer): answerer is readonly FakeAnswer[] {
  return Array.isArray(answerer)
}

function replyOf(answer: FakeAnswer, request: HttpRequest, at: EpochMs): HttpReply {
  const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {})
  return {
    status: answer.status ?? 200,
    headers: { 'content-type': 'application/json', ...answer.headers },
    body,
    host: new URL(request.url).host,
    at,
  }
}

function untilAborted(signal: AbortSignal, request: HttpRequest): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(aborted(request)), { once: true })
  })
}

function aborted(request: HttpRequest): QuotaError {
  return new QuotaError({ code: 'timeout', message: 'The attempt was ended.', endpoint: request.endpoint })
}

/** A credential of another tool with everything filled in; `changes` replace what a test is about. */
export function fakeCredential(changes: Partial<Credential> & Pick<Credential, 'provider' | 'source'>): Credential {
  return {
    owner: 'other',
    origin: '/home/ada/.config/example/auth.json',
    slot: 'account 1',
    fingerprint: '0123456789abcdef',
    identity: { subject: null, workspace: null, email: 'user@example.com', login: null },
    enabled: true,
    name: null,
    active: false,
    activeFor: [],
    updatedAt: null,
    signInHint: 'the-tool login',
    secrets: {
      accessToken: new Secret(FAKE_ACCESS),
      accessExpiresAt: null,
      refreshToken: new Secret('1//fake-refresh-token-canary'),
      apiKey: null,
    },
    extra: {},
    unreadable: null,
    ...changes,
  }
}

/** A recorded case: one file of `fixtures/`. */
export interface Fixture {
  readonly name: string
  /** What is special about it, one sentence. */
  readonly about: string
  readonly replies: FakeAnswers
  /** `reading`, or the code that reading it must throw. */
  readonly expect: 'reading' | ProblemCode
}

interface FixtureFile {
  readonly about: string
  readonly replies: Readonly<Record<string, FakeAnswer>>
  readonly expect?: 'reading' | ProblemCode
}

/** Every `*.json` of a folder, by name: `loadFixtures(join(import.meta.dirname, 'fixtures'))`. */
export function loadFixtures(folder: string): readonly Fixture[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const file = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as FixtureFile
      return { name: name.slice(0, -5), about: file.about, replies: file.replies, expect: file.expect ?? 'reading' }
    })
}
