import type { InstantText } from '../format/instant.ts'
import {
  type Alert,
  type AlertEvent,
  type AlertQuery,
  type AlertRule,
  type AlertSettings,
  type AlertSources,
  type AlertsPort,
  type AttemptChange,
  type ChannelInfo,
  type ChannelTest,
  type Clock,
  type EpochMs,
  fromIso,
  type HistoryStore,
  type HistoryTx,
  isDue,
  type Log,
  observedAtOf,
  type Random,
  type Rules,
  SECOND_MS,
  type Snooze,
  type SnoozeTarget,
  type Timer,
  toIso,
} from '../model/index.ts'
import { AlertBook, withDelivery } from './alert-book.ts'
import type { ChannelPorts, Outgoing } from './channels/channel.ts'
import { type ReadyChannel, readyChannel } from './channels/registry.ts'
import { createDeadMan } from './dead-man.ts'
import { createDelivery, type Delivery, type Outcome } from './deliver.ts'
import { type Calm, createCalm } from './leap.ts'
import { alertId, plainAlert } from './make-alert.ts'
import { createOutageWatch, type OutageWatch } from './outage-watch.ts'
import { alertsIn, type Message, shortHash } from './outbox.ts'
import { acknowledge, type Desk, snoozeAlert, snoozeTarget, unsnooze } from './person.ts'
import { type MinuteOfDay, quietUntil } from './quiet.ts'
import { evaluateAccounts } from './rules/accounts.ts'
import { DEFAULT_ALERT_RULES } from './rules/defaults.ts'
import { evaluateQuotas } from './rules/quotas.ts'
import { partsOfKey, readState } from './rules/state.ts'
import { dropEnded, isSnoozedIn, readSnoozes } from './snoozes.ts'
import { testChannel } from './test-message.ts'
import { AlertWriter } from './writer.ts'

export interface AlertsOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly history: Pick<HistoryStore, 'transact' | 'pending' | 'alertLog'>
  /** Follows a reload. */
  readonly settings: () => AlertSettings
  readonly rules: () => Rules
  readonly sources: AlertSources
  readonly ports: ChannelPorts
  readonly instant: InstantText
  readonly minuteOf: MinuteOfDay
  /** What an account id is called outside (another name only with privacy). */
  readonly shown: (account: string) => string
  /** A sentence as it is read outside (with other names only with privacy); `account`: the one it is about. */
  readonly hide: (text: string, account: string | null) => string
  /** An alert began or ended, under its shown names: the SSE event `alert`. */
  readonly publish: (alert: Alert) => void
  /** For `tokstat_alerts_total`. */
  readonly counted: (event: string, channel: string, outcome: string) => void
  /** Address of the web page; null: none that could be opened. */
  readonly link: () => string | null
}

export interface RunningAlerts extends AlertsPort {
  /** Begins to look at ages, repeats and the outbox: what a killed program has left is sent first. */
  start(): void
  /** What is about accounts that are gone is over. */
  forget(accounts: readonly string[]): void
  /** Into log, page and events, without a rule: what tokstat itself has done. */
  announce(event: AlertEvent, message: string, account: string | null): void
  /** Judges what no reading tells; called by itself every 15 s. */
  tick(): void
  stop(): Promise<void>
}

const TICK_MS = 15 * SECOND_MS

export function createAlerts(options: AlertsOptions): RunningAlerts {
  return new Alerts(options)
}

class Alerts implements RunningAlerts {
  readonly #options: AlertsOptions
  readonly #book: AlertBook
  readonly #writer: AlertWriter
  readonly #delivery: Delivery
  readonly #calm: Calm
  readonly #outage: OutageWatch
  readonly #deadMan: { tick(isFine: boolean): void; stop(): void }
  #timer: Timer | null = null
  #attemptedAt: EpochMs | null = null

  constructor(options: AlertsOptions) {
    const { clock, history } = options
    this.#options = options
    this.#book = new AlertBook(history)
    this.#calm = createCalm(clock)
    const channel = (name: string): ReadyChannel | null => this.#channel(name)
    this.#writer = new AlertWriter({ ...options, book: this.#book, channel })
    this.#outage = createOutageWatch({ book: this.#book, writer: this.#writer, rules: () => this.rules() })
    this.#delivery = createDelivery({
      ...options,
      channel,
      isStillTrue: (message, name) => this.#isStillTrue(message, name),
      isQuiet: (message) => this.#isQuiet(message),
      outgoing: (message) => this.#outgoing(message),
      settled: (message, name, outcome, error, tx) => this.#settled(message, { name, outcome, error }, tx),
    })
    this.#deadMan = createDeadMan({ ...options, target: () => options.settings().deadMan })
  }

  onAttempt({ before, after }: AttemptChange, tx: HistoryTx): void {
    this.#book.begin()
    const now = this.#options.clock.now()
    this.#attemptedAt = now
    const { sources, rules } = this.#options
    const { id } = after.account
    const verdict = evaluateQuotas({
      before,
      after,
      now,
      events: tx.events,
      alertRules: this.rules(),
      rules: rules(),
      forecast: (quota) => sources.forecast(id, quota),
      stateOf: (key) => readState(tx.alertState(key)),
      // The cheap look first: there may be thousands.
      keys: tx.alertKeys().filter((key) => key.includes(id) && partsOfKey(key)?.account === id),
      suppressed: this.#calm.isCalm(),
      isSnoozed: isSnoozedIn(readSnoozes(tx, now)),
    })
    this.#writer.apply(verdict, now, tx)
  }

  committed(): void {
    for (const alert of this.#book.commit()) this.#options.publish(this.#shown(alert))
    if (this.#timer !== null) this.#delivery.kick()
  }

  start(): void {
    if (this.#timer !== null) return
    this.#timer = this.#options.clock.after(TICK_MS, () => this.#everyTick())
    this.#delivery.kick()
  }

  async stop(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = null
    this.#deadMan.stop()
    await this.#delivery.stop()
  }

  #everyTick(): void {
    this.#timer = this.#options.clock.after(TICK_MS, () => this.#everyTick())
    try {
      this.tick()
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown error'
      this.#options.log.error('alerts could not be judged', { reason })
    }
  }

  tick(): void {
    const { clock, history, sources } = this.#options
    const now = clock.now()
    const isCalm = this.#calm.isCalm()
    const states = sources.board().accounts
    this.#transact((tx) => {
      dropEnded(now, tx)
      const outage = this.#outage.look(states, { now, isCalm }, tx)
      const verdict = evaluateAccounts({
        states,
        now,
        alertRules: this.rules(),
        stateOf: (key) => readState(tx.alertState(key)),
        keys: tx.alertKeys().filter((key) => partsOfKey(key) !== null),
        outage,
        suppressed: isCalm,
        awakeSince: this.#calm.awakeSince(),
        isSnoozed: isSnoozedIn(readSnoozes(tx, now)),
      })
      this.#writer.apply(verdict, now, tx)
    }, history)
    this.committed()
    this.#deadMan.tick(!this.#outage.isOffline() && (states.length === 0 || this.#wasAskedLately(now)))
  }

  forget(accounts: readonly string[]): void {
    if (accounts.length === 0) return
    const gone = new Set(accounts)
    const now = this.#options.clock.now()
    this.#transact((tx) => {
      for (const key of tx.alertKeys()) {
        const parts = partsOfKey(key)
        if (parts === null || !gone.has(parts.account)) continue
        const state = readState(tx.alertState(key))
        tx.putAlertState(key, now, null)
        const alert = state?.phase === 'firing' && state.alertId !== null ? this.#book.find(state.alertId) : null
        if (alert !== null && alert.account !== null) {
          this.#book.write({ ...alert, state: 'resolved', resolvedAt: toIso(now) }, tx)
        }
      }
    })
    this.committed()
  }

  announce(event: AlertEvent, message: string, account: string | null): void {
    const now = this.#options.clock.now()
    const id = alertId(now, shortHash(event, account ?? '', message))
    const alert = plainAlert({ id, event, message, account, now })
    this.#transact((tx) => this.#writer.say(alert, [], now, tx))
    this.committed()
  }

  log(query: AlertQuery): readonly Alert[] {
    return this.#book.list({ ...query, account: this.#hidden(query.account) }).map((alert) => this.#shown(alert))
  }

  rules(): readonly AlertRule[] {
    const { rules } = this.#options.settings()
    return rules.length === 0 ? DEFAULT_ALERT_RULES : rules
  }

  channels(): readonly ChannelInfo[] {
    return Object.keys(this.#options.settings().channels).flatMap((name) => {
      const channel = this.#channel(name)
      if (channel === null) return []
      const { count, lastError } = this.#delivery.waiting(name)
      return [{ name, type: channel.type, target: channel.target, waiting: count, lastError }]
    })
  }

  async test(name: string): Promise<ChannelTest> {
    return testChannel(name, { ...this.#options, settings: this.#options.settings() })
  }

  snoozes(): readonly Snooze[] {
    const { clock, history } = this.#options
    const { all } = history.transact((tx) => readSnoozes(tx, clock.now()))
    return all.map((snooze) => this.#shownSnooze(snooze))
  }

  snooze(id: string, forMs: number): Alert | null {
    return this.#told((desk) => snoozeAlert(desk, id, forMs))
  }

  acknowledge(id: string): Alert | null {
    return this.#told((desk) => acknowledge(desk, id))
  }

  snoozeTarget(target: SnoozeTarget, forMs: number): Snooze {
    const account = this.#hidden(target.account ?? undefined) ?? null
    return this.#shownSnooze(this.#at((desk) => snoozeTarget(desk, { ...target, account }, forMs)))
  }

  unsnooze(id: string): Snooze | null {
    const ended = this.#at((desk) => unsnooze(desk, id))
    return ended && this.#shownSnooze(ended)
  }

  #told(say: (desk: Desk) => Alert | null): Alert | null {
    const alert = this.#at(say)
    return alert && this.#shown(alert)
  }

  #at<T>(say: (desk: Desk) => T): T {
    const { history, clock } = this.#options
    const said = say({ history, book: this.#book, now: clock.now() })
    this.committed()
    return said
  }

  #shownSnooze(snooze: Snooze): Snooze {
    return snooze.account === null ? snooze : { ...snooze, account: this.#options.shown(snooze.account) }
  }

  #transact(run: (tx: HistoryTx) => void, history = this.#options.history): void {
    this.#book.begin()
    history.transact(run)
  }

  #channel(name: string): ReadyChannel | null {
    const { channels } = this.#options.settings()
    const settings = Object.hasOwn(channels, name) ? channels[name] : undefined
    return settings === undefined ? null : readyChannel(settings, this.#options.ports)
  }

  /** A warning that came too late is none: what is over, or whose window has ended, is not sent any more (A13). */
  #isStillTrue(message: Message, channel: string): boolean {
    if (message.kind === 'resolved') return this.#wasDelivered(message.alert.id, channel)
    return alertsIn(message).some((alert) => this.#isNews(alert))
  }

  /** A moment is news until what it is about has changed again. */
  #isNews(alert: Alert): boolean {
    const now = this.#options.clock.now()
    if (alert.resolvedAt !== null) return alert.resetsAt === null || (fromIso(alert.resetsAt) ?? now) > now
    if (this.#book.find(alert.id)?.state === 'resolved') return false
    const state = this.#options.sources.board().accounts.find((one) => one.account.id === alert.account)
    const quota = state?.reading?.quotas.find((one) => one.id === alert.quota)
    return state === undefined || quota === undefined || !isDue(quota, observedAtOf(quota, state), now)
  }

  #wasDelivered(id: string, channel: string): boolean {
    const alert = this.#book.find(id)
    return alert?.deliveries.some((one) => one.channel === channel && one.state === 'delivered') ?? false
  }

  #isQuiet(message: Message): EpochMs | null {
    const [first] = alertsIn(message)
    const rule = this.rules().find((one) => one.name === first?.rule)
    return quietUntil(rule?.quiet, this.#options.clock.now(), this.#options.minuteOf)
  }

  #settled(
    message: Message,
    { name, outcome, error }: { readonly name: string; readonly outcome: Outcome; readonly error: string | null },
    tx: HistoryTx,
  ): void {
    if (message.kind === 'resolved' || outcome === 'retry') return
    const at = toIso(this.#options.clock.now())
    this.#book.begin()
    for (const { id } of alertsIn(message)) {
      const alert = this.#book.find(id)
      if (alert === null) continue
      this.#book.write(withDelivery(alert, { channel: name, state: outcome, at, error }), tx)
    }
    this.#book.commit()
  }

  #outgoing(message: Message): Outgoing {
    const present = this.#book.find(message.alert.id)
    const alert = { ...message.alert, deliveries: present?.deliveries ?? [] }
    return {
      kind: message.kind,
      deliveryId: message.deliveryId,
      alert: this.#shown(alert),
      alerts: message.alerts.map((one) => this.#shown(one)),
      link: this.#options.link(),
    }
  }

  #shown(alert: Alert): Alert {
    const { account } = alert
    const { shown, hide } = this.#options
    return { ...alert, account: account === null ? null : shown(account), message: hide(alert.message, account) }
  }

  /** Who asks for an account by its shown name means the one of the store. */
  #hidden(account: string | undefined): string | undefined {
    if (account === undefined) return undefined
    const { accounts } = this.#options.sources.board()
    return accounts.find((state) => this.#options.shown(state.account.id) === account)?.account.id ?? account
  }

  #wasAskedLately(now: EpochMs): boolean {
    return this.#attemptedAt !== null && now - this.#attemptedAt < SILENT_MS
  }
}

/** No attempt for this long means that the collector itself has stopped. */
const SILENT_MS = 30 * 60 * SECOND_MS
