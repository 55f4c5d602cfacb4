import type { Credential } from '../../model/credential.ts'
import { QuotaError } from '../../model/problem.ts'
import { type Reading, UNKNOWN_IDENTITY } from '../../model/reading.ts'
import type { EpochMs } from '../../model/time.ts'
import { unexpected } from '../shared/json.ts'
import { parseJson } from '../shared/parse-json.ts'
import { TITLE } from './ask.ts'
import { parseUsage, planOf } from './parse.ts'
import { OwnerAccount, OwnerLimits, type OwnerSnapshot, type OwnerWindow } from './schema.ts'

/** What `codex app-server` answered; null: that one was not answered. */
export interface OwnerAnswers {
  readonly limits: unknown
  readonly account: unknown
}

const CONTEXT = { title: TITLE, endpoint: 'app_server' }

/**
 * The reading behind what `codex app-server` said at `at`. Throws QuotaError: `unexpected_response` when no limit is in
 * it, `credential_expired` when it is signed in to another account than this login's.
 */
export function parseAnswers(answers: Partial<OwnerAnswers>, credential: Credential, at: EpochMs): Reading {
  const account = OwnerAccount.safeParse(answers.account).data?.result?.account ?? null
  refuseAnother(account?.email ?? null, credential)
  const usage = parseUsage(usageIn(answers.limits), at)
  if (usage === null || !usage.isUsage || usage.quotas.length === 0) throw unexpected(CONTEXT)
  const email = account?.email ?? usage.identity.email
  return {
    identity: { ...UNKNOWN_IDENTITY, email },
    plan: usage.plan ?? planOf(account?.planType ?? null),
    quotas: usage.quotas,
    notes: usage.notes,
    observedAt: null,
    via: 'codex app-server',
  }
}

/** Its login may have been changed since the file was read: the wrong account's numbers are worse than none. */
function refuseAnother(email: string | null, { identity }: Credential): void {
  if (email === null || identity.email === null) return
  if (email.toLowerCase() === identity.email.toLowerCase()) return
  throw new QuotaError({ code: 'credential_expired', message: `${TITLE} is signed in to another account now.` })
}

/**
 * The limits in the form of the usage answer, which one reader understands. A `codex` that is older than the service
 * answers with an error whose text holds the service's own answer: then that is the usage answer.
 */
function usageIn(answer: unknown): object {
  const said = OwnerLimits.safeParse(answer).data
  const quoted = said?.error?.message ?? ''
  const parsed = parseJson(quoted.slice(Math.max(0, quoted.indexOf('{')), quoted.lastIndexOf('}') + 1))
  if (parsed.state === 'ok') return parsed.value
  const main = said?.result?.rateLimits ?? null
  if (main === null) throw unexpected(CONTEXT)
  const others = said?.result?.rateLimitsByLimitId.items ?? []
  return {
    plan_type: main.planType,
    rate_limit: windowsOf(main),
    credits: main.credits && {
      has_credits: main.credits.hasCredits,
      unlimited: main.credits.unlimited,
      balance: main.credits.balance,
    },
    individual_limit: main.individualLimit && {
      limit: main.individualLimit.limit,
      used: main.individualLimit.used,
      remaining_percent: main.individualLimit.remainingPercent,
      resets_at: main.individualLimit.resetsAt,
    },
    additional_rate_limits: others
      .filter(([id]) => id !== (main.limitId ?? MAIN_LIMIT))
      .map(([id, limit]) => ({ limit_name: limit.limitName, metered_feature: id, rate_limit: windowsOf(limit) })),
  }
}

/** The id under which the plan's own windows are listed among the others. */
const MAIN_LIMIT = 'codex'

function windowsOf({ primary, secondary }: OwnerSnapshot): object {
  return { primary_window: windowOf(primary), secondary_window: windowOf(secondary) }
}

function windowOf(window: OwnerWindow | null): object | null {
  if (window === null) return null
  const minutes = window.windowDurationMins
  return {
    used_percent: window.usedPercent,
    limit_window_seconds: minutes === null ? null : minutes * 60,
    reset_at: window.resetsAt,
  }
}
