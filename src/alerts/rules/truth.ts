import {
  type AccountState,
  type AlertRule,
  type EpochMs,
  type Forecast,
  fromIso,
  isDue,
  isStale,
  type Level,
  levelOf,
  levelRank,
  observedAtOf,
  PACED_KINDS,
  type Quota,
  type Rules,
  statusOf,
} from '../../model/index.ts'

/**
 * What a reading says about a condition. `between`: no longer true, but too near to call it over (hysteresis).
 * `unknown`: says nothing, so nothing moves.
 */
export type Truth = 'holds' | 'between' | 'clear' | 'unknown'

/** Five points of the limit; amounts have no limit, so five percent of the threshold. */
const HYSTERESIS_RATIO = 0.05
const LIKELY = 0.5
const UNLIKELY = 0.3

export interface QuotaFacts {
  readonly quota: Quota
  readonly state: AccountState
  readonly now: EpochMs
  readonly rules: Rules
  readonly forecast: Forecast | null
}

export function levelNow({ quota, state, now, rules }: Omit<QuotaFacts, 'forecast'>): Level {
  return levelOf(quota, isDue(quota, observedAtOf(quota, state), now), rules.levels)
}

/** Whether the rule's condition is true of this quota. Due, unlimited and unknown values say nothing. */
export function truthOfQuota(rule: AlertRule, facts: QuotaFacts): Truth {
  const { quota } = facts
  const level = levelNow(facts)
  if (level === 'unlimited') return 'clear'
  if (isDue(quota, observedAtOf(quota, facts.state), facts.now)) return 'unknown'
  switch (rule.when.kind) {
    case 'level':
      return truthOfLevel(rule.when.atMost, level, facts)
    case 'exhausted':
    case 'recovered':
      return truthOfLevel('exhausted', level, facts)
    case 'remaining_ratio':
      return below(quota.remainingRatio, rule.when.below)
    case 'remaining_amount':
      return belowAmount(quota, rule.when)
    case 'runs_out_before_reset':
      return truthOfForecast(facts)
    default:
      return 'unknown'
  }
}

function truthOfLevel(atMost: Level, level: Level, { quota, rules }: QuotaFacts): Truth {
  const rank = levelRank(level)
  const most = levelRank(atMost)
  if (rank === null || most === null) return 'unknown'
  if (rank <= most) return 'holds'
  const { levels } = rules
  if (quota.remainingRatio !== null) {
    const threshold = atMost === 'exhausted' ? 0 : atMost === 'low' ? levels.low : levels.medium
    return isOver(quota.remainingRatio, threshold) ? 'clear' : 'between'
  }
  const threshold = atMost === 'exhausted' ? 0 : (levels.balance[quota.unit] ?? 0)
  return quota.remaining !== null && quota.remaining < threshold * (1 + HYSTERESIS_RATIO) ? 'between' : 'clear'
}

function isOver(ratio: number, threshold: number): boolean {
  // A threshold near the top must be able to clear at all; ratios have nine decimals.
  return ratio >= Math.min(1, threshold + HYSTERESIS_RATIO) - 1e-9
}

function below(ratio: number | null, threshold: number): Truth {
  if (ratio === null) return 'unknown'
  if (ratio < threshold) return 'holds'
  return isOver(ratio, threshold) ? 'clear' : 'between'
}

function belowAmount(quota: Quota, when: { readonly below: number; readonly unit: string }): Truth {
  if (quota.remaining === null || quota.unit.toLowerCase() !== when.unit.toLowerCase()) return 'unknown'
  if (quota.remaining < when.below) return 'holds'
  return quota.remaining >= when.below * (1 + HYSTERESIS_RATIO) ? 'clear' : 'between'
}

/** Only what has a reset can run out before it (A10); what is spent has run out already. */
function truthOfForecast({ quota, forecast, now }: QuotaFacts): Truth {
  if (!PACED_KINDS.includes(quota.kind) || quota.resetsAt === null) return 'unknown'
  if (quota.remainingRatio === null || quota.remainingRatio <= 0 || forecast === null) return 'unknown'
  const at = fromIso(forecast.exhaustsAt)
  const probability = forecast.probabilityBeforeReset ?? (at === null ? 0 : 1)
  if (at !== null && at > now && at < quota.resetsAt && probability >= LIKELY) return 'holds'
  return probability < UNLIKELY ? 'clear' : 'between'
}

/** Whether an account's state of login or age is what the rule watches for. An outage says nothing about a login. */
export function truthOfAccount(rule: AlertRule, state: AccountState, now: EpochMs): Truth {
  if (!state.account.enabled) return 'clear'
  if (rule.when.kind === 'stale') {
    if (state.observedAt === null) return 'unknown'
    return isStale(state, now) ? 'holds' : 'clear'
  }
  const status = statusOf(state, now)
  if (status === rule.when.kind) return 'holds'
  if (status === 'ok' || status === 'stale' || status === 'not_entitled') return 'clear'
  return status === 'auth_required' || status === 'forbidden' ? 'clear' : 'unknown'
}
