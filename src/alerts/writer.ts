import type { InstantText } from '../format/instant.ts'
import {
  type AccountState,
  type Alert,
  type AlertEvent,
  type AlertRule,
  type AlertSources,
  type EpochMs,
  fromIso,
  type HistoryTx,
  poolOf,
  type Quota,
  type Rules,
  rankAccounts,
  toIso,
  toIsoOrNull,
} from '../model/index.ts'
import { type AlertBook, withDelivery } from './alert-book.ts'
import type { ReadyChannel } from './channels/registry.ts'
import { alertId, alertOf, digestOf } from './make-alert.ts'
import { poolWords, sentenceOf, titleOf } from './message.ts'
import { deliveryIdOf, type Message, type MessageKind, post, shortHash } from './outbox.ts'
import { type MinuteOfDay, quietUntil } from './quiet.ts'
import { sharersOf } from './rules/allowance.ts'
import type { Edge, Verdict } from './rules/quotas.ts'
import { eventOf } from './rules/select.ts'
import { partsOfKey, type RuleState, readState, stateKey } from './rules/state.ts'
import { readSnoozes, type Snoozes } from './snoozes.ts'

export interface WriterOptions {
  readonly book: AlertBook
  readonly rules: () => Rules
  readonly sources: AlertSources
  readonly channel: (name: string) => ReadyChannel | null
  readonly instant: InstantText
  readonly minuteOf: MinuteOfDay
}

interface Written {
  readonly edge: Edge
  readonly alert: Alert
}

/** Writes a verdict down: states, log and messages, all in the transaction it is handed. */
export class AlertWriter {
  readonly #options: WriterOptions

  constructor(options: WriterOptions) {
    this.#options = options
  }

  apply(verdict: Verdict, now: EpochMs, tx: HistoryTx): void {
    for (const [key, state] of verdict.states) tx.putAlertState(key, now, state)
    const begun: Written[] = []
    const snoozes = readSnoozes(tx, now)
    for (const edge of verdict.edges) {
      if (edge.kind === 'fired' || edge.kind === 'moment')
        begun.push({ edge, alert: this.#begin(edge, { now, snoozes }, tx) })
      else if (edge.kind === 'resolved') this.#resolve(edge, now, tx)
      else this.#repeat(edge, now, tx)
    }
    for (const group of Map.groupBy(begun, groupOf(this.#options.rules())).values()) this.#announce(group, now, tx)
  }

  /** An alert that no rule's state stands behind: an outage, a switch. */
  say(said: Alert, channels: readonly string[], now: EpochMs, tx: HistoryTx): void {
    const snoozedUntil = readSnoozes(tx, now).until(said)
    const alert: Alert = { ...said, snoozedUntil: toIsoOrNull(snoozedUntil) }
    const notify = snoozedUntil === null ? channels : []
    const kind: MessageKind =
      alert.resolvedAt === null ? 'firing' : alert.resolvedAt === alert.at ? 'moment' : 'resolved'
    const message: Message = {
      kind,
      deliveryId: deliveryIdOf(kind, alert.id, 1),
      alert: bare(alert),
      quiet: false,
      alerts: [],
    }
    this.#options.book.write(this.#pending(alert, notify, now), tx)
    for (const name of notify)
      if (kind !== 'resolved' || this.#isForPrograms(name)) post(tx, name, message, { now, dueAt: now })
  }

  #begin(edge: Edge, { now, snoozes }: { readonly now: EpochMs; readonly snoozes: Snoozes }, tx: HistoryTx): Alert {
    const parts = partsOfKey(edge.key)
    const state = readState(tx.alertState(edge.key))
    const event = eventOf(edge.rule.when)
    const id = alertId(now, shortHash(edge.key, event))
    const alert = alertOf(edge, {
      id,
      event,
      now,
      rules: this.#options.rules(),
      message: this.#sentence(edge, event, now),
      snoozedUntil: parts && snoozes.until(parts),
    })
    if (edge.kind === 'fired' && state !== null) this.#rememberId(edge, state, id, now, tx)
    this.#options.book.write(alert, tx)
    return alert
  }

  /** The message of several accounts, or of several quotas, is remembered by each of them. */
  #rememberId(edge: Edge, state: RuleState, id: string, now: EpochMs, tx: HistoryTx): void {
    tx.putAlertState(edge.key, now, { ...state, alertId: id })
    const { name } = edge.rule
    const keys = [
      ...edge.others.map((other) => stateKey(name, other.account.id, null)),
      ...edge.sharing.map((quota) => stateKey(name, edge.account.account.id, quota.id)),
    ]
    for (const key of keys) {
      const theirs = readState(tx.alertState(key))
      if (theirs?.phase === 'firing') tx.putAlertState(key, now, { ...theirs, alertId: id })
    }
  }

  /** One message a channel; people get what belongs together in one. */
  #announce(group: readonly Written[], now: EpochMs, tx: HistoryTx): void {
    const [first] = group
    if (first === undefined) return
    const { rule } = first.edge
    const spoken = group.filter(({ alert }) => !isSilent(alert, now))
    const quiet = quietUntil(rule.quiet, now, this.#options.minuteOf)
    const at = { now, dueAt: quiet ?? now }
    for (const { alert } of spoken) this.#options.book.write(this.#pending(this.#latest(alert), rule.notify, now), tx)
    for (const name of rule.notify) {
      const isOne = spoken.length > 1 && !this.#isForPrograms(name)
      if (isOne) this.#postDigest(name, spoken, { ...at, quiet: quiet !== null }, tx)
      else for (const one of spoken) post(tx, name, messageOf(one, quiet !== null), at)
    }
  }

  #postDigest(
    name: string,
    spoken: readonly Written[],
    at: { readonly now: EpochMs; readonly dueAt: EpochMs; readonly quiet: boolean },
    tx: HistoryTx,
  ): void {
    const alerts = spoken.map(({ alert }) => bare(alert))
    const id = alertId(at.now, shortHash('digest', ...alerts.map((alert) => alert.id)))
    const message: Message = {
      kind: 'digest',
      deliveryId: id,
      alert: digestOf(id, alerts, at.now),
      quiet: at.quiet,
      alerts,
    }
    post(tx, name, message, at)
  }

  #resolve(edge: Edge, now: EpochMs, tx: HistoryTx): void {
    const id = edge.before?.alertId ?? null
    const alert = id === null ? null : this.#options.book.find(id)
    if (alert?.state !== 'firing' || (edge.before?.group === true && isSpokenFor(alert.id, tx))) return
    const over: Alert = { ...alert, state: 'resolved', resolvedAt: toIso(now) }
    this.#options.book.write(over, tx)
    const message: Message = {
      kind: 'resolved',
      deliveryId: deliveryIdOf('resolved', alert.id, 1),
      alert: bare({ ...over, message: this.#sentence(edge, alert.event, now) }),
      quiet: false,
      alerts: [],
    }
    for (const { channel } of alert.deliveries)
      if (this.#isForPrograms(channel)) post(tx, channel, message, { now, dueAt: now })
  }

  #repeat(edge: Edge, now: EpochMs, tx: HistoryTx): void {
    const id = edge.before?.alertId ?? null
    const found = id === null ? null : this.#options.book.find(id)
    if (found === null) return
    const times = (edge.before?.times ?? 0) + 1
    const message = this.#sentence(edge, found.event, now)
    const alert: Alert = { ...found, message, remainingRatio: edge.quota?.remainingRatio ?? null, snoozedUntil: null }
    this.#options.book.write(this.#pending(alert, edge.rule.notify, now), tx)
    const quiet = quietUntil(edge.rule.quiet, now, this.#options.minuteOf)
    const kind = times === 1 ? 'firing' : 'repeat'
    for (const name of edge.rule.notify) {
      const body: Message = {
        kind,
        deliveryId: deliveryIdOf(kind, alert.id, times),
        alert: bare(alert),
        quiet: quiet !== null,
        alerts: [],
      }
      post(tx, name, body, { now, dueAt: quiet ?? now })
    }
  }

  #sentence(edge: Edge, event: AlertEvent, now: EpochMs): string {
    const { sources, instant } = this.#options
    const { accounts } = sources.board()
    const { account } = edge.account
    const isSibling = (state: AccountState): boolean =>
      state.account.provider === account.provider && state.account.id !== account.id
    const forecast = edge.quota === null ? null : sources.forecast(account.id, edge.quota.id)
    const next = edge.quota === null || edge.kind === 'resolved' ? null : this.#next(edge, accounts, now)
    const pool = poolWords(edge, this.#sharing(edge), this.#options.rules())
    return sentenceOf(edge, event, { now, instant, forecast, hasSiblings: accounts.some(isSibling), pool, next })
  }

  /** What begins knows whom it speaks for; later it is whoever still says the same. */
  #sharing({ kind, quota, rule, account, sharing, before }: Edge): readonly Quota[] {
    if (kind === 'fired' || kind === 'moment' || quota === null || before?.group !== true) return sharing
    return sharersOf(quota, rule, account, this.#options.rules())
  }

  /** What to use meanwhile; the board still has this account as it was, so it is taken as it is now. */
  #next(edge: Edge, accounts: readonly AccountState[], now: EpochMs): string | null {
    if (edge.kind !== 'fired') return null
    const present = accounts.map((state) => (state.account.id === edge.account.account.id ? edge.account : state))
    const { best } = rankAccounts(present, {}, now, this.#options.rules())
    if (best === null || best.account === edge.account.account.id) return null
    const state = present.find((one) => one.account.id === best.account)
    if (state === undefined) return null
    const siblings = present.filter((one) => one.account.provider === state.account.provider)
    return `Use ${titleOf(state, siblings.length > 1)} next.`
  }

  #latest(alert: Alert): Alert {
    return this.#options.book.find(alert.id) ?? alert
  }

  #pending(alert: Alert, notify: readonly string[], now: EpochMs): Alert {
    return notify.reduce(
      (one, channel) => withDelivery(one, { channel, state: 'pending', at: toIso(now), error: null }),
      alert,
    )
  }

  #isForPrograms(name: string): boolean {
    return this.#options.channel(name)?.isForPrograms ?? false
  }
}

/** Alerts of one rule and pool that begin together belong together: nine models that share one allowance. */
function groupOf(rules: Rules): (written: Written) => string {
  return ({ edge }) => {
    const { provider, id } = edge.account.account
    const pool = edge.quota === null ? '' : poolOf(provider, edge.quota, rules.poolGroup)
    return [edge.rule.name, id, pool].join('\n')
  }
}

function isSilent(alert: Alert, now: EpochMs): boolean {
  const until = fromIso(alert.snoozedUntil)
  return until !== null && until > now
}

function messageOf({ edge, alert }: Written, quiet: boolean): Message {
  const kind: MessageKind = edge.kind === 'moment' ? 'moment' : 'firing'
  return { kind, deliveryId: deliveryIdOf(kind, alert.id, 1), alert: bare(alert), quiet, alerts: [] }
}

/** Deliveries of an alert are the log's business; in the outbox they would be out of date. */
function bare(alert: Alert): Alert {
  return { ...alert, deliveries: [] }
}

function isSpokenFor(alert: string, tx: HistoryTx): boolean {
  return tx.alertKeys().some((key) => {
    const state = readState(tx.alertState(key))
    return state?.phase === 'firing' && state.alertId === alert
  })
}

/** Channels of the rules that watch logins and ages: who wants to know of an outage. */
export function outageChannels(rules: readonly AlertRule[]): readonly string[] {
  const watching = rules.filter(({ when }) => ['stale', 'auth_required', 'forbidden'].includes(when.kind))
  return [...new Set(watching.flatMap((rule) => rule.notify))]
}
