import {
  type AccountState,
  type AlertRule,
  type CycleEvent,
  type EpochMs,
  type Forecast,
  forecastOf,
  hasCycles,
  isStale,
  type Quota,
  type Rules,
} from '../../model/index.ts'
import { byAllowance } from './allowance.ts'
import { isAccountRule, watchesAccount, watchesQuota } from './select.ts'
import { partsOfKey, type RuleState, stateKey } from './state.ts'
import { type EdgeKind, type Step, type StepContext, stepCondition, stepRecovered } from './step.ts'
import { truthOfQuota } from './truth.ts'

/** Something to say about a rule, an account and perhaps a quota. */
export interface Edge {
  readonly kind: EdgeKind
  readonly key: string
  readonly rule: AlertRule
  readonly account: AccountState
  /** Null: the account as a whole, or a quota that is gone. */
  readonly quota: Quota | null
  /** Further accounts that the same message speaks for. */
  readonly others: readonly AccountState[]
  /** Further quotas of the same allowance that the same message speaks for. */
  readonly sharing: readonly Quota[]
  /** What was remembered before. */
  readonly before: RuleState | null
}

export interface Verdict {
  readonly edges: readonly Edge[]
  /** Only states that changed; null forgets one. */
  readonly states: ReadonlyMap<string, RuleState | null>
}

export interface QuotaInput {
  readonly before: AccountState | null
  readonly after: AccountState
  readonly now: EpochMs
  /** What the reading did to the cycles of its quotas. */
  readonly events: readonly CycleEvent[]
  readonly alertRules: readonly AlertRule[]
  readonly rules: Rules
  readonly forecast: (quota: string) => Forecast | null
  readonly stateOf: (key: string) => RuleState | null
  /** Keys of every remembered state of this account. */
  readonly keys: readonly string[]
  readonly suppressed: boolean
  /** Whether a person wants to hear nothing about it now. */
  readonly isSnoozed: (key: string) => boolean
}

/** A fall by this much between two readings waits for a second one: it may be a glitch (A03). */
const SUDDEN_RATIO = 0.4

/**
 * Judges the quotas of a finished attempt. Only a new, fresh and undoubted reading moves anything: a failed attempt,
 * kept values, a cache read again and what the provider itself doubts change nothing (A04). Pure.
 */
export function evaluateQuotas(input: QuotaInput): Verdict {
  const draft = new Draft(input)
  if (!isLive(input)) return draft.verdict()
  const { after } = input
  const quotas = (after.reading?.quotas ?? []).filter((quota) => quota.observedAt === null)
  for (const rule of input.alertRules) {
    if (isAccountRule(rule) || !watchesAccount(rule, after.account)) continue
    for (const quota of quotas) if (watchesQuota(rule, quota)) judge(rule, quota, input, draft)
  }
  endWhatIsGone(input, draft)
  return draft.verdict()
}

class Draft {
  readonly #edges: Edge[] = []
  readonly #states = new Map<string, RuleState | null>()
  readonly #input: QuotaInput

  constructor(input: QuotaInput) {
    this.#input = input
  }

  stateOf(key: string): RuleState | null {
    const own = this.#states.get(key)
    return own === undefined ? this.#input.stateOf(key) : own
  }

  take(at: { readonly key: string; readonly rule: AlertRule; readonly quota: Quota | null }, step: Step): void {
    const before = this.stateOf(at.key)
    if (step.state !== before) this.#states.set(at.key, step.state)
    if (step.edge !== null) {
      this.#edges.push({ ...at, kind: step.edge, account: this.#input.after, others: [], sharing: [], before })
    }
  }

  /** What belongs together is one edge. */
  verdict(): Verdict {
    const edges = byAllowance(this.#edges, {
      rules: this.#input.rules,
      isSnoozed: this.#input.isSnoozed,
      stateOf: (key) => this.stateOf(key),
      setState: (key, state) => void this.#states.set(key, state),
    })
    return { edges, states: this.#states }
  }
}

function isLive({ before, after, now }: QuotaInput): boolean {
  const { attempt, reading, observedAt } = after
  if (attempt === null || attempt.problem !== null || reading === null || observedAt === null) return false
  if (reading.notes.some((note) => note.code === 'suspect')) return false
  if (isStale(after, now)) return false
  // The clock may have gone back in between, so another instant is news, not only a later one.
  return before?.observedAt !== observedAt || before.reading !== reading
}

function judge(rule: AlertRule, quota: Quota, input: QuotaInput, draft: Draft): void {
  const { after, now, rules } = input
  const key = stateKey(rule.name, after.account.id, quota.id)
  const event = input.events.find((one) => one.quota === quota.id && one.account === after.account.id)
  const wasReset = event !== undefined && event.closed.ended !== 'withdrawn'
  if (rule.when.kind === 'reset') {
    if (wasReset && !input.suppressed) draft.take({ key, rule, quota }, { state: draft.stateOf(key), edge: 'moment' })
    return
  }
  const context: StepContext = {
    now,
    seenAt: after.observedAt ?? now,
    least: quota.inferred || isSudden(quota, input) ? 2 : 1,
    suppressed: input.suppressed,
    hasCycle: hasCycles(quota),
    snoozed: input.isSnoozed(key),
  }
  const forecast =
    rule.when.kind === 'runs_out_before_reset' ? forecastOf(quota, after, (_, id) => input.forecast(id)) : null
  const truth = truthOfQuota(rule, { quota, state: after, now, rules, forecast })
  if (rule.when.kind === 'recovered') {
    draft.take({ key, rule, quota }, stepRecovered(draft.stateOf(key), truth, rule, { ...context, wasReset }))
    return
  }
  if (event !== undefined) startCycle(key, rule, quota, draft)
  draft.take({ key, rule, quota }, stepCondition(draft.stateOf(key), truth, rule, context))
}

/** A new cycle: what fired is over, and what was told may be told again. */
function startCycle(key: string, rule: AlertRule, quota: Quota, draft: Draft): void {
  const state = draft.stateOf(key)
  if (state === null) return
  draft.take({ key, rule, quota }, { state: null, edge: state.phase === 'firing' ? 'resolved' : null })
}

/** The reading before is gone from this cycle's view when it was reset; a fall then needs no explanation. */
function isSudden(quota: Quota, { before }: QuotaInput): boolean {
  const last = before?.reading?.quotas.find((one) => one.id === quota.id)
  if (last?.remainingRatio == null || quota.remainingRatio === null) return false
  return last.remainingRatio - quota.remainingRatio >= SUDDEN_RATIO - 1e-9
}

/** Quotas that the service stopped reporting, and rules that are gone: nothing about them goes on. */
function endWhatIsGone(input: QuotaInput, draft: Draft): void {
  const present = new Set((input.after.reading?.quotas ?? []).map((quota) => quota.id))
  for (const key of input.keys) {
    const parts = partsOfKey(key)
    if (parts === null || parts.quota === null) continue
    const rule = input.alertRules.find((one) => one.name === parts.rule)
    if (rule !== undefined && present.has(parts.quota)) continue
    const state = draft.stateOf(key)
    const isFiring = state?.phase === 'firing'
    draft.take(
      { key, rule: rule ?? goneRule(parts.rule), quota: null },
      { state: null, edge: isFiring ? 'resolved' : null },
    )
  }
}

/** Stands in for a rule that was taken out of the settings while it fired. */
export function goneRule(name: string): AlertRule {
  return {
    name,
    when: { kind: 'stale' },
    for: { kind: 'readings', count: 1 },
    notify: [],
    provider: ['*'],
    account: ['*'],
    quota: ['*'],
    kind: ['*'],
    severity: 'info',
  }
}
