/** Alerts with everything real but the clock, the services and the receivers. */
import { onTestFinished } from 'vitest'
import { type FakeClock, fakeClock } from '../../test/helpers/fake-clock.ts'
import { aProblem, aState, aWindow, NOW } from '../../test/helpers/states.ts'
import { instantText } from '../format/instant.ts'
import { openHistory } from '../history/open.ts'
import { temporaryPath } from '../history/testing.ts'
import {
  type AccountState,
  type Alert,
  type AlertRule,
  type AlertSettings,
  type ChannelSettings,
  DEFAULT_RULES,
  type Forecast,
  type HistoryStore,
  type Log,
  type LogFields,
  type ProblemCode,
  plusMs,
  type Quota,
} from '../model/index.ts'
import { type ChannelPorts, DeliveryError, type PostRequest } from './channels/channel.ts'
import { createAlerts, type RunningAlerts } from './service.ts'

export function aRule(facts: Partial<AlertRule> & Pick<AlertRule, 'when'>): AlertRule {
  return {
    name: facts.when.kind,
    for: { kind: 'readings', count: 1 },
    notify: ['ops'],
    provider: ['*'],
    account: ['*'],
    quota: ['*'],
    kind: ['*'],
    severity: 'warning',
    ...facts,
  }
}

export const WEBHOOK: ChannelSettings = { type: 'webhook', url: 'http://127.0.0.1:9/hook' }
export const NTFY: ChannelSettings = { type: 'ntfy', url: 'http://127.0.0.1:9/topic' }

export interface WorldFacts {
  readonly rules?: readonly AlertRule[]
  readonly channels?: Readonly<Record<string, ChannelSettings>>
  readonly deadMan?: AlertSettings['deadMan']
  readonly path?: string
  readonly clock?: FakeClock
  readonly ports?: Partial<ChannelPorts>
  readonly minuteOf?: (at: number) => number
  readonly shown?: (account: string) => string
  readonly hide?: (text: string) => string
  readonly accounts?: Map<string, AccountState>
}

/** What a receiver got. */
interface Received {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Alert & { readonly message: string; readonly alerts?: readonly Alert[] }
}

export interface World {
  readonly clock: FakeClock
  readonly history: HistoryStore
  readonly alerts: RunningAlerts
  readonly received: Received[]
  readonly published: Alert[]
  readonly logged: { readonly message: string; readonly fields: LogFields | undefined }[]
  readonly counts: Map<string, number>
  readonly accounts: Map<string, AccountState>
  /** How the receiver behaves; default: takes everything. */
  answer: (request: PostRequest, signal: AbortSignal) => Promise<{ status: number }>
  forecast: Forecast | null
  settings: AlertSettings
  /** The account is read now, with these quotas. */
  read(id: string, quotas: readonly Quota[], more?: Partial<AccountState>): Promise<void>
  /** The account cannot be read now. */
  fail(id: string, code: ProblemCode): Promise<void>
  /** Time passes and everything that is due happens. */
  pass(ms: number): Promise<void>
  /** As after a kill: the file is opened anew, nothing in memory is left. */
  restarted(more?: WorldFacts): World
}

export function aWorld(facts: WorldFacts = {}): World {
  const time = facts.clock ?? fakeClock(NOW)
  const { clock } = time
  const path = facts.path ?? temporaryPath()
  const history = openHistory({ path, clock, log: SILENT })
  const accounts = facts.accounts ?? new Map<string, AccountState>()
  const logged: World['logged'] = []
  const write = (message: string, fields?: LogFields): void => void logged.push({ message, fields })
  const world: World = {
    clock: time,
    history,
    accounts,
    received: [],
    published: [],
    logged,
    counts: new Map(),
    answer: async () => ({ status: 200 }),
    forecast: null,
    settings: {
      rules: facts.rules ?? [],
      channels: facts.channels ?? { ops: WEBHOOK },
      deadMan: facts.deadMan ?? null,
    },
    alerts: createAlerts({
      clock,
      random: () => 0,
      log: { debug: write, info: write, warn: write, error: write },
      history,
      settings: () => world.settings,
      rules: () => DEFAULT_RULES,
      sources: { board: () => ({ accounts: [...accounts.values()] }), forecast: () => world.forecast },
      ports: { ...portsOf(() => world), ...facts.ports },
      instant: instantText('UTC'),
      minuteOf: facts.minuteOf ?? (() => 12 * 60),
      shown: facts.shown ?? ((account) => account),
      hide: facts.hide ?? ((text) => text),
      publish: (alert) => void world.published.push(alert),
      counted: (event, channel, outcome) => {
        const key = `${event}/${channel}/${outcome}`
        world.counts.set(key, (world.counts.get(key) ?? 0) + 1)
      },
      link: () => null,
    }),
    read: (id, quotas, more = {}) => record(world, stateOf(id, world, { quotas, ...more })),
    fail: (id, code) => {
      const last = accounts.get(id) ?? stateOf(id, world, { observedAt: null, reading: null })
      const attempt = { at: clock.now(), tookMs: 5, problem: aProblem(code, { since: clock.now() }) }
      return record(world, { ...last, attempt })
    },
    pass: (ms) => time.advance(ms),
    restarted(more = {}) {
      // No stop, no close: a killed program does neither. Only the timers of the old one must not fire any more.
      return aWorld({ ...facts, path, clock: fakeClock(clock.now()), accounts, ...more })
    },
  }
  world.alerts.start()
  onTestFinished(() => world.alerts.stop())
  return world
}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }

function stateOf(id: string, world: World, facts: Parameters<typeof aState>[0] & object): AccountState {
  const [provider = '', name = ''] = id.split('/')
  const now = world.clock.clock.now()
  return aState({
    account: { provider, name },
    observedAt: now,
    attempt: { at: now, tookMs: 5, problem: null },
    nextPollAt: plusMs(now, 300_000),
    ...facts,
  })
}

/** As main connects it: inside the transaction that records the attempt, then the board, then the rest. */
async function record(world: World, after: AccountState): Promise<void> {
  const { history, alerts, accounts, clock } = world
  const { account, attempt, reading, observedAt } = after
  const isRead = attempt?.problem === null && reading !== null
  history.record(
    {
      at: clock.clock.now(),
      account,
      reading: isRead ? { notes: [], quotas: reading.quotas.filter((quota) => quota.observedAt === null) } : null,
      observedAt: isRead ? observedAt : null,
      problem: attempt?.problem?.code ?? null,
    },
    (tx) => alerts.onAttempt({ before: accounts.get(account.id) ?? null, after }, tx),
  )
  accounts.set(account.id, after)
  alerts.committed()
  await clock.advance(0)
}

function portsOf(world: () => World): ChannelPorts {
  return {
    platform: 'linux',
    readSecret: async () => 'fake-secret-for-tests',
    run: async () => ({ kind: 'missing' }),
    appendLine: async () => undefined,
    async send(request, signal) {
      const { status } = await world().answer(request, signal)
      if (status < 200 || status >= 300) return { status, headers: {}, body: '' }
      const body: Received['body'] = request.body === '' ? null : JSON.parse(request.body)
      world().received.push({ url: request.url, headers: request.headers, body })
      return { status, headers: {}, body: '' }
    },
  }
}

/** A receiver that nobody can reach. */
export const UNREACHABLE = async (): Promise<never> => {
  throw new DeliveryError('127.0.0.1:9 could not be reached (ECONNREFUSED).')
}

/** A five-hour window that resets in three hours from `NOW`. */
export function left(share: number | null, more: Partial<Quota> = {}): Quota {
  return aWindow('session', share, { label: 'Session', windowSeconds: 18_000, ...more })
}
