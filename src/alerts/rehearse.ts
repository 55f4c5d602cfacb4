import type { InstantText } from '../format/instant.ts'
import {
  type Account,
  type AccountState,
  type AlertRule,
  type CycleEvent,
  type CycleReading,
  type EpochMs,
  epochMs,
  firstCycle,
  MINUTE_MS,
  makeQuota,
  nextCycle,
  type OpenCycle,
  type Quota,
  type Rehearsal,
  type Rehearsed,
  type Rules,
  type Sample,
  toIso,
  toIsoOrNull,
} from '../model/index.ts'
import { poolWords, sentenceOf } from './message.ts'
import { byPool, type Found, type PoolGroup } from './rehearse-pools.ts'
import { type Edge, evaluateQuotas } from './rules/quotas.ts'
import { eventOf, isAccountRule } from './rules/select.ts'
import { type RuleState, stateKey } from './rules/state.ts'

type QuotaFacts = Pick<Quota, 'label' | 'kind'> & Partial<Pick<Quota, 'helper' | 'providerPool'>>

export interface RehearseInput {
  /** By account and quota, each in the order of recording: what `HistoryStore.samples` gives. */
  readonly samples: Iterable<Sample>
  /** What a quota is; history samples do not say it. */
  readonly describe: (account: string, quota: string) => QuotaFacts
  readonly alertRules: readonly AlertRule[]
  readonly rules: Rules
  readonly since: EpochMs
  readonly instant: InstantText
}

/** An unchanged value was read again and again, but is stored once: so it is judged again this long after. */
const READ_AGAIN_MS = 5 * MINUTE_MS
const MOST_AGAIN = 12

/**
 * Runs the rules over the stored history and says what they would have said. Logins, ages and forecasts are not in the
 * history, so rules about them cannot be rehearsed. Pure.
 */
export function rehearse(input: RehearseInput): Rehearsal {
  const found: Found[] = []
  let run: QuotaRun | null = null
  for (const sample of input.samples) {
    if (run === null || run.account !== sample.account || run.quota !== sample.quota || run.unit !== sample.unit) {
      if (run !== null) found.push(...run.end())
      run = new QuotaRun(sample, input)
    }
    run.take(sample)
  }
  if (run !== null) found.push(...run.end())
  const alerts = byPool(found, input.rules).map((group) => toRehearsed(group, input))
  return {
    since: toIso(input.since),
    alerts,
    rules: input.alertRules.map((rule) => ({
      name: rule.name,
      fired: alerts.filter((alert) => alert.rule === rule.name).length,
      rehearsable: isRehearsable(rule),
    })),
  }
}

function isRehearsable(rule: AlertRule): boolean {
  return !isAccountRule(rule) && rule.when.kind !== 'runs_out_before_reset'
}

/** One quota through time. */
class QuotaRun {
  readonly account: string
  readonly quota: string
  readonly unit: string
  readonly #input: RehearseInput
  readonly #rules: readonly AlertRule[]
  readonly #states = new Map<string, RuleState | null>()
  readonly #found: Found[] = []
  #before: AccountState | null = null
  #last: Sample | null = null
  #cycle: OpenCycle | null = null
  #reading: CycleReading | null = null

  constructor({ account, quota, unit }: Sample, input: RehearseInput) {
    this.account = account
    this.quota = quota
    this.unit = unit
    this.#input = input
    this.#rules = input.alertRules.filter(isRehearsable)
  }

  take(sample: Sample): void {
    if (this.#last !== null) this.#readAgain(this.#last, sample.at)
    this.#read(sample, sample.at)
    this.#last = sample
  }

  end(): readonly Found[] {
    return this.#found.filter(({ at }) => at >= this.#input.since)
  }

  /** What happened between two stored samples: the same value, read again. */
  #readAgain(sample: Sample, until: EpochMs): void {
    for (let again = 1; again <= MOST_AGAIN; again += 1) {
      const at = sample.at + again * READ_AGAIN_MS
      if (at >= until) return
      this.#read(sample, epochMs(at))
    }
  }

  #read(sample: Sample, at: EpochMs): void {
    const quota = this.#quotaOf(sample)
    const after = stateOf(sample, quota, at)
    const verdict = evaluateQuotas({
      before: this.#before,
      after,
      now: at,
      events: this.#events(quota, at),
      alertRules: this.#rules,
      rules: this.#input.rules,
      forecast: () => null,
      stateOf: (key) => this.#states.get(key) ?? null,
      keys: this.#rules.map((rule) => stateKey(rule.name, this.account, this.quota)),
      suppressed: false,
      isSnoozed: () => false,
    })
    for (const [key, state] of verdict.states) this.#states.set(key, state)
    for (const edge of verdict.edges) this.#note(edge, at)
    this.#before = after
  }

  #quotaOf(sample: Sample): Quota {
    const facts = this.#input.describe(sample.account, sample.quota)
    const { used, limit, remaining, usedRatio, remainingRatio, resetsAt, unlimited, inferred } = sample
    const values = { used, limit, remaining, usedRatio, remainingRatio, resetsAt, unlimited, inferred }
    return makeQuota({ id: sample.quota, unit: sample.unit, ...facts, ...values })
  }

  /** The same rule that the history itself uses; a suspected reset is settled by the reading after it. */
  #events(quota: Quota, at: EpochMs): readonly CycleEvent[] {
    const next: CycleReading = {
      at,
      usedRatio: quota.usedRatio,
      resetsAt: quota.resetsAt,
      windowSeconds: quota.windowSeconds,
    }
    const previous = this.#reading
    this.#reading = next
    if (this.#cycle === null || previous === null) {
      this.#cycle = firstCycle(next)
      return []
    }
    const step = nextCycle(this.#cycle, previous, next)
    this.#cycle = step.cycle
    return step.closed === null ? [] : [{ account: this.account, quota: this.quota, closed: step.closed }]
  }

  #note(edge: Edge, at: EpochMs): void {
    if (edge.kind === 'resolved') {
      const open = this.#found.findLastIndex((one) => one.edge.key === edge.key)
      const begun = this.#found[open]
      if (begun !== undefined) this.#found[open] = { ...begun, resolvedAt: at }
      return
    }
    if (edge.kind !== 'repeat') this.#found.push({ edge, at, resolvedAt: null })
  }
}

function toRehearsed({ lead, sharing }: PoolGroup, { instant, rules }: RehearseInput): Rehearsed {
  const { edge, at, resolvedAt } = lead
  const event = eventOf(edge.rule.when)
  const pool = poolWords(edge, sharing, rules)
  return {
    rule: edge.rule.name,
    event,
    account: edge.account.account.id,
    quota: edge.quota?.id ?? '',
    at: toIso(at),
    message: sentenceOf(edge, event, { now: at, instant, forecast: null, hasSiblings: true, pool, next: null }),
    resolvedAt: toIsoOrNull(resolvedAt),
  }
}

function stateOf(sample: Sample, quota: Quota, at: EpochMs): AccountState {
  const account: Account = {
    id: sample.account,
    provider: sample.provider,
    name: sample.name,
    email: null,
    source: 'env',
    sources: [],
    enabled: true,
    active: false,
    activeFor: [],
  }
  const identity = { subject: null, workspace: null, email: null, login: null }
  return {
    account,
    attempt: { at, tookMs: 0, problem: null },
    reading: { identity, plan: null, quotas: [quota], notes: [], observedAt: null, via: '' },
    observedAt: at,
    nextPollAt: null,
    blocks: [],
    staleAfterMs: Number.MAX_SAFE_INTEGER,
  }
}
