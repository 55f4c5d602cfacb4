import {
  type Alert,
  type AlertEvent,
  type EpochMs,
  type Level,
  type Rules,
  toIso,
  toIsoOrNull,
} from '../model/index.ts'
import type { Edge } from './rules/quotas.ts'
import { levelNow } from './rules/truth.ts'

export interface AlertFacts {
  readonly id: string
  readonly event: AlertEvent
  readonly now: EpochMs
  readonly rules: Rules
  readonly message: string
  readonly snoozedUntil: EpochMs | null
}

/** An edge as the alert that the outside sees. A moment is over as soon as it is said. */
export function alertOf(edge: Edge, facts: AlertFacts): Alert {
  const { account, quota, others, rule } = edge
  const isMoment = edge.kind === 'moment'
  const level: Level | null =
    quota === null ? null : levelNow({ quota, state: account, now: facts.now, rules: facts.rules })
  return {
    id: facts.id,
    rule: rule.name,
    event: facts.event,
    state: isMoment ? 'resolved' : 'firing',
    severity: rule.severity,
    account: others.length > 0 ? null : account.account.id,
    provider: account.account.provider,
    quota: quota?.id ?? null,
    level,
    remainingRatio: quota?.remainingRatio ?? null,
    resetsAt: toIsoOrNull(quota?.resetsAt ?? null),
    at: toIso(facts.now),
    resolvedAt: isMoment ? toIso(facts.now) : null,
    message: facts.message,
    acknowledgedAt: null,
    snoozedUntil: toIsoOrNull(facts.snoozedUntil),
    deliveries: [],
  }
}

/** An alert that no rule stands behind, about a moment. */
export function plainAlert(facts: {
  readonly id: string
  readonly event: AlertEvent
  readonly message: string
  readonly account: string | null
  readonly now: EpochMs
}): Alert {
  const { id, event, message, account, now } = facts
  return {
    id,
    rule: event,
    event,
    state: 'resolved',
    severity: 'info',
    account,
    provider: account === null ? null : (account.split('/')[0] ?? null),
    quota: null,
    level: null,
    remainingRatio: null,
    resetsAt: null,
    at: toIso(now),
    resolvedAt: toIso(now),
    message,
    acknowledgedAt: null,
    snoozedUntil: null,
    deliveries: [],
  }
}

/** Several alerts in one message. */
export function digestOf(id: string, alerts: readonly Alert[], now: EpochMs): Alert {
  const lines = alerts.slice(0, MOST_LINES).map((alert) => alert.message)
  const rest = alerts.length - lines.length
  const more = rest > 0 ? [`And ${rest} more; see \`tokstat alerts log\`.`] : []
  const isFiring = alerts.some((alert) => alert.state === 'firing')
  return {
    ...plainAlert({
      id,
      event: 'digest',
      message: [`${alerts.length} alerts:`, ...lines, ...more].join('\n'),
      account: null,
      now,
    }),
    state: isFiring ? 'firing' : 'resolved',
    resolvedAt: isFiring ? null : toIso(now),
    severity: worstOf(alerts),
  }
}

const MOST_LINES = 10

function worstOf(alerts: readonly Alert[]): Alert['severity'] {
  const order = ['critical', 'warning', 'info'] as const
  return order.find((severity) => alerts.some((alert) => alert.severity === severity)) ?? 'info'
}

/** Sortable by time, the same for the same rule, account, quota and instant: a repeated transaction makes no second one. */
export function alertId(now: EpochMs, hash: string): string {
  return `${now.toString(36)}-${hash}`
}
