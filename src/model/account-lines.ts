import type { AccountDocument, QuotaDocument } from './document.ts'

/** One line of an account: a quota, or a pool shown by its tightest member. */
export interface AccountLine {
  readonly key: string
  readonly label: string
  readonly quota: QuotaDocument
  /** Quotas behind the line; empty for a quota that stands for itself. */
  readonly members: readonly QuotaDocument[]
}

export interface AccountLines {
  /** Always shown. */
  readonly main: readonly AccountLine[]
  /** Shown on request. */
  readonly more: readonly AccountLine[]
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

function poolLines(models: readonly QuotaDocument[], poolLabel: (pool: string) => string): AccountLine[] {
  const pools = Map.groupBy(models, (quota) => quota.pool)
  return [...pools].flatMap(([pool, members]) => {
    const [tightest] = [...members].sort(byTightness)
    return tightest === undefined
      ? []
      : [{ key: `pool:${pool}`, label: poolLabel(pool), quota: tightest, members: members.length > 1 ? members : [] }]
  })
}

function lineOf(quota: QuotaDocument): AccountLine {
  return { key: quota.id, label: quota.label, quota, members: [] }
}

/** The least left first; unknown last. */
export function byTightness(a: QuotaDocument, b: QuotaDocument): number {
  return (a.remainingRatio ?? 2) - (b.remainingRatio ?? 2)
}
