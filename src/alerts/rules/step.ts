import type { AlertRule, EpochMs } from '../../model/index.ts'
import { freshState, type RuleState } from './state.ts'
import type { Truth } from './truth.ts'

/** What a step of one rule, account and quota makes known. */
export type EdgeKind = 'fired' | 'moment' | 'resolved' | 'repeat'

export interface Step {
  /** Null: nothing is remembered. */
  readonly state: RuleState | null
  readonly edge: EdgeKind | null
}

export interface StepContext {
  readonly now: EpochMs
  /** The instant of what is judged: the same one twice counts once. */
  readonly seenAt: EpochMs
  /** Readings that must agree before anything is said, beside the rule's own `for`. */
  readonly least: number
  /** Nothing may begin now (a clock jump, an outage); it begins later if it still holds. */
  readonly suppressed: boolean
  /** In cycles: what was said is not said again before the next one. */
  readonly hasCycle: boolean
  /** It is noticed, but not said before the snooze is over. */
  readonly snoozed: boolean
}

/** Carries a condition that lasts over one reading. Pure. */
export function stepCondition(state: RuleState | null, truth: Truth, rule: AlertRule, context: StepContext): Step {
  const { now } = context
  if (truth === 'unknown') return { state, edge: null }
  switch (state?.phase) {
    case 'firing':
      if (truth !== 'clear') return { state, edge: null }
      return { state: context.hasCycle ? freshState('told', now) : null, edge: 'resolved' }
    case 'told':
      return { state, edge: null }
    default: {
      if (truth !== 'holds') return { state: null, edge: null }
      const counted = count(state, context)
      if (context.suppressed || !isLongEnough(counted, rule, context)) return { state: counted, edge: null }
      return fire(counted, context)
    }
  }
}

/** Begins to fire; snoozed ones fire in silence, and are said when the snooze ends and they still hold. */
function fire(counted: RuleState, { now, snoozed }: StepContext): Step {
  const firing: RuleState = { ...counted, phase: 'firing' }
  return { state: snoozed ? firing : { ...firing, saidAt: now, times: 1 }, edge: 'fired' }
}

function count(state: RuleState | null, { now, seenAt }: StepContext): RuleState {
  if (state?.phase !== 'pending') return { ...freshState('pending', now), count: 1, seenAt }
  return seenAt === state.seenAt ? state : { ...state, count: state.count + 1, seenAt }
}

function isLongEnough(state: RuleState, rule: AlertRule, { now, least }: StepContext): boolean {
  if (rule.for.kind === 'readings') return state.count >= Math.max(least, rule.for.count)
  return state.count >= least && now - state.since >= rule.for.ms
}

/**
 * Carries `recovered` over one reading: what was spent for sure and is not any more. A reset tells at once; without
 * one a second reading must agree, because a single value may be a glitch (A03).
 */
export function stepRecovered(
  state: RuleState | null,
  spent: Truth,
  rule: AlertRule,
  context: StepContext & { readonly wasReset: boolean },
): Step {
  const { now, seenAt } = context
  if (spent === 'unknown') return { state, edge: null }
  if (state?.phase !== 'armed' && state?.phase !== 'recovering') {
    if (spent !== 'holds') return { state: null, edge: null }
    const counted = count(state, context)
    if (counted.count < context.least) return { state: counted, edge: null }
    return { state: { ...counted, phase: 'armed', count: 0 }, edge: null }
  }
  if (spent === 'holds') return { state: { ...state, phase: 'armed', count: 0 }, edge: null }
  // A few points of a rolling window are not a recovery.
  if (spent === 'between' && !context.wasReset) return { state, edge: null }
  const agreed = seenAt === state.seenAt ? state.count : state.count + 1
  const wanted = Math.max(2, rule.for.kind === 'readings' ? rule.for.count : 2)
  const isSure = context.wasReset || (agreed >= wanted && isHeld(state, rule, now))
  if (!isSure || context.suppressed) {
    const since = state.phase === 'armed' ? now : state.since
    return { state: { ...state, phase: 'recovering', since, count: agreed, seenAt }, edge: null }
  }
  return { state: null, edge: 'moment' }
}

function isHeld(state: RuleState, rule: AlertRule, now: EpochMs): boolean {
  return rule.for.kind === 'readings' || (state.phase === 'recovering' && now - state.since >= rule.for.ms)
}
