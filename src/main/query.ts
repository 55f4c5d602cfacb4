import { runAttempt } from '../collector/attempt.ts'
import { createCooldowns } from '../collector/cooldowns.ts'
import { buildRoster, type RosterAccount } from '../collector/roster.ts'
import { createClockSkew } from '../collector/skew.ts'
import { createSlots } from '../collector/slots.ts'
import { type Config, toPollingSettings } from '../config/load.ts'
import { brokenLoginSentence, brokenLogins } from '../format/broken-login.ts'
import { AppError, type QueryAnswer, type QueryOptions } from '../model/app.ts'
import type { SourceReport } from '../model/credential.ts'
import type { Log } from '../model/ports.ts'
import { QuotaError } from '../model/problem.ts'
import type { LocalHost, Provider } from '../model/provider.ts'
import { type Reading, UNKNOWN_IDENTITY } from '../model/reading.ts'
import type { Secret } from '../model/secret.ts'
import { random } from '../platform/process.ts'
import { jsonFile } from '../platform/store.ts'
import { providers } from '../providers/registry.ts'
import type { Context } from './context.ts'
import { openLocalHost } from './local-host.ts'
import { masker, secretsOf } from './mask.ts'
import { openCredentialPorts, openStore, openWayOut, sourceEnvironment } from './parts.ts'
import { isLocalWord, LOCAL_WORDS, type LocalQuery, type LocalWord, queryAgy, queryLocal } from './query-local.ts'

export interface QueryDeps {
  readonly context: Context
  readonly config: Config
  readonly log: Log
  readonly version: string
  /** Default: this machine's. */
  readonly local?: LocalHost
}

/**
 * The answers behind one word of `query` as they came, secrets masked. `all` goes on past failures: what cannot be
 * asked is an answer with its problem.
 */
export async function queryAnswers(deps: QueryDeps, options: QueryOptions): Promise<readonly QueryAnswer[]> {
  const { source } = options
  const ports = openCredentialPorts(deps.context, deps.log, { keychain: options.keychain })
  const store = openStore(deps.context, deps.log, ports)
  const secrets = new Set<string>()
  const mask = options.showSecrets ? (value: unknown): unknown => value : masker(secrets)
  const found = store.discover().then((discovery) => {
    for (const secret of secretsOf(discovery.credentials)) secrets.add(secret)
    return discovery
  })
  const local: LocalQuery = {
    environment: sourceEnvironment(deps.context),
    ports,
    local: deps.local ?? openLocalHost(deps.context),
    now: deps.context.clock.now(),
    credentials: async () => (await found).credentials,
    options,
    mask,
  }
  const { reports } = await found
  if (isLocalWord(source)) return [await queryLocal(source, local)]
  const asked = await askProviders(deps, { store, wanted: providersOf(source), local, secrets })
  const broken = withBrokenLogin(asked, providersOf(source), reports)
  if (source === 'antigravity') return [...asked, ...broken, ...(await agyAnswer(local))]
  if (source !== 'all') return [...asked, ...broken]
  const locals = await Promise.all(LOCAL_WORDS.map((word) => settle(word, queryLocal(word, local))))
  return [...asked, ...broken, ...withoutLogin([...asked, ...broken]), ...locals]
}

/** The registered providers that a source word names. */
function providersOf(source: string): readonly Provider[] {
  if (source === 'all') return providers.filter((provider) => provider.query !== undefined)
  const provider = providers.find((one) => one.id === source)
  if (provider?.query !== undefined) return [provider]
  const known = [...providers.filter((one) => one.query !== undefined).map((one) => one.id), ...LOCAL_WORDS]
  throw new AppError(4, 'unknown_source', `There is nothing to query at ${source}.`, `Known: ${known.join(', ')}, all.`)
}

/** Providers without a login that can be used, where one may lie in a place that cannot be read. */
function withBrokenLogin(
  asked: readonly QueryAnswer[],
  wanted: readonly Provider[],
  reports: readonly SourceReport[],
): readonly QueryAnswer[] {
  const answered = new Set(asked.map((answer) => answer.source))
  return wanted
    .filter(({ id }) => !answered.has(id))
    .flatMap(({ id }) =>
      brokenLogins(reports, { provider: id, providers: wanted, accounts: [] }).map((report) => {
        const problem = { code: 'credential_unreadable', message: brokenLoginSentence(report), hint: null }
        return { source: id, account: null, answer: null, problem }
      }),
    )
}

/** Providers of `all` that nobody is signed in to. */
function withoutLogin(asked: readonly QueryAnswer[]): readonly QueryAnswer[] {
  const answered = new Set(asked.map((answer) => answer.source))
  return providersOf('all')
    .filter(({ id }) => !answered.has(id))
    .map(({ id, title, signIn }) => {
      const problem = { code: 'signed_out', message: `No login for ${title} was found.`, hint: signIn }
      return { source: id, account: null, answer: null, problem }
    })
}

async function settle(word: LocalWord, answer: Promise<QueryAnswer>): Promise<QueryAnswer> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { code, message, hint } = error
    return { source: word, account: null, answer: null, problem: { code, message, hint } }
  }
}

/** What `agy` says of its own account; nothing where it is not installed. */
async function agyAnswer(local: LocalQuery): Promise<readonly QueryAnswer[]> {
  const base = { source: 'antigravity', account: null }
  try {
    const agy = await queryAgy(local)
    return agy === null ? [] : [{ ...base, answer: { agy }, problem: null }]
  } catch (error) {
    if (!(error instanceof QuotaError)) throw error
    return [{ ...base, answer: null, problem: { code: error.code, message: error.message, hint: error.hint } }]
  }
}

interface Asking {
  readonly store: ReturnType<typeof openStore>
  readonly wanted: readonly Provider[]
  readonly local: LocalQuery
  /** Grows by every token that is sent. */
  readonly secrets: Set<string>
}

/** The same road as a poll (deadline, cooldowns, allowed hosts, 401 rule), but nothing is kept. */
async function askProviders(
  deps: QueryDeps,
  { store, wanted, local, secrets }: Asking,
): Promise<readonly QueryAnswer[]> {
  const settings = toPollingSettings(deps.config)
  // `query gemini-cli` asks for the Antigravity accounts too: the same Google account has both allowances.
  const providerSettings = { ...settings.providerSettings, 'gemini-cli': geminiWithTwins(settings.providerSettings) }
  const roster = buildRoster({
    credentials: await local.credentials(),
    providers: wanted,
    settings: { disabledProviders: new Set(), providerSettings },
    known: () => null,
    now: local.now,
  })
  const attempt = attemptParts(deps, store, settings)
  const sent = (secret: Secret): void => {
    if (secret.reveal() !== '') secrets.add(secret.reveal())
  }
  const parts = { ...attempt, local: local.local, sent }
  const answers = await Promise.all(roster.map((entry) => queryOne(entry, wanted, parts, local.mask)))
  await attempt.cooldowns.flush()
  return answers
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
  readonly local: LocalHost
  /** Told every token that is about to be sent: one that was fetched a moment ago is in no file. */
  readonly sent: (secret: Secret) => void
}

/** Only the raw answers are of interest here. */
const NOTHING_READ: Reading = {
  identity: UNKNOWN_IDENTITY,
  plan: null,
  quotas: [],
  notes: [],
  observedAt: null,
  via: '',
}

async function queryOne(
  entry: RosterAccount,
  wanted: readonly Provider[],
  parts: AttemptParts,
  mask: (value: unknown) => unknown,
): Promise<QueryAnswer> {
  const provider = wanted.find((one) => one.id === entry.account.provider)
  const answer: { raw: unknown } = { raw: null }
  const { owner } = provider ?? {}
  const asking: Provider = {
    ...(provider as Provider),
    ...(owner && {
      owner: {
        async ask(credential, host) {
          const answers = await owner.ask(credential, host)
          answer.raw = answers
          return answers
        },
        parse: () => NOTHING_READ,
      },
    }),
    read: async (credential, host) => {
      parts.sent(host.access)
      answer.raw = await provider?.query?.(credential, host)
      return NOTHING_READ
    },
  }
  const outcome = await runAttempt(
    parts,
    { account: entry.account.id, provider: asking, credentials: entry.credentials, byHand: true },
    new AbortController().signal,
  )
  const base = { source: entry.account.provider, account: entry.account.id }
  if (outcome.kind === 'read') return { ...base, answer: mask(answer.raw), problem: null }
  if (outcome.kind === 'dropped') return { ...base, answer: null, problem: null }
  const { code, message, hint } = outcome.error
  return { ...base, answer: null, problem: { code, message, hint } }
}
