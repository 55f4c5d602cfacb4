import { type AccountState, type AlertRule, DAY_MS, type EpochMs, isCurrent, type Quota } from '../../model/index.ts'
import type { Outage } from './outage.ts'
import { type Edge, goneRule, type Verdict } from './quotas.ts'
import { isAccountRule, watchesAccount } from './select.ts'
import { partsOfKey, type RuleState, stateKey } from './state.ts'
import { stepCondition } from './step.ts'
import { truthOfAccount } from './truth.ts'

export interface AccountInput {
  readonly states: readonly AccountState[]
  readonly now: EpochMs
  readonly alertRules: readonly AlertRule[]
  readonly stateOf: (key: string) => RuleState | null
  /** Keys of every remembered state. */
  readonly keys: readonly string[]
  readonly outage: Outage
  /** Nothing begins now: a clock jump, or the program has just started. */
  readonly suppressed: boolean
  /** An account that was not asked since then is old because nobody looked, not because nobody answered (A15). */
  readonly awakeSince: EpochMs
  /** Whether a person wants to hear nothing about it now. */
  readonly isSnoozed: (key: string) => boolean
}

/**
 * Judges what is about accounts as a whole (logins, ages), and what is to be said again. One message when a service
 * is down for several accounts, none while most of the world is (A01). Pure.
 */
export function evaluateAccounts(input: AccountInput): Verdict {
  const states = new Map<string, RuleState | null>()
  const edges: Edge[] = []
  for (const rule of input.alertRules) {
    if (!isAccountRule(rule)) continue
    const watched = input.states.filter((state) => watchesAccount(rule, state.account))
    const found = watched.flatMap((state) => judge(rule, state, input, states))
    edges.push(...grouped(rule, found, input, states))
  }
  edges.push(...repeats(input, states), ...endGone(input, states))
  return { edges, states }
}

function judge(
  rule: AlertRule,
  account: AccountState,
  input: AccountInput,
  states: Map<string, RuleState | null>,
): readonly Edge[] {
  const { now } = input
  const key = stateKey(rule.name, account.account.id, null)
  const before = input.stateOf(key)
  const isOutage = rule.when.kind === 'stale' && input.outage.offline
  const wasAsked = account.attempt !== null && account.attempt.at >= input.awakeSince
  const step = stepCondition(before, truthOfAccount(rule, account, now), rule, {
    now,
    seenAt: rule.when.kind === 'stale' ? now : (account.attempt?.at ?? now),
    least: 1,
    suppressed: input.suppressed || isOutage || !wasAsked,
    hasCycle: false,
    snoozed: input.isSnoozed(key),
  })
  if (step.state !== before) states.set(key, step.state)
  if (step.edge === null) return []
  return [{ kind: step.edge, key, rule, account, quota: null, others: [], sharing: [], before }]
}

/** Several accounts of one service at once are one message; one that follows while it lasts joins it in silence. */
function grouped(
  rule: AlertRule,
  found: readonly Edge[],
  input: AccountInput,
  states: Map<string, RuleState | null>,
): readonly Edge[] {
  const edges = found.filter((edge) => edge.kind !== 'fired')
  const fired = Map.groupBy(
    found.filter((edge) => edge.kind === 'fired'),
    (edge) => edge.account.account.provider,
  )
  const stateNow = (key: string): RuleState | null => states.get(key) ?? input.stateOf(key)
  for (const [provider, members] of fired) {
    const spokenFor = input.states
      .filter((state) => state.account.provider === provider)
      .map((state) => input.stateOf(stateKey(rule.name, state.account.id, null)))
      .find((state) => state?.phase === 'firing' && state.group)
    if (spokenFor) {
      for (const { key } of members) {
        const state = stateNow(key)
        if (state) states.set(key, { ...state, group: true, alertId: spokenFor.alertId, saidAt: spokenFor.saidAt })
      }
      continue
    }
    // Who is snoozed must not speak, in silence, for those who are not.
    const [silent = [], spoken = []] = [true, false].map((want) =>
      members.filter(({ key }) => input.isSnoozed(key) === want),
    )
    edges.push(...silent, ...together(provider, spoken, input, states))
  }
  return edges
}

/** The first account speaks; a service that is down speaks for all its accounts, also those that follow. */
function together(
  provider: string,
  members: readonly Edge[],
  input: AccountInput,
  states: Map<string, RuleState | null>,
): readonly Edge[] {
  const [first, ...others] = members
  if (first === undefined) return []
  const siblings = input.states.filter(({ account }) => account.provider === provider && account.enabled)
  const isDown = first.rule.when.kind === 'stale' && input.outage.down.includes(provider) && siblings.length > 1
  if (others.length === 0 && !isDown) return [first]
  for (const { key } of members) {
    const state = states.get(key)
    if (state) states.set(key, { ...state, group: true })
  }
  const further = isDown ? siblings.filter((state) => state !== first.account) : others.map((edge) => edge.account)
  return [{ ...first, others: further }]
}

/** `auth_required` is said again each day until its owner signs in (A12); the others only where the rule says so. */
function repeatOf(rule: AlertRule): number | null {
  return rule.repeat ?? (rule.when.kind === 'auth_required' ? DAY_MS : null)
}

/** What is due to be said again, and what was snoozed and still holds. Old values say nothing. */
function repeats(input: AccountInput, states: Map<string, RuleState | null>): readonly Edge[] {
  const { now } = input
  if (input.suppressed || input.outage.offline) return []
  const edges: Edge[] = []
  const accounts = new Map(input.states.map((state) => [state.account.id, state]))
  const said = new Set<string>()
  for (const key of input.keys) {
    const state = states.has(key) ? (states.get(key) ?? null) : input.stateOf(key)
    const parts = partsOfKey(key)
    if (state?.phase !== 'firing' || parts === null || input.isSnoozed(key)) continue
    const rule = input.alertRules.find((one) => one.name === parts.rule)
    const account = accounts.get(parts.account)
    if (rule === undefined || account === undefined || !isTimeToRepeat(state, rule, now)) continue
    const quota = quotaOf(account, parts.quota, now)
    if (parts.quota !== null && quota === null) continue
    states.set(key, { ...state, saidAt: now, times: state.times + 1 })
    if (state.group && state.alertId !== null && said.has(state.alertId)) continue
    if (state.alertId !== null) said.add(state.alertId)
    edges.push({ kind: 'repeat', key, rule, account, quota, others: [], sharing: [], before: state })
  }
  return edges
}

function isTimeToRepeat(state: RuleState, rule: AlertRule, now: EpochMs): boolean {
  if (state.acknowledgedAt !== null) return false
  if (state.saidAt === null) return true
  const every = repeatOf(rule)
  return every !== null && now - state.saidAt >= every
}

/** Null for a value that is not current: it may be over. */
function quotaOf(account: AccountState, id: string | null, now: EpochMs): Quota | null {
  const quota = account.reading?.quotas.find((one) => one.id === id)
  return quota !== undefined && isCurrent(quota, account, now) ? quota : null
}

/** States of rules that were taken out of the settings. */
function endGone(input: AccountInput, states: Map<string, RuleState | null>): readonly Edge[] {
  const names = new Set(input.alertRules.map((rule) => rule.name))
  const accounts = new Map(input.states.map((state) => [state.account.id, state]))
  return input.keys.flatMap((key): readonly Edge[] => {
    const parts = partsOfKey(key)
    if (parts === null || names.has(parts.rule)) return []
    const before = input.stateOf(key)
    states.set(key, null)
    const account = accounts.get(parts.account)
    if (before?.phase !== 'firing' || account === undefined) return []
    return [
      { kind: 'resolved', key, rule: goneRule(parts.rule), account, quota: null, others: [], sharing: [], before },
    ]
  })
}
