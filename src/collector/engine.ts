import type { Credential, SourceReport } from '../model/credential.ts'
import { toAccountsDocument } from '../model/document.ts'
import type { AttemptRecorder, Engine, FetchObserver } from '../model/engine.ts'
import type { Clock, CredentialStore, Discovery, JsonFile, Log, Random, SendHttp, Timer } from '../model/ports.ts'
import type { LocalHost, Provider, ProviderHost } from '../model/provider.ts'
import type { PollingSettings, Rules } from '../model/settings.ts'
import { MINUTE_MS, SECOND_MS } from '../model/time.ts'
import { type Accounts, createAccounts } from './accounts.ts'
import { type BoardStore, createBoardStore } from './board.ts'
import { type BoardFile, createBoardFile } from './board-file.ts'
import { type Cooldowns, createCooldowns } from './cooldowns.ts'
import { createDiscoverer, type Discoverer } from './discoverer.ts'
import { describeFault } from './faults.ts'
import { createLeapWatch, type Leap, TICK_MS } from './leap.ts'
import { createMemory, type Memory } from './memory.ts'
import { type NetworkState, networkStateOf } from './network-state.ts'
import type { Poller } from './poller.ts'
import { createPolling, type Polling, type PollingDeps } from './polling.ts'
import { createRefresh, type Refresh } from './refresh.ts'
import { restoreStates, shiftState } from './restore.ts'
import { delayAfterRead, intervalOf, wakeDelay } from './schedule.ts'
import { type ClockSkew, createClockSkew } from './skew.ts'
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
  /** Default: nothing is written down. */
  readonly recorder?: AttemptRecorder
  readonly version: string
  readonly platform: ProviderHost['platform']
  /** Hosts that renewing a login may ask beside the provider's own. Default: Google's token endpoint. */
  readonly tokenHosts?: readonly string[]
  /** This machine's programs. Default: none is asked. */
  readonly local?: LocalHost
  /** What owners' programs have handed over for a provider, as it was kept: readings that need no request. */
  readonly handed?: (provider: Provider['id']) => Promise<unknown>
}

interface EngineFiles {
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
/** A missing login file counts as gone after ten seconds and a second look. */
const ABSENCE_LASTS_MS = 11 * SECOND_MS
const RESCAN_MS = MINUTE_MS
const LONGEST_WAIT_FOR_ATTEMPTS_MS = 2 * SECOND_MS
const LONGEST_WAIT_FOR_FILES_MS = 2 * SECOND_MS

export function createEngine(options: EngineOptions): RunningEngine {
  const life = new EngineLife(options)
  return {
    board: () => life.board.board(),
    revision: () => life.board.revision(),
    subscribe: (listener) => life.board.subscribe(listener),
    refresh: (accounts, refreshOptions) => life.refresh(accounts, refreshOptions),
    sources: () => life.sources(),
    isReady: () => life.isReady(),
    networkState: () => networkStateOf(life.board.board()),
    clockSkewMs: () => life.skew.skewMs(),
    openOnce: () => life.open('once'),
    start: () => life.start(),
    stop: () => life.stop(),
    reconfigure: (settings) => life.reconfigure(settings),
  }
}

class EngineLife {
  readonly board: BoardStore
  readonly skew: ClockSkew
  readonly refresh: Refresh
  readonly #options: EngineOptions
  readonly #memory: Memory
  readonly #cooldowns: Cooldowns
  readonly #boardFile: BoardFile
  readonly #polling: Polling
  readonly #accounts: Accounts
  readonly #discoverer: Discoverer
  readonly #findLeap: () => Leap | null
  readonly #timers = new Map<string, Timer>()
  #settings: PollingSettings
  #life: 'new' | 'once' | 'live' | 'stopped' = 'new'
  #reports: readonly SourceReport[] = []
  #credentials: readonly Credential[] = []
  /** Ids of the accounts that an earlier process has left. */
  #restored: readonly string[] = []
  #unwatch = (): void => undefined

  constructor(options: EngineOptions) {
    const { clock, log, files, store } = options
    const settings = (): PollingSettings => this.#settings
    this.#options = options
    this.#settings = options.settings
    this.board = createBoardStore(clock, log)
    this.skew = createClockSkew(log)
    this.#memory = createMemory(files.logins, log)
    this.#cooldowns = createCooldowns({ ...options, file: files.cooldowns, settings })
    this.#findLeap = createLeapWatch(clock)
    const document = () => toAccountsDocument(this.board.board(), clock.now(), options.rules())
    this.#boardFile = createBoardFile({ file: files.board, clock, log, document })
    this.board.subscribe(() => this.#boardFile.changed())
    this.#polling = createPolling(this.#pollingDeps())
    const { board } = this
    this.#accounts = createAccounts({ ...options, settings, board, memory: this.#memory, polling: this.#polling })
    this.#discoverer = createDiscoverer({
      store,
      log,
      known: () => this.#restored.flatMap((id) => this.#memory.account(id)?.logins ?? []),
      take: (discovery) => this.#take(discovery),
    })
    this.refresh = createRefresh({
      clock,
      board,
      polling: this.#polling,
      pollers: () => this.#accounts.pollers,
      intervalMs: (provider) => intervalOf(provider, this.#settings),
      lookAgain: () => this.#discoverer.look(),
      isStopped: () => this.#isStopped(),
    })
  }

  #pollingDeps(): PollingDeps {
    const perHost = (): number => this.#settings.perHost
    return {
      ...this.#options,
      tokenHosts: this.#options.tokenHosts ?? ['oauth2.googleapis.com'],
      recorder: this.#options.recorder ?? { record: () => undefined },
      settings: () => this.#settings,
      board: this.board,
      memory: this.#memory,
      cooldowns: this.#cooldowns,
      skew: this.skew,
      hostSlots: createSlots({ total: () => Number.POSITIVE_INFINITY, perKey: perHost }),
      // Half as many attempts again as one host takes at once: some of them are at the token host. More would only wait,
      // in places that the other services need when this one hangs.
      attemptSlots: createSlots({ total: () => this.#settings.concurrency, perKey: () => Math.ceil(perHost() * 1.5) }),
      isLive: () => this.#life === 'live',
      isStopped: () => this.#isStopped(),
      leapt: () => this.#handleLeap(this.#findLeap()),
      regroup: (credential) => {
        this.#accounts.regroup(this.#credentials)
        return this.#accounts.pollerOf(credential)
      },
    }
  }

  sources(): readonly SourceReport[] {
    return this.#reports
  }

  isReady(): boolean {
    return this.#life !== 'new' && this.#discoverer.hasLooked()
  }

  async start(): Promise<void> {
    await this.open('live')
    if (this.#isStopped()) return
    this.board.watchTime()
    const look = (): void => void this.#discoverer.look()
    this.#every('tick', TICK_MS, () => this.#handleLeap(this.#findLeap()))
    this.#every('rescan', RESCAN_MS, look)
    this.#unwatch = this.#options.store.watch(() => {
      look()
      // A file that has just gone may be about to be replaced; its absence counts only when it lasts.
      this.#timers.get('absence')?.cancel()
      this.#timers.set('absence', this.#options.clock.after(ABSENCE_LASTS_MS, look))
    })
  }

  reconfigure(settings: PollingSettings): void {
    const before = this.#settings
    this.#settings = settings
    if (this.#life !== 'live' && this.#life !== 'once') return
    this.#accounts.regroup(this.#credentials)
    for (const poller of [...this.#accounts.pollers.values()]) this.#replan(poller, before)
  }

  #take(discovery: Discovery): void {
    if (this.#isStopped()) return
    this.#reports = discovery.reports
    this.#credentials = discovery.credentials
    this.#accounts.regroup(this.#credentials)
    void this.#memory.save()
  }

  #handleLeap(leap: Leap | null): boolean {
    if (leap === null || this.#life !== 'live') return false
    this.#options.log.info('The clock has leapt; every poll is planned anew.', {
      kind: leap.kind,
      bySeconds: leap.byMs / SECOND_MS,
    })
    if (leap.kind === 'back') {
      // Ages count, not instants: what was read a minute ago is still a minute old.
      this.board.commit({ set: this.board.board().accounts.map((state) => shiftState(state, leap.byMs)) })
      return false
    }
    this.#polling.expectRoughStart()
    for (const poller of this.#accounts.pollers.values()) this.#planAfterWake(poller, leap.byMs)
    this.board.reconsider()
    return true
  }

  /** What fell due in the sleep is spread over a minute; the rest keeps its plan, less the time that has passed. */
  #planAfterWake(poller: Poller, sleptMs: number): void {
    poller.running?.abort.abort()
    if (!poller.entry.account.enabled) return
    const monotonic = this.#options.clock.monotonicMs()
    const planned = (poller.dueAt ?? monotonic) - monotonic
    // A plan that is close anyway stays: else a machine that naps often would put a poll off for ever.
    const soon =
      planned > LEAST_SETTLE_MS ? Math.min(planned, wakeDelay(this.#options.random)) : wakeDelay(this.#options.random)
    const delay = Math.max(planned - sleptMs, soon, poller.notBefore - monotonic)
    const nextPollAt = this.#polling.plan(poller, delay)
    const state = this.board.get(poller.entry.account.id)
    if (state) this.board.commit({ set: [{ ...state, nextPollAt }] })
  }

  /** Runs for as long as the engine lives; a failing round never ends the rounds. */
  #every(name: string, ms: number, run: () => void): void {
    const next = (): void => {
      if (this.#life !== 'live') return
      this.#timers.set(name, this.#options.clock.after(ms, next))
      try {
        run()
      } catch (thrown) {
        this.#options.log.error('A regular task failed.', { task: name, ...describeFault(thrown) })
      }
    }
    this.#timers.set(name, this.#options.clock.after(ms, next))
  }

  async open(next: 'once' | 'live'): Promise<void> {
    if (this.#life !== 'new') throw new Error('an engine is opened once')
    await Promise.all([this.#memory.load(), this.#cooldowns.sync(), this.#restore()])
    // Somebody may have stopped it meanwhile.
    if (this.#isStopped()) return
    this.#life = next
    await this.#discoverer.look()
  }

  #isStopped(): boolean {
    return this.#life === 'stopped'
  }

  async #restore(): Promise<void> {
    const content: unknown = await this.#options.files.board.read().catch(() => undefined)
    const { states, damaged } = restoreStates(content, this.#options.clock.now())
    if (damaged)
      this.#options.log.warn('The file of the last readings is damaged; what could not be read is fetched anew.')
    this.#restored = [...states.keys()]
    this.#accounts.takeRestored(states)
  }

  async stop(): Promise<void> {
    if (this.#isStopped()) return
    this.#life = 'stopped'
    this.#unwatch()
    this.board.stop()
    for (const timer of this.#timers.values()) timer.cancel()
    const running = [...this.#accounts.pollers.values()].flatMap((poller) => {
      this.#polling.cancel(poller)
      poller.running?.abort.abort()
      return poller.running?.promise ?? []
    })
    await within(this.#options.clock, LONGEST_WAIT_FOR_ATTEMPTS_MS, Promise.allSettled(running))
    const written = Promise.all([this.#memory.save(), this.#boardFile.flush(), this.#cooldowns.flush()])
    await within(this.#options.clock, LONGEST_WAIT_FOR_FILES_MS, written)
  }

  /** A changed cadence counts from the last reading on; failures and waits keep their own plan. */
  #replan(poller: Poller, before: PollingSettings): void {
    const { id, provider } = poller.entry.account
    const interval = intervalOf(provider, this.#settings)
    const state = this.board.get(id)
    if (interval === intervalOf(provider, before) || state?.observedAt == null || poller.failures > 0) return
    const age = Math.max(0, this.#options.clock.now() - state.observedAt)
    const delay =
      delayAfterRead(state.reading?.quotas ?? [], this.#options.clock.now(), interval, this.#options.random) - age
    const nextPollAt = this.#polling.plan(
      poller,
      Math.max(0, delay, poller.notBefore - this.#options.clock.monotonicMs()),
    )
    this.board.commit({ set: [{ ...state, nextPollAt }] })
  }
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
