import type { AccountState, Board } from './account.ts'
import type { Forecast } from './forecast.ts'
import type { HistoryTx } from './history.ts'
import type { Level } from './level.ts'
import { type QuotaKind, roundRatio } from './quota.ts'
import { DAY_MS, type EpochMs } from './time.ts'

/** When a rule fires: contracts section 8, "Alert rules". */
export type AlertCondition =
  | { readonly kind: 'level'; readonly atMost: 'exhausted' | 'low' | 'medium' | 'ok' }
  | { readonly kind: 'remaining_ratio'; readonly below: number }
  | { readonly kind: 'remaining_amount'; readonly below: number; readonly unit: string }
  | {
      readonly kind:
        | 'exhausted'
        | 'recovered'
        | 'reset'
        | 'auth_required'
        | 'forbidden'
        | 'stale'
        | 'runs_out_before_reset'
    }

/** A condition as `when` of `[[alerts]]` has it: `remaining < 10%`. */
function conditionText(when: AlertCondition): string {
  switch (when.kind) {
    case 'level':
      return `level <= ${when.atMost}`
    case 'remaining_ratio':
      return `remaining < ${roundRatio(when.below * 100)}%`
    case 'remaining_amount':
      return `remaining < ${when.below} ${when.unit}`
    default:
      return when.kind
  }
}

type AlertSeverity = 'info' | 'warning' | 'critical'

/** One `[[alerts]]` table, parsed. */
export interface AlertRule {
  /** What people see; unique. */
  readonly name: string
  readonly when: AlertCondition
  /** How long it must hold: that many readings in a row, or that long. */
  readonly for: { readonly kind: 'readings'; readonly count: number } | { readonly kind: 'time'; readonly ms: number }
  /** Names of channels; none: log and web page only. */
  readonly notify: readonly string[]
  /** Selectors: names, or `*` for all. */
  readonly provider: readonly string[]
  readonly account: readonly string[]
  readonly quota: readonly string[]
  readonly kind: readonly string[]
  readonly severity: AlertSeverity
  /** Minutes after local midnight; may pass midnight. Absent: any time is fine. */
  readonly quiet?: { readonly fromMinute: number; readonly toMinute: number } | undefined
  /** Milliseconds after which it is said again while it lasts. Absent: once. */
  readonly repeat?: number | undefined
}

/** One `[channels.<name>]` table, parsed. `allow_private`: its name may lead to a private address. */
export type ChannelSettings =
  | {
      readonly type: 'webhook'
      readonly url: string
      readonly secret_file?: string | undefined
      readonly allow_private?: boolean | undefined
    }
  | {
      readonly type: 'ntfy'
      readonly url: string
      readonly token_file?: string | undefined
      readonly allow_private?: boolean | undefined
    }
  | {
      readonly type: 'slack'
      readonly url?: string | undefined
      readonly url_file?: string | undefined
      readonly allow_private?: boolean | undefined
    }
  | {
      readonly type: 'discord'
      readonly url?: string | undefined
      readonly url_file?: string | undefined
      readonly allow_private?: boolean | undefined
    }
  | { readonly type: 'telegram'; readonly chat_id: string; readonly token_file: string }
  | {
      readonly type: 'email'
      readonly host: string
      readonly port: number
      readonly from: string
      readonly to: readonly string[]
      readonly user?: string | undefined
      readonly password_file?: string | undefined
    }
  | { readonly type: 'desktop' }
  | { readonly type: 'file'; readonly path: string }
  | { readonly type: 'exec'; readonly command: readonly string[] }
  | { readonly type: 'alertmanager'; readonly url: string; readonly allow_private?: boolean | undefined }

export type ChannelType = ChannelSettings['type']

/** What happened. `offline`: most services cannot be reached. `digest`: several alerts in one message. */
export type AlertEvent =
  | 'level'
  | 'remaining'
  | 'exhausted'
  | 'recovered'
  | 'reset'
  | 'auth_required'
  | 'forbidden'
  | 'stale'
  | 'runs_out_before_reset'
  | 'offline'
  | 'auto_switch'
  | 'digest'
  | 'test'

/** One alert: the shape of contracts section 8, of the webhook's body, `/api/v1/alerts` and SSE `alert`. */
export interface Alert {
  readonly id: string
  readonly rule: string
  readonly event: AlertEvent
  /** `resolved`: it is over, or it was a moment (`recovered`, `reset`) that goes on for no time. */
  readonly state: 'firing' | 'resolved'
  readonly severity: AlertSeverity
  /** Account id; null where it concerns several or none. */
  readonly account: string | null
  readonly provider: string | null
  readonly quota: string | null
  readonly level: Level | null
  readonly remainingRatio: number | null
  /** RFC 3339, as `at`. */
  readonly resetsAt: string | null
  readonly at: string
  /** When it was over; null while it fires. */
  readonly resolvedAt: string | null
  /** One sentence, the account first under its name (with privacy: its pseudonym); no secret. */
  readonly message: string
  readonly acknowledgedAt: string | null
  readonly snoozedUntil: string | null
  readonly deliveries: readonly AlertDelivery[]
}

export interface AlertDelivery {
  readonly channel: string
  /** `expired`: it was over before it could be sent. `held`: part of a digest, or waits for the end of quiet hours. */
  readonly state: 'pending' | 'held' | 'delivered' | 'failed' | 'expired'
  /** When that became so, RFC 3339. */
  readonly at: string
  /** Why the last attempt failed; names the host at most. */
  readonly error: string | null
}

/** A rule as lists of rules show it. */
export interface AlertRuleInfo {
  readonly name: string
  readonly event: string
  /** The whole condition, as config.toml has it. */
  readonly when: string
  readonly severity: string
  readonly notify: readonly string[]
}

export function ruleInfo({ name, when, severity, notify }: AlertRule): AlertRuleInfo {
  return { name, event: when.kind, when: conditionText(when), severity, notify }
}

/** The rules and channels in force. */
export interface AlertSettings {
  readonly rules: readonly AlertRule[]
  readonly channels: Readonly<Record<string, ChannelSettings>>
  /** Asked regularly while everything goes well, so that silence is noticed. Null: not wanted. */
  readonly deadMan: {
    readonly url?: string | undefined
    readonly url_file?: string | undefined
    readonly intervalMs: number
  } | null
}

/** A finished attempt, before the board shows it. */
export interface AttemptChange {
  /** The account as the board still shows it; null: not known before. */
  readonly before: AccountState | null
  readonly after: AccountState
}

export interface AlertQuery {
  /** Account id or name. */
  readonly account?: string | undefined
  readonly since?: EpochMs | undefined
  /** Only those that still fire. */
  readonly firing?: boolean | undefined
  readonly limit: number
}

/** What is not spoken of: everything that fits each part that is named. Null fits all. */
export interface SnoozeTarget {
  /** Name of a rule. */
  readonly rule: string | null
  /** Account id. */
  readonly account: string | null
  readonly quota: string | null
}

export interface Snooze extends SnoozeTarget {
  /** The same for the same target. */
  readonly id: string
  /** RFC 3339. */
  readonly until: string
}

/** A snooze is for a while, not a way to lose a rule. */
export const LONGEST_SNOOZE_MS = 30 * DAY_MS

/** What a test message came to. */
export interface ChannelTest {
  readonly channel: string
  readonly type: ChannelType
  /** Host, command or folder: never a whole address, which is a secret. */
  readonly target: string
  readonly delivered: boolean
  readonly tookMs: number
  readonly error: string | null
}

export interface ChannelInfo {
  readonly name: string
  readonly type: ChannelType
  readonly target: string
  /** Messages that wait for it. */
  readonly waiting: number
  readonly lastError: string | null
}

/** The alerts as every other room sees them. */
export interface AlertsPort {
  /**
   * Judges a finished attempt inside the transaction that records it: what fires is written with the reading or not
   * at all. Call `committed` after it.
   */
  onAttempt(change: AttemptChange, tx: HistoryTx): void
  /** The transaction is through: events go out and deliveries begin. */
  committed(): void
  /** Newest first. */
  log(query: AlertQuery): readonly Alert[]
  rules(): readonly AlertRule[]
  channels(): readonly ChannelInfo[]
  /** Sends one test message now. Throws AppError 4 for a channel that is not configured. */
  test(channel: string): Promise<ChannelTest>
  /** The snoozes that still count. */
  snoozes(): readonly Snooze[]
  /** No message about what this alert is about for a while. Null: no such alert, or it is over. */
  snooze(id: string, forMs: number): Alert | null
  /** No message about anything that fits, for a while; nothing has to fire. The same target again moves the end. */
  snoozeTarget(target: SnoozeTarget, forMs: number): Snooze
  /** Ends a snooze. Null: no such one, or it has ended. */
  unsnooze(id: string): Snooze | null
  /** Seen: no repeats of this one. Null: no such alert, or it is over. */
  acknowledge(id: string): Alert | null
}

/** Where the alerts get what they do not know themselves. */
export interface AlertSources {
  /** The present, as the engine has it. */
  board(): Board
  /** The forecast of a quota; null: still learning. */
  forecast(account: string, quota: string): Forecast | null
}

/** What a rule would have said, had it run over the stored history. */
export interface Rehearsed {
  readonly rule: string
  readonly event: AlertEvent
  readonly account: string
  readonly quota: string
  readonly at: string
  readonly message: string
  /** When the condition ended; null: it still holds, or it was a moment. */
  readonly resolvedAt: string | null
}

export interface Rehearsal {
  readonly since: string
  readonly alerts: readonly Rehearsed[]
  readonly rules: readonly {
    readonly name: string
    /** How often it would have fired. */
    readonly fired: number
    /** False: it needs what the history does not keep (logins, ages, forecasts). */
    readonly rehearsable: boolean
  }[]
}

/** A change of the active account in antigravity-accounts.json. */
export interface SwitchReport {
  readonly account: string
  readonly file: string
  readonly changes: readonly { readonly key: string; readonly from: number | null; readonly to: number }[]
  readonly dryRun: boolean
  /** False when the owner has written its own choice back a moment later. Null: not looked at. */
  readonly kept: boolean | null
}

/** Kinds of quotas that can run out before a reset; the others have none to compare with. */
export const PACED_KINDS: readonly QuotaKind[] = ['window', 'model', 'budget']
