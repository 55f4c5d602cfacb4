import {
  type AccountDocument,
  bindingOf,
  DEFAULT_RULES,
  type EpochMs,
  landingRatio,
  MINUTE_MS,
  type QuotaDocument,
  type QuotaVerdict,
} from '../../../src/model/index.ts'

/** One line of an account: a quota, or a pool shown by its tightest member. */
export interface Line {
  readonly key: string
  readonly label: string
  readonly quota: QuotaDocument
  /** Quotas behind the line; empty for a quota that stands for itself. */
  readonly members: readonly QuotaDocument[]
}

export interface AccountLines {
  /** Always shown. */
  readonly main: readonly Line[]
  /** Shown on request. */
  readonly more: readonly Line[]
}

/** Models listed one by one above this many are folded. */
const MOST_MODELS = 3

/**
 * What of an account is shown at a glance. Where shared windows are reported they say it all, and models are folded;
 * else each pool is a line; else the tightest models are.
 */
export function linesOf(account: AccountDocument, poolLabel: (pool: string) => string): AccountLines {
  const shown = account.quotas.filter((quota) => !quota.helper)
  const single = shown.filter((quota) => quota.kind !== 'model').map(lineOf)
  const models = shown.filter((quota) => quota.kind === 'model')
  if (models.length === 0) return { main: single, more: [] }
  if (single.some(({ quota }) => quota.kind === 'window')) return { main: single, more: models.map(lineOf) }
  const isPooled = models.some((quota) => quota.pool !== quota.id)
  if (isPooled) return { main: [...poolLines(models, poolLabel), ...single], more: [] }
  const tightest = [...models].sort(byTightness)
  if (models.length <= MOST_MODELS) return { main: [...models.map(lineOf), ...single], more: [] }
  return {
    main: [...tightest.slice(0, MOST_MODELS).map(lineOf), ...single],
    more: tightest.slice(MOST_MODELS).map(lineOf),
  }
}

function poolLines(models: readonly QuotaDocument[], poolLabel: (pool: string) => string): Line[] {
  const pools = Map.groupBy(models, (quota) => quota.pool)
  return [...pools].flatMap(([pool, members]) => {
    const [tightest] = [...members].sort(byTightness)
    return tightest === undefined
      ? []
      : [{ key: `pool:${pool}`, label: poolLabel(pool), quota: tightest, members: members.length > 1 ? members : [] }]
  })
}

function lineOf(quota: QuotaDocument): Line {
  return { key: quota.id, label: quota.label, quota, members: [] }
}

function byTightness(a: QuotaDocument, b: QuotaDocument): number {
  return (a.remainingRatio ?? 2) - (b.remainingRatio ?? 2)
}

/** An account that did not change is judged once a minute, however often the page asks. */
const judged = new WeakMap<AccountDocument, { readonly minute: number; readonly verdict: QuotaVerdict }>()

/** The verdict on the account, the same as on every surface. Null when nothing was read yet. */
export function accountVerdict(account: AccountDocument, now: EpochMs): QuotaVerdict | null {
  if (account.status === 'disabled' || account.status === 'pending') return null
  const minute = Math.floor(now / MINUTE_MS)
  const known = judged.get(account)
  if (known?.minute === minute) return known.verdict
  const { verdict } = bindingOf(account, now, DEFAULT_RULES)
  judged.set(account, { minute, verdict })
  return verdict
}

/** Marks on a bar, as shares of what was used: where an even burn would be, and where the forecast ends. */
export interface BarMarks {
  readonly even: number | null
  readonly landing: number | null
}

export function barMarks(quota: QuotaDocument, now: EpochMs): BarMarks {
  if (quota.usedRatio === null || quota.due) return { even: null, landing: null }
  const pace = quota.forecast?.pace ?? null
  const landing = landingRatio(quota, now)
  return {
    even: pace === null ? null : clamp(quota.usedRatio + pace.deltaRatio),
    landing: landing === null ? null : clamp(landing),
  }
}

function clamp(ratio: number): number {
  return Math.min(1, Math.max(0, ratio))
}
