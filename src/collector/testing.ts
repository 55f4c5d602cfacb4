import type { Account } from '../model/account.ts'
import type { Credential } from '../model/credential.ts'
import type { CredentialStore, Discovery, JsonFile, Log, LogFields, SendHttp } from '../model/ports.ts'
import { QuotaError } from '../model/problem.ts'
import type { HttpReply, HttpRequest, Provider, ProviderHost } from '../model/provider.ts'
import { makeQuota, type Quota, ratiosFromRemaining } from '../model/quota.ts'
import { type Reading, UNKNOWN_IDENTITY } from '../model/reading.ts'
import { Secret } from '../model/secret.ts'
import type { PollingSettings } from '../model/settings.ts'
import { epochMs, HOUR_MS, MINUTE_MS } from '../model/time.ts'

/** Fakes for tests of this room and of those that build on it. Nothing here is part of the program. */

export function testSettings(facts: Partial<PollingSettings> = {}): PollingSettings {
  return {
    timeoutMs: 15_000,
    concurrency: 32,
    perHost: 8,
    backoffFloorMs: MINUTE_MS,
    backoffCapMs: HOUR_MS,
    staleAfterMs: 15 * MINUTE_MS,
    intervalMs: { claude: 5 * MINUTE_MS, antigravity: MINUTE_MS, 'gemini-cli': MINUTE_MS },
    disabledProviders: new Set(),
    providerSettings: {},
    ...facts,
  }
}

export function testCredential(facts: Partial<Credential> = {}): Credential {
  const fingerprint = facts.fingerprint ?? 'aaaa000000000001'
  return {
    provider: 'claude',
    source: 'claude-code',
    owner: 'other',
    origin: 'a test',
    slot: 'claude-code',
    identity: UNKNOWN_IDENTITY,
    enabled: true,
    name: null,
    active: false,
    activeFor: [],
    updatedAt: null,
    signInHint: 'claude',
    secrets: {
      accessToken: new Secret(`fake-access-${fingerprint}`),
      accessExpiresAt: null,
      refreshToken: null,
      apiKey: null,
    },
    extra: {},
    unreadable: null,
    ...facts,
    fingerprint,
  }
}

export function testReading(facts: Partial<Reading> = {}): Reading {
  return {
    identity: UNKNOWN_IDENTITY,
    plan: null,
    quotas: [testQuota()],
    notes: [],
    observedAt: null,
    via: 'api.example.com',
    ...facts,
  }
}

export function testQuota(facts: Partial<Quota> = {}): Quota {
  return makeQuota({ id: 'session', label: 'Session', kind: 'window', ...ratiosFromRemaining(0.5), ...facts })
}

type Read = (credential: Credential, host: ProviderHost) => Promise<Reading>

/** A provider whose `read` the test decides; by default it sends one request and maps the status as real ones do. */
export function testProvider(facts: Partial<Provider> & { readonly read?: Read } = {}): Provider {
  return {
    id: 'claude',
    title: 'Claude',
    settings: { parse: () => ({}) },
    sources: ['claude-code', 'opencode', 'env'],
    hosts: ['api.example.com'],
    intervalSeconds: 300,
    floorSeconds: 300,
    auth: 'bearer',
    signIn: 'Run claude.',
    read: async (_credential, host) => readUsage(host),
    ...facts,
  }
}

async function readUsage(host: ProviderHost): Promise<Reading> {
  const reply = await host.request({
    method: 'GET',
    url: 'https://api.example.com/usage',
    headers: { authorization: `Bearer ${host.access.reveal()}` },
    endpoint: 'usage',
  })
  return readingFrom(reply)
}

export function readingFrom(reply: HttpReply): Reading {
  const { status } = reply
  const code =
    status === 401
      ? 'credential_expired'
      : status === 403
        ? 'forbidden'
        : status === 429
          ? 'rate_limited'
          : status >= 500
            ? 'upstream_unavailable'
            : null
  if (code !== null)
    throw new QuotaError({ code, message: `Answered ${status}.`, httpStatus: status, endpoint: 'usage' })
  const used = Number(reply.body)
  return testReading({ quotas: [testQuota({ ...ratiosFromRemaining(Number.isFinite(used) ? 1 - used : null) })] })
}

export function testReply(facts: Partial<HttpReply> = {}): HttpReply {
  return { status: 200, headers: {}, body: '0.5', host: 'api.example.com', at: epochMs(0), ...facts }
}

/** Answers requests as the test says and remembers them. */
export function testSend(answer: (request: HttpRequest) => HttpReply | Promise<HttpReply> = () => testReply()): {
  readonly send: SendHttp
  readonly requests: HttpRequest[]
} {
  const requests: HttpRequest[] = []
  return {
    requests,
    send: (request) => {
      requests.push(request)
      return Promise.resolve().then(() => answer(request))
    },
  }
}

export interface TestStore extends CredentialStore {
  /** What `discover` finds from now on. */
  set(credentials: readonly Credential[]): void
  /** Says that a file has changed. */
  change(): void
  watchers(): number
  /** What `renew` gives; null: no other token. */
  renewal: Secret | null
  renewals: number
  discovers: number
  onAccess: ((credential: Credential) => Secret | Promise<Secret>) | null
  onDiscover: (() => Promise<void>) | null
}

export function testStore(initial: readonly Credential[] = []): TestStore {
  const watchers = new Set<() => void>()
  let credentials = initial
  const store: TestStore = {
    renewal: null,
    renewals: 0,
    discovers: 0,
    onAccess: null,
    onDiscover: null,
    set: (next) => {
      credentials = next
    },
    change: () => {
      for (const watcher of [...watchers]) watcher()
    },
    watchers: () => watchers.size,
    discover: async (): Promise<Discovery> => {
      store.discovers += 1
      const found = credentials
      await store.onDiscover?.()
      return { credentials: found, reports: [] }
    },
    access: async (credential) =>
      store.onAccess ? store.onAccess(credential) : (credential.secrets.accessToken ?? new Secret('fake')),
    renew: async () => {
      store.renewals += 1
      return store.renewal
    },
    watch: (onChange) => {
      watchers.add(onChange)
      return () => watchers.delete(onChange)
    },
  }
  return store
}

export interface TestLog extends Log {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: LogFields }[]
}

export function testLog(): TestLog {
  const lines: TestLog['lines'] = []
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields })
    }
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** A file in memory; `content` is what a process that starts now would read. */
export interface TestFile extends JsonFile {
  content: unknown
  writes: number
}

export function testFile(content: unknown = null): TestFile {
  const file: TestFile = {
    content,
    writes: 0,
    read: async () => structuredClone(file.content),
    write: async (value) => {
      file.writes += 1
      // Through text, as a disk would: what JSON drops is dropped.
      file.content = JSON.parse(JSON.stringify(value))
    },
  }
  return file
}

export function testAccount(facts: Partial<Account> = {}): Account {
  return {
    id: 'claude/ada',
    provider: 'claude',
    name: 'ada',
    email: null,
    source: 'claude-code',
    sources: ['claude-code'],
    enabled: true,
    active: false,
    activeFor: [],
    ...facts,
  }
}
