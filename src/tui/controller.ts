import { instantText } from '../format/instant.ts'
import type { Alert } from '../model/alerts.ts'
import type { LiveUpdate, ProviderInfo } from '../model/app.ts'
import type { SourceReport } from '../model/credential.ts'
import type { AccountDocument, AccountsDocument, QuotaDocument } from '../model/document.ts'
import { agedDocument } from '../model/document-state.ts'
import type { CycleDocument } from '../model/past-document.ts'
import type { RefreshResult, Timer } from '../model/ports.ts'
import { type EpochMs, fromIso, MINUTE_MS, SECOND_MS } from '../model/time.ts'
import { type Effect, type Key, press, type Shown } from './press.ts'
import type { DashboardDeps } from './session.ts'
import { firstTheme, paintLine } from './theme.ts'
import { failure, firstState, type Message, type UiState } from './ui-state.ts'
import { frame } from './view-models/frame.ts'
import { pastSpanMs } from './view-models/graph.ts'
import {
  type AccountRow,
  accountRows,
  type DashboardModel,
  type LiveState,
  type QuotaPast,
  selectedQuota,
  selectedRow,
  shownQuotas,
} from './view-models/model.ts'

/** Why the screen is left: for good, or for a login on the normal screen, after which it comes back. */
export type Leaving =
  | { readonly kind: 'quit' }
  | { readonly kind: 'login'; readonly provider: string; readonly name: string | null }

/**
 * How late the clock alone may change the screen: only ages under a minute are told in seconds, and a screen that is
 * drawn every second for their sake costs more than all else it does. What ends meanwhile is shown at its instant.
 */
const TICK_MS = 5 * SECOND_MS
/** So long after a key somebody is taken to look on: what comes in is drawn at once. */
const ATTENTION_MS = 10 * SECOND_MS
/** Else what comes in is gathered: with many accounts something is read every second. */
const GATHER_MS = TICK_MS
const PAST_REFRESH_MS = MINUTE_MS
/** A key that is held down walks through many quotas; only the one it stops at is asked about. */
const PAST_DELAY_MS = 150
const PAST_POINTS = 400

/** The dashboard without its drawing: what is known, what keys do, and the lines of the screen. */
export class Dashboard {
  readonly #deps: DashboardDeps
  readonly #listeners = new Set<() => void>()
  #ui: UiState
  #document: AccountsDocument | null = null
  #live: LiveState
  #past: QuotaPast | null = null
  #pastKey = ''
  #pastAt = 0
  #alerts: readonly Alert[] | null = null
  #providers: readonly ProviderInfo[] = []
  #sources: readonly SourceReport[] = []
  #columns = 80
  #rows = 24
  #lines: readonly string[] = []
  #tick: Timer | null = null
  #pastTimer: Timer | null = null
  #gathering: Timer | null = null
  #askingAlerts: Timer | null = null
  readonly #ends = new WeakMap<AccountDocument, readonly EpochMs[]>()
  #pressedAt = 0
  #drawnAt = 0
  #isOver = false
  #leave: (leaving: Leaving) => void = () => undefined
  #left: Promise<Leaving>

  constructor(deps: DashboardDeps) {
    this.#deps = deps
    const theme = firstTheme({ color: deps.color, kept: deps.kept.theme })
    this.#ui = firstState(deps.kept, theme, deps.color)
    this.#live = { via: deps.session.via, isOpen: true, lostAt: null }
    this.#left = this.#untilLeft()
  }

  #untilLeft(): Promise<Leaving> {
    return new Promise((resolve) => {
      this.#leave = resolve
    })
  }

  /** Begins to keep time and to ask for what stands beside the accounts. */
  start(): void {
    this.#isOver = false
    this.#left = this.#untilLeft()
    this.#pressedAt = this.#deps.clock.monotonicMs()
    void this.#askBeside()
    void this.#askAlerts()
    this.#keepTime()
    this.#draw()
  }

  stop(): void {
    this.#isOver = true
    this.#tick?.cancel()
    this.#tick = null
    this.#pastTimer?.cancel()
    this.#gathering?.cancel()
    this.#gathering = null
    this.#askingAlerts?.cancel()
    this.#askingAlerts = null
  }

  /** Resolves when its user leaves. */
  left(): Promise<Leaving> {
    return this.#left
  }

  quit(): void {
    this.#leave({ kind: 'quit' })
  }

  say(message: Message): void {
    this.#ui = { ...this.#ui, message }
    this.#draw()
  }

  // For useSyncExternalStore: the same array until something on the screen is different.
  readonly lines = (): readonly string[] => this.#lines

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  update(event: LiveUpdate): void {
    if (event.kind === 'document') {
      const isNews = this.#document?.accounts.length !== 0 && event.document.accounts.length === 0
      const isFirst = this.#document === null
      this.#document = event.document
      // The account that is looked at stays, however the order changes under it.
      if (this.#ui.selected === null) this.#ui = { ...this.#ui, selected: this.#shown().selected }
      if (isFirst || isNews) void this.#askBeside()
      if (this.#tick !== null) this.#keepTime()
      this.#drawGathered()
      return
    }
    if (event.kind === 'alert') {
      this.#askAlertsGathered()
      return
    }
    const isOpen = event.state === 'open'
    this.#live = { ...this.#live, isOpen, lostAt: isOpen ? null : (this.#live.lostAt ?? this.#deps.clock.now()) }
    this.#draw()
  }

  resize(columns: number, rows: number): void {
    if (columns === this.#columns && rows === this.#rows) return
    this.#columns = columns
    this.#rows = rows
    this.#draw()
  }

  press(key: Key): void {
    this.#pressedAt = this.#deps.clock.monotonicMs()
    const { state, effects } = press(this.#ui, key, this.#shown())
    this.#ui = state
    for (const effect of effects) this.#run(effect)
    this.#draw()
  }

  #run(effect: Effect): void {
    const { session, rename, remove, keep } = this.#deps
    switch (effect.kind) {
      case 'quit':
        this.quit()
        break
      case 'login':
        this.#leave(effect)
        break
      case 'keep': {
        const { order, theme, sort, numbers } = this.#ui
        this.#tell(keep({ order, theme, sort, numbers }).then(() => null))
        break
      }
      case 'refresh':
        this.#tell(session.refresh(effect.account === null ? null : [effect.account]).then(refreshMessage))
        break
      case 'rename':
        this.#tell(rename(effect.account, effect.name).then(() => fine(`Renamed to ${effect.name}.`)))
        break
      case 'remove':
        this.#tell(remove(effect.account).then(() => fine('Forgotten. Its history is kept.')))
        break
    }
  }

  /** What comes of it stands at the foot of the screen; whatever goes wrong too. */
  #tell(work: Promise<Message | null>): void {
    work.then(
      (message) => {
        if (message !== null) this.say(message)
      },
      (error: unknown) => this.say(failure(error, 'It did not work.')),
    )
  }

  async #askBeside(): Promise<void> {
    const isEmpty = this.#document?.accounts.length === 0
    const [providers, sources] = await Promise.allSettled([
      this.#deps.providers(),
      isEmpty ? this.#deps.sources() : null,
    ])
    if (providers.status === 'fulfilled') this.#providers = providers.value
    // An answer that did not ask for them must not take away those of one that did.
    if (sources.status === 'fulfilled' && sources.value !== null) this.#sources = sources.value
    this.#draw()
  }

  async #askAlerts(): Promise<void> {
    // Without them the view says where alerts are kept.
    this.#alerts = await this.#deps.alerts().catch(() => null)
    this.#drawGathered()
  }

  /** Several of them fire together: while nobody looks on they are asked for once. */
  #askAlertsGathered(): void {
    if (this.#askingAlerts !== null) return
    const ask = (): void => {
      this.#askingAlerts = null
      void this.#askAlerts()
    }
    if (this.#isWatched()) ask()
    else this.#askingAlerts = this.#deps.clock.after(GATHER_MS, ask)
  }

  #keepTime(): void {
    this.#tick?.cancel()
    const { clock } = this.#deps
    const now = clock.now()
    this.#tick = clock.after(Math.min(TICK_MS, this.#nextEnd(now) - now), () => {
      this.#draw()
      if (!this.#isOver) this.#keepTime()
    })
  }

  /** Accounts that nothing came in about are the same objects: their instants are read once. */
  #nextEnd(now: EpochMs): number {
    let next = Number.POSITIVE_INFINITY
    for (const account of this.#document?.accounts ?? []) {
      const ends = this.#ends.get(account) ?? endsOf(account)
      this.#ends.set(account, ends)
      for (const at of ends) if (at > now && at < next) next = at
    }
    return next
  }

  #model(): DashboardModel {
    const { clock, rules, timeZone, upstream } = this.#deps
    const now = clock.now()
    return {
      document: this.#document === null ? null : agedDocument(this.#document, now),
      now,
      rules,
      instant: instantText(timeZone),
      ui: this.#ui,
      live: this.#live,
      upstream,
      past: this.#past,
      alerts: this.#alerts,
      providers: this.#providers,
      sources: this.#sources,
    }
  }

  #shown(): Shown {
    const model = this.#model()
    const rows = accountRows(model)
    const row = selectedRow(rows, this.#ui)
    return {
      accounts: rows.map(({ account }) => account.id),
      selected: row?.account.id ?? null,
      quotas: row === null ? [] : shownQuotas(row.account, this.#ui).map((quota) => quota.id),
      quota: row === null ? null : (selectedQuota(row, this.#ui)?.id ?? null),
      own: ownAccounts(this.#document),
      providers: this.#providers.map((provider) => provider.id),
      page: Math.max(1, this.#rows - 6),
    }
  }

  #drawGathered(): void {
    if (this.#gathering !== null) return
    const { clock } = this.#deps
    const waitMs = this.#isWatched() ? 0 : this.#drawnAt + GATHER_MS - clock.monotonicMs()
    if (waitMs <= 0) this.#draw()
    else this.#gathering = clock.after(waitMs, () => this.#draw())
  }

  #isWatched(): boolean {
    return this.#deps.clock.monotonicMs() - this.#pressedAt < ATTENTION_MS
  }

  #draw(): void {
    this.#gathering?.cancel()
    this.#gathering = null
    if (this.#isOver) return
    const model = this.#model()
    const rows = accountRows(model)
    const lines = frame(model, this.#columns, this.#rows, rows).map((line) => paintLine(line, this.#ui.theme))
    const isSame = lines.length === this.#lines.length && lines.every((line, index) => line === this.#lines[index])
    this.#wantPast(model, rows)
    if (isSame) return
    this.#drawnAt = this.#deps.clock.monotonicMs()
    this.#lines = lines
    for (const listener of this.#listeners) listener()
  }

  #wantPast(model: DashboardModel, rows: readonly AccountRow[]): void {
    const row = selectedRow(rows, this.#ui)
    const quota = row === null ? null : selectedQuota(row, this.#ui)
    if (row === null || quota === null || this.#ui.view !== 'accounts') return
    const key = `${row.account.id}\n${quota.id}`
    const monotonic = this.#deps.clock.monotonicMs()
    if (key === this.#pastKey && monotonic - this.#pastAt < PAST_REFRESH_MS) return
    this.#pastKey = key
    this.#pastAt = monotonic
    this.#pastTimer?.cancel()
    this.#pastTimer = this.#deps.clock.after(
      PAST_DELAY_MS,
      () => void this.#askPast(key, row.account.id, quota, model.now),
    )
  }

  async #askPast(key: string, account: string, quota: QuotaDocument, now: EpochMs): Promise<void> {
    const since = new Date(now - pastSpanMs(quota)).toISOString()
    const query = { account, quota: quota.id, since }
    const { session } = this.#deps
    const [history, cycles] = await Promise.allSettled([
      session.history({ ...query, points: PAST_POINTS }),
      session.cycles(query),
    ])
    if (this.#pastKey !== key) return
    const points = history.status === 'fulfilled' ? history.value.series.flatMap((series) => series.points) : []
    const known = cycles.status === 'fulfilled' ? cycles.value.cycles : []
    this.#past = { account, quota: quota.id, points, ...endedWindows(known) }
    this.#draw()
  }
}

function fine(text: string): Message {
  return { text, tone: 'fine' }
}

function refreshMessage(results: readonly RefreshResult[]): Message {
  const count = (outcome: RefreshResult['outcome']): number => results.filter((one) => one.outcome === outcome).length
  const [read, cooldown, failed] = [count('read'), count('cooldown'), count('failed')]
  const parts = [
    `${read} read`,
    cooldown > 0 ? `${cooldown} not asked: too soon` : '',
    failed > 0 ? `${failed} failed` : '',
  ]
  return { text: `${parts.filter((part) => part !== '').join(', ')}.`, tone: failed > 0 ? 'red' : 'fine' }
}

/** When an account looks different without anything new: a reset passes, or its reading turns stale. */
function endsOf({ staleAt, quotas }: AccountDocument): readonly EpochMs[] {
  return [staleAt, ...quotas.map(({ resetsAt }) => resetsAt)].flatMap((text) => fromIso(text) ?? [])
}

function endedWindows(cycles: readonly CycleDocument[]): Pick<QuotaPast, 'resets' | 'peaks'> {
  const ended = cycles
    .flatMap(({ endedAt, peakUsedRatio }) => {
      const at = fromIso(endedAt)
      return at === null ? [] : [{ at, peak: peakUsedRatio }]
    })
    .toSorted((a, b) => a.at - b.at)
  return { resets: ended.map(({ at }) => at), peaks: ended.map(({ peak }) => peak) }
}

/** The accounts that tokstat itself has logged in to: the only ones it may rename or forget. */
function ownAccounts(document: AccountsDocument | null): ReadonlyMap<string, string> {
  const own = document?.accounts.filter((account) => account.sources.includes('vault')) ?? []
  return new Map(own.map(({ id, name }) => [id, name]))
}
