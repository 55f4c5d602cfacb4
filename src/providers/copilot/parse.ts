import { QuotaError } from '../../model/problem.ts'
import { makeQuota, type Quota, ratiosFromAmounts, ratiosFromRemaining, ratiosFromUsed } from '../../model/quota.ts'
import type { Identity, Plan, Reading } from '../../model/reading.ts'
import { type EpochMs, fromIso } from '../../model/time.ts'
import { minus } from '../shared/amount.ts'
import { unexpected } from '../shared/json.ts'
import { identifier } from '../shared/lenient.ts'
import { corruptNote } from '../shared/notes.ts'
import { ENDPOINT, TITLE } from './ask.ts'
import { type Snapshot, User } from './schema.ts'

interface Context {
  /** The host the login was stored for. */
  readonly home: string
  /** What answered. */
  readonly via: string
}

/** Their answer as a reading. Throws QuotaError when it holds no quota, or is not an answer of this endpoint. */
export function parse(json: unknown, context: Context): Reading {
  const parsed = User.safeParse(json)
  if (!parsed.success) throw unexpected({ title: TITLE, endpoint: ENDPOINT })
  const user = parsed.data
  const named = user.quota_snapshots.items.filter(([name]) => identifier.safeParse(name).success)
  const dropped = user.quota_snapshots.dropped + user.quota_snapshots.items.length - named.length
  const quotas = quotasOf(user, new Map(named))
  if (quotas.length === 0) throw noQuota(user, dropped)
  return {
    identity: identityOf(user, context.home),
    plan: planOf(user),
    quotas,
    notes: corruptNote(dropped),
    observedAt: null,
    via: context.via,
  }
}

/** `premium_interactions` is the one bucket whose id is not its name. */
const PREMIUM = 'premium_interactions'
const IDS: Readonly<Record<string, string>> = { [PREMIUM]: 'premium' }
const LABELS: Readonly<Record<string, string>> = {
  premium: 'Premium interactions',
  chat: 'Chat',
  completions: 'Completions',
}
const KNOWN = [PREMIUM, 'chat', 'completions']

function quotasOf(user: User, snapshots: ReadonlyMap<string, Snapshot>): readonly Quota[] {
  const resetsAt = resetOf(user)
  const taken = ['overage', 'credits_used', ...KNOWN, ...(snapshots.has(PREMIUM) ? ['premium'] : [])]
  const others = [...snapshots.keys()].filter((name) => !taken.includes(name)).sort()
  const windows = [...KNOWN, ...others].flatMap((name): readonly Quota[] => {
    const snapshot = snapshots.get(name)
    const quota = (snapshot && windowOf(name, snapshot, resetsAt)) ?? freeWindow(name, user, resetsAt)
    return quota === null ? [] : [quota]
  })
  const premium = snapshots.get(PREMIUM)
  const hasPremium = windows.some((quota) => quota.id === 'premium' && !quota.unlimited)
  const overage = premium !== undefined && hasPremium ? overageOf(premium, resetsAt) : null
  const hasShare = windows.some((quota) => quota.usedRatio !== null)
  const credits = hasShare ? null : creditsOf(snapshots, resetsAt)
  return [...windows, ...[overage, credits].filter((quota) => quota !== null)]
}

/** One bucket; null where it is a placeholder that grants nothing, or says nothing. */
function windowOf(name: string, snapshot: Snapshot, resetsAt: EpochMs | null): Quota | null {
  const { entitlement, unlimited, percent_remaining: percent } = snapshot
  const remaining = snapshot.remaining ?? snapshot.quota_remaining
  const id = IDS[name] ?? name
  const facts = { id, label: LABELS[id] ?? name, kind: 'window', unit: unitOf(id), resetsAt } as const
  // Flagged unlimited with nothing granted stands for "not counted here" (business plans), not for "without limit".
  if (entitlement === 0) return null
  if (unlimited === true || entitlement === -1) return makeQuota({ ...facts, unlimited: true })
  if (entitlement !== null && entitlement < 0) return null
  if (entitlement === null && remaining === null && percent === null) return null
  return makeQuota({
    ...facts,
    limit: entitlement,
    remaining,
    used: entitlement === null || remaining === null ? null : minus(entitlement, remaining),
    ...ratiosOf(entitlement, remaining, percent),
    overageAllowed: snapshot.overage_permitted === true,
  })
}

/**
 * What is left below zero is counted, never clamped; else the service's own percentage wins over what its rounded
 * counts say; outside 0..100 it only serves where there are no counts.
 */
function ratiosOf(
  entitlement: number | null,
  remaining: number | null,
  percent: number | null,
): Pick<Quota, 'usedRatio' | 'remainingRatio'> {
  const hasCounts = entitlement !== null && entitlement > 0 && remaining !== null
  const isShare = percent !== null && percent >= 0 && percent <= 100
  if (isShare && (remaining === null || remaining >= 0)) return ratiosFromRemaining(percent / 100)
  if (hasCounts) return ratiosFromAmounts(entitlement - remaining, entitlement)
  return percent !== null && percent < 0 ? ratiosFromUsed(1 - percent / 100) : ratiosFromUsed(null)
}

/** The free plan's older form: `limited_user_quotas` is what is left, `monthly_quotas` the limit. */
function freeWindow(name: string, user: User, resetsAt: EpochMs | null): Quota | null {
  if (name !== 'chat' && name !== 'completions') return null
  const limit = user.monthly_quotas?.[name] ?? null
  const remaining = user.limited_user_quotas?.[name] ?? null
  if (limit === null || limit <= 0 || remaining === null) return null
  const used = minus(limit, remaining)
  return makeQuota({
    id: name,
    label: LABELS[name] ?? name,
    kind: 'window',
    unit: 'count',
    used,
    limit,
    remaining,
    ...ratiosFromAmounts(used, limit),
    resetsAt,
  })
}

/** Requests beyond the allowance, where they are allowed. A negative rest tells them when the counter does not. */
function overageOf(snapshot: Snapshot, resetsAt: EpochMs | null): Quota | null {
  if (snapshot.overage_permitted !== true) return null
  const remaining = snapshot.remaining ?? snapshot.quota_remaining
  const counted = snapshot.overage_count
  const used = counted !== null && counted > 0 ? counted : remaining !== null && remaining < 0 ? -remaining : counted
  if (used === null || used < 0) return null
  return makeQuota({
    id: 'overage',
    label: 'Overage',
    kind: 'count',
    unit: 'count',
    used,
    overageAllowed: true,
    resetsAt,
  })
}

/** AI credits of a plan whose buckets carry no share: a number, of nothing that is known. */
function creditsOf(snapshots: ReadonlyMap<string, Snapshot>, resetsAt: EpochMs | null): Quota | null {
  const counts = [...snapshots.values()].flatMap(({ credits_used: count }) =>
    count === null || count < 0 ? [] : [count],
  )
  const own = snapshots.get(PREMIUM)?.credits_used ?? null
  const used = own !== null && own >= 0 ? own : counts.length === 0 ? null : Math.max(...counts)
  if (used === null) return null
  return makeQuota({ id: 'credits_used', label: 'AI credits used', kind: 'count', unit: 'credits', used, resetsAt })
}

function unitOf(id: string): Quota['unit'] {
  return id === 'premium' ? 'requests' : 'count'
}

function resetOf(user: User): EpochMs | null {
  return fromIso(user.quota_reset_date_utc) ?? fromIso(user.quota_reset_date) ?? fromIso(user.limited_user_reset_date)
}

/**
 * Host and login name: the login is what every place and every answer knows (credentials/github.ts makes the same
 * identity from files); the user id serves where an answer has no login.
 */
function identityOf({ login, user_id }: User, home: string): Identity {
  const name = login?.toLowerCase() ?? user_id
  return { subject: name === null ? null : `${home}/${name}`, workspace: home, email: null, login }
}

const SKUS: readonly (readonly [RegExp, string])[] = [
  [/enterprise/i, 'Copilot Enterprise'],
  [/business/i, 'Copilot Business'],
  [/free_limited/i, 'Copilot Free'],
  [/educational/i, 'Copilot Pro'],
]
const PLANS: Readonly<Record<string, string>> = {
  free: 'Copilot Free',
  individual: 'Copilot Pro',
  pro: 'Copilot Pro',
  individual_pro: 'Copilot Pro+',
  business: 'Copilot Business',
  enterprise: 'Copilot Enterprise',
  max: 'Copilot Max',
}

/** The sku tells free and company plans apart where `copilot_plan` says `individual` for all of them. */
function planOf({ copilot_plan: plan, access_type_sku: sku }: User): Plan | null {
  const id = plan ?? sku
  if (id === null) return null
  const bySku = SKUS.find(([pattern]) => sku !== null && pattern.test(sku))?.[1]
  const byPlan = plan !== null && Object.hasOwn(PLANS, plan) ? PLANS[plan] : undefined
  return { id, name: bySku ?? byPlan ?? null }
}

function noQuota(user: User, dropped: number): QuotaError {
  const isAnswer = user.login !== null || user.copilot_plan !== null || user.access_type_sku !== null
  if (dropped > 0 || (!isAnswer && !user.quota_snapshots.isPresent)) {
    return unexpected({ title: TITLE, endpoint: ENDPOINT })
  }
  const plan = planOf(user)?.name
  return new QuotaError({
    code: 'no_quota_reported',
    message: `GitHub reports no quota of its own for this login${plan ? ` (${plan})` : ''}.`,
    hint: 'The organization or the plan counts elsewhere; there is nothing to do.',
    endpoint: ENDPOINT,
  })
}
