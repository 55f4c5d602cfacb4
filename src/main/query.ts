import { runAttempt } from '../collector/attempt.ts'
import { createCooldowns } from '../collector/cooldowns.ts'
import { buildRoster, type RosterAccount } from '../collector/roster.ts'
import { createClockSkew } from '../collector/skew.ts'
import { createSlots } from '../collector/slots.ts'
import { type Config, toPollingSettings } from '../config/load.ts'
import { AppError, type QueryAnswer, type QueryOptions } from '../model/app.ts'
import type { Credential } from '../model/credential.ts'
import type { Log } from '../model/ports.ts'
import type { Provider } from '../model/provider.ts'
import { UNKNOWN_IDENTITY } from '../model/reading.ts'
import { maskSecret, type Secret } from '../model/secret.ts'
import { random } from '../platform/process.ts'
import { jsonFile } from '../platform/store.ts'
import { providers } from '../providers/registry.ts'
import type { Context } from './context.ts'
import { openStore, openWayOut } from './parts.ts'

export interface QueryDeps {
  readonly context: Context
  readonly config: Config
  readonly log: Log
  readonly version: string
}

/**
 * Asks the services behind one word of `query` and gives their answers as they came, secrets masked. The same road as
 * a poll (deadline, cooldowns, allowed hosts, 401 rule), but nothing is kept.
 */
export async function queryAnswers(deps: QueryDeps, options: QueryOptions): Promise<readonly QueryAnswer[]> {
  const wanted = providersOf(options.source)
  const { context, config, log } = deps
  const store = openStore(context, log)
  const settings = toPollingSettings(config)
  const { credentials } = await store.discover()
  // `query gemini-cli` asks for the Antigravity accounts too: the same Google account has both allowances.
  const providerSettings = { ...settings.providerSettings, 'gemini-cli': geminiWithTwins(settings.providerSettings) }
  const roster = buildRoster({
    credentials,
    providers: wanted,
    settings: { disabledProviders: new Set(), providerSettings },
    known: () => null,
    now: context.clock.now(),
  })
  const attempt = attemptParts(deps, store, settings)
  const secrets = new Set(secretsOf(credentials))
  const mask = options.showSecrets ? (value: unknown): unknown => value : masker(secrets)
  const parts = { ...attempt, sent: (secret: Secret) => void secrets.add(secret.reveal()) }
  const answers = await Promise.all(roster.map((entry) => queryOne(entry, wanted, parts, mask)))
  await attempt.cooldowns.flush()
  return answers
}

/** The registered providers that a source word names. */
function providersOf(source: string): readonly Provider[] {
  if (source === 'all') return providers.filter((provider) => provider.query !== undefined)
  const provider = providers.find((one) => one.id === source)
  if (provider?.query !== undefined) return [provider]
  const known = providers.filter((one) => one.query !== undefined).map((one) => one.id)
  throw new AppError(4, 'unknown_source', `There is nothing to query at ${source}.`, `Known: ${known.join(', ')}, all.`)
}

function geminiWithTwins(settings: Readonly<Record<string, unknown>>): unknown {
  const own = settings['gemini-cli']
  return { ...(typeof own === 'object' ? own : {}), antigravity_accounts: true }
}

function attemptParts(
  { context, log, version }: QueryDeps,
  store: ReturnType<typeof openStore>,
  settings: ReturnType<typeof toPollingSettings>,
) {
  const { clock, paths } = context
  return {
    clock,
    log,
    send: openWayOut(context, log),
    store,
    cooldowns: createCooldowns({
      file: jsonFile(paths.cooldowns, clock),
      clock,
      random,
      log,
      settings: () => settings,
    }),
    hostSlots: createSlots({ total: () => settings.concurrency, perKey: () => settings.perHost }),
    skew: createClockSkew(log),
    settings: () => settings,
    tokenHosts: ['oauth2.googleapis.com'],
    version,
    platform: { os: process.platform, arch: process.arch },
  }
}

interface AttemptParts extends ReturnType<typeof attemptParts> {
  /** Told every token that is about to be sent: one that was fetched a moment ago is in no file. */
  readonly sent: (secret: Secret) => void
}

async function queryOne(
  entry: RosterAccount,
  wanted: readonly Provider[],
  parts: AttemptParts,
  mask: (value: unknown) => unknown,
): Promise<QueryAnswer> {
  const provider = wanted.find((one) => one.id === entry.account.provider)
  const answer: { raw: unknown } = { raw: null }
  const asking: Provider = {
    ...(provider as Provider),
    read: async (credential, host) => {
      parts.sent(host.access)
      answer.raw = await provider?.query?.(credential, host)
      return { identity: UNKNOWN_IDENTITY, plan: null, quotas: [], notes: [], observedAt: null, via: '' }
    },
  }
  const outcome = await runAttempt(
    parts,
    { account: entry.account.id, provider: asking, credentials: entry.credentials },
    new AbortController().signal,
  )
  const base = { source: entry.account.provider, account: entry.account.id }
  if (outcome.kind === 'read') return { ...base, answer: mask(answer.raw), problem: null }
  if (outcome.kind === 'dropped') return { ...base, answer: null, problem: null }
  const { code, message, hint } = outcome.error
  return { ...base, answer: null, problem: { code, message, hint } }
}

const SECRET_NAME = /token(?!_?type)|secret|password|api_?key|authorization|refresh|cookie/i

/** A shorter text is found by chance; no service has tokens of that length. */
const SHORTEST_SECRET = 8

function secretsOf(credentials: readonly Credential[]): readonly string[] {
  return credentials.flatMap(({ secrets }) =>
    [secrets.accessToken, secrets.refreshToken, secrets.apiKey].flatMap((secret) =>
      secret === null ? [] : [secret.reveal()],
    ),
  )
}

/**
 * Masks each of our secrets wherever it stands in a text (a service may quote what it was sent), and every text under
 * a name that speaks of one. `secrets` may still grow.
 */
function masker(secrets: ReadonlySet<string>): (value: unknown) => unknown {
  const maskText = (text: string): string => {
    let masked = text
    for (const secret of secrets) {
      if (secret.length >= SHORTEST_SECRET) masked = masked.replaceAll(secret, maskSecret(secret))
    }
    return masked
  }
  const mask = (value: unknown, name: string): unknown => {
    if (typeof value === 'string') return SECRET_NAME.test(name) ? maskSecret(value) : maskText(value)
    if (Array.isArray(value)) return value.map((element) => mask(element, name))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [maskText(key), mask(inner, key)]))
  }
  return (value) => mask(value, '')
}
