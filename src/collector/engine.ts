import type { Credential, SourceReport } from '../model/credential.ts'
import { toAccountsDocument } from '../model/document.ts'
import type { Engine, FetchObserver } from '../model/engine.ts'
import type { Clock, CredentialStore, JsonFile, Log, Random, SendHttp, Timer } from '../model/ports.ts'
import type { Provider, ProviderHost } from '../model/provider.ts'
import type { PollingSettings, Rules } from '../model/settings.ts'
import { MINUTE_MS, SECOND_MS } from '../model/time.ts'
import { type Accounts, createAccounts } from './accounts.ts'
import { type BoardStore, createBoardStore } from './board.ts'
import { createBoardFile } from './board-file.ts'
import { createCooldowns } from './cooldowns.ts'
import { createDiscoverer } from './discoverer.ts'
import { describeFault } from './faults.ts'
import { createLeapWatch, type Leap, TICK_MS } from './leap.ts'
import { createMemory } from './memory.ts'
import { type NetworkState, networkStateOf } from './network-state.ts'
import type { Poller } from './poller.ts'
import { createPolling, type Polling } from './polling.ts'
import { createRefresh } from './refresh.ts'
import { restoreStates, shiftState } from './restore.ts'
import { delayAfterRead, intervalOf, wakeDelay } from './schedule.ts'
import { createClockSkew } from './skew.ts'
import { createSlots } from './slots.ts'

export interface EngineOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly send: SendHttp
  readonly store: CredentialStore
  readonly providers: readonly Provider[]
  readonly settings: PollingSettings
  readonly rules: () => Rules
  readonly files: EngineFiles
  readonly observer: FetchObserver
  readonly version: string
  readonly platform: ProviderHost['platform']
  /** Hosts that renewing a login may ask beside the provider's own. Default: Google's token endpoint. */
  readonly tokenHosts?: readonly string[]
}

export interface EngineFiles {
  /** The last readings: the document of contracts section 4.1. */
  readonly board: JsonFile
  readonly cooldowns: JsonFile
  /** Who each login was found to be, so that names stay the same. */
  readonly logins: JsonFile
}

/** The engine with its life. Use either `start` (a daemon) or `openOnce` (one command), once, and `stop` at the end. */
export interface RunningEngine extends Engine {
  /** Restores the last readings, finds the accounts, polls each on its own schedule and follows the login files. */
  start(): Promise<void>
  /** Restores and finds the accounts, schedules nothing: `refresh` does the asking. */
  openOnce(): Promise<void>
  /** No new attempt, running ones are ended, files are written; within 5 s. */
  stop(): Promise<void>
  /** New settings count at once. */
  reconfigure(settings: PollingSettings): void
  networkState(): NetworkState
  /** How far the services' clocks are ahead of ours, in milliseconds; 0 when they agree. */
  clockSkewMs(): number
}

const LEAST_SETTLE_MS = 3 * SECOND_MS
const RESCAN_MS = MINUTE_MS
const LONGEST_WAIT_FOR_ATTEMPTS_MS = 2 * SECOND_MS
const LONGEST_WAIT_FOR_FILES_MS = 2 * SECOND_MS

export function createEngine(options: EngineOptions): RunningEngine {
  const { clock, random, log, store } = options
  let settings = options.settings
  let life: 'new' | 'once' | 'live' | 'stopped' = 'new'
  let reports: readonly SourceReport[] = []
  let credentials: readonly Credential[] = []
  let unwatch = (): void => undefined
  const timers = new Map<string, Timer>()

  const currentSettings = (): PollingSettings => settings
  const board = createBoardStore(clock, log)
  const memory = createMemory(options.files.logins, log)
  const cooldowns = createCooldowns({ clock, random, log, file: options.files.cooldowns, settings: currentSettings })
  const skew = createClockSkew(log)
  const findLeap = createLeapWatch(clock)
  const boardFile = createBoardFile({
    file: options.files.board,
    clock,
    log,
    document: () => toAccountsDocument(board.board(), clock.now(), options.rules()),
  })
  board.subscribe(() => boardFile.changed())

  const polling: Polling = createPolling({
    ...options,
    tokenHosts: options.tokenHosts ?? ['oauth2.googleapis.com'],
    settings: currentSettings,
    board,
    memory,
    cooldowns,
    skew,
    hostSlots: createSlots({ total: () => Number.POSITIVE_INFINITY, perKey: () => settings.perHost }),
    attemptSlots: createSlots({ total: () => settings.concurrency, perKey: () => settings.perHost }),
    isLive: () => life === 'live',
    isStopped: () => life === 'stopped',
    leapt: () => handleLeap(findLeap()),
    regroup: (credential) => {
      accounts.regroup(credentials)
      return accounts.pollerOf(credential)
    },
  })
  const accounts: Accounts = createAccounts({ ...options, settings: currentSettings, board, memory, polling })

  const discoverer = createDiscoverer(store, log, (discovery) => {
    if (life === 'stopped') return
    reports = discovery.reports
    credentials = discovery.credentials
    accounts.regroup(credentials)
    void memory.save()
  })

  function handleLeap(leap: Leap | null): boolean {
    if (leap === null || life !== 'live') return false
    log.info('The clock has leapt; every poll is planned anew.', { kind: leap.kind, bySeconds: leap.byMs / SECOND_MS })
    if (leap.kind === 'back') {
      // Ages count, not instants: what was read a minute ago is still a minute old.
      board.commit({ set: board.board().accounts.map((state) => shiftState(state, leap.byMs)) })
      return false
    }
    polling.expectRoughStart()
    for (const poller of accounts.pollers.values()) planAfterWake(poller, leap.byMs)
    board.reconsider()
    return true
  }

  /** What fell due in the sleep is spread over a minute; the rest keeps its plan, less the time that has passed. */
  function planAfterWake(poller: Poller, sleptMs: number): void {
    poller.running?.abort.abort()
    if (!poller.entry.account.enabled) return
    const monotonic = clock.monotonicMs()
    const planned = (poller.dueAt ?? monotonic) - monotonic
    // A plan that is close anyway stays: else a machine that naps often would put a poll off for ever.
    const soon = planned > LEAST_SETTLE_MS ? Math.min(planned, wakeDelay(random)) : wakeDelay(random)
    const delay = Math.max(planned - sleptMs, soon, poller.notBefore - monotonic)
    const nextPollAt = polling.plan(poller, delay)
    const state = board.get(poller.entry.account.id)
    if (state) board.commit({ set: [{ ...state, nextPollAt }] })
  }

  /** Runs for as long as the engine lives; a failing round never ends the rounds. */
  function every(name: string, ms: number, run: () => void): void {
    const next = (): void => {
      if (life !== 'live') return
      timers.set(name, clock.after(ms, next))
      try {
        run()
      } catch (thrown) {
        log.error('A regular task failed.', { task: name, ...describeFault(thrown) })
      }
    }
    timers.set(name, clock.after(ms, next))
  }

  async function open(next: 'once' | 'live'): Promise<void> {
    if (life !== 'new') throw new Error('an engine is opened once')
    await Promise.all([memory.load(), cooldowns.sync(), restore()])
    life = next
    await discoverer.look()
  }

  async function restore(): Promise<void> {
    const content: unknown = await options.files.board.read().catch(() => undefined)
    const { states, damaged } = restoreStates(content, clock.now())
    if (damaged) log.warn('The file of the last readings is damaged; what could not be read is fetched anew.')
    accounts.takeRestored(states)
  }

  async function stop(): Promise<void> {
    if (life === 'stopped') return
    life = 'stopped'
    unwatch()
    board.stop()
    for (const timer of timers.values()) timer.cancel()
    const running = [...accounts.pollers.values()].flatMap((poller) => {
      polling.cancel(poller)
      poller.running?.abort.abort()
      return poller.running?.promise ?? []
    })
    await within(clock, LONGEST_WAIT_FOR_ATTEMPTS_MS, Promise.allSettled(running))
    const written = Promise.all([memory.save(), boardFile.flush(), cooldowns.flush()])
    await within(clock, LONGEST_WAIT_FOR_FILES_MS, written)
  }

  return {
    ...surfaceOf(board),
    refresh: createRefresh({
      clock,
      board,
      polling,
      pollers: () => accounts.pollers,
      intervalMs: (provider) => intervalOf(provider, settings),
      lookAgain: () => discoverer.look(),
      isStopped: () => life === 'stopped',
    }),
    sources: () => reports,
    isReady: () => life !== 'new' && discoverer.hasLooked(),
    networkState: () => networkStateOf(board.board()),
    clockSkewMs: () => skew.skewMs(),
    openOnce: () => open('once'),
    start: async () => {
      await open('live')
      board.watchTime()
      every('tick', TICK_MS, () => handleLeap(findLeap()))
      every('rescan', RESCAN_MS, () => void discoverer.look())
      unwatch = store.watch(() => {
        void discoverer.look()
        // A file that has just gone may be about to be replaced; its absence counts only when it lasts.
        timers.get('absence')?.cancel()
        timers.set(
          'absence',
          clock.after(11 * SECOND_MS, () => void discoverer.look()),
        )
      })
    },
    stop,
    reconfigure: (next) => {
      const before = settings
      settings = next
      if (life !== 'live' && life !== 'once') return
      accounts.regroup(credentials)
      for (const poller of accounts.pollers.values()) replan(poller, before)
    },
  }

  /** A changed cadence counts from the last reading on; failures and waits keep their own plan. */
  function replan(poller: Poller, before: PollingSettings): void {
    const { id, provider } = poller.entry.account
    const interval = intervalOf(provider, settings)
    const state = board.get(id)
    if (interval === intervalOf(provider, before) || state?.observedAt == null || poller.failures > 0) return
    const age = Math.max(0, clock.now() - state.observedAt)
    const delay = delayAfterRead(state.reading?.quotas ?? [], clock.now(), interval, random) - age
    const nextPollAt = polling.plan(poller, Math.max(0, delay, poller.notBefore - clock.monotonicMs()))
    board.commit({ set: [{ ...state, nextPollAt }] })
  }
}

function surfaceOf(board: BoardStore): Pick<Engine, 'board' | 'revision' | 'subscribe'> {
  return { board: board.board, revision: board.revision, subscribe: board.subscribe }
}

/** Waits for `work`, but no longer than `ms`. */
async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  let timer: Timer | null = null
  const limit = new Promise<void>((resolve) => {
    timer = clock.after(ms, resolve)
  })
  await Promise.race([work, limit])
  ;(timer as Timer | null)?.cancel()
}
