import { type EpochMs, epochMs } from '../../model/index.ts'

/**
 * What is remembered of one rule, account and quota. `pending`: it holds, not yet for long enough. `firing`: it was
 * said (or is snoozed) and still holds. `told`: it is over, and is not said again in this cycle. `armed` and
 * `recovering` belong to `recovered`: spent, and back for one reading.
 */
export interface RuleState {
  readonly phase: 'pending' | 'firing' | 'told' | 'armed' | 'recovering'
  /** Since when the phase (for `firing`: the condition) lasts. */
  readonly since: EpochMs
  /** Readings or attempts in a row that the condition has held for. */
  readonly count: number
  /** The last reading or attempt that was counted. */
  readonly seenAt: EpochMs
  readonly alertId: string | null
  /** When it was last said; null: not yet (snoozed). */
  readonly saidAt: EpochMs | null
  /** Messages so far. */
  readonly times: number
  readonly acknowledgedAt: EpochMs | null
  /** The alert speaks for several accounts of the provider, or for several quotas of one allowance. */
  readonly group: boolean
}

export function freshState(phase: RuleState['phase'], now: EpochMs): RuleState {
  return {
    phase,
    since: now,
    count: 0,
    seenAt: now,
    alertId: null,
    saidAt: null,
    times: 0,
    acknowledgedAt: null,
    group: false,
  }
}

const MARK = 'rule'
const BREAK = '\n'

/** One rule, account and quota never share a state with another (A05). */
export function stateKey(rule: string, account: string, quota: string | null): string {
  return [MARK, rule.replaceAll(BREAK, ' '), account, quota ?? ''].join(BREAK)
}

export interface KeyParts {
  readonly rule: string
  readonly account: string
  readonly quota: string | null
}

/** Null for keys that belong to something else. */
export function partsOfKey(key: string): KeyParts | null {
  const [mark, rule, account, quota] = key.split(BREAK)
  if (mark !== MARK || rule === undefined || account === undefined || quota === undefined) return null
  return { rule, account, quota: quota === '' ? null : quota }
}

const PHASES = ['pending', 'firing', 'told', 'armed', 'recovering'] as const

/** A stored state; null for anything that is none. */
export function readState(body: unknown): RuleState | null {
  if (typeof body !== 'object' || body === null) return null
  const held: Readonly<Record<string, unknown>> = { ...body }
  const phase = PHASES.find((one) => one === held['phase'])
  const since = instant(held['since'])
  if (phase === undefined || since === null) return null
  return {
    phase,
    since,
    count: whole(held['count']),
    seenAt: instant(held['seenAt']) ?? since,
    alertId: typeof held['alertId'] === 'string' ? held['alertId'] : null,
    saidAt: instant(held['saidAt']),
    times: whole(held['times']),
    acknowledgedAt: instant(held['acknowledgedAt']),
    group: held['group'] === true,
  }
}

function instant(value: unknown): EpochMs | null {
  return typeof value === 'number' && Number.isFinite(value) ? epochMs(value) : null
}

function whole(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0
}
