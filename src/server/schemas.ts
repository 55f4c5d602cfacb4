import { z } from '@hono/zod-openapi'
import { STATUS_OF_CODE, type Status } from '../model/problem.ts'

/** The documents of the HTTP API as zod: what OpenAPI and the JSON Schema are made of. */

const Instant = z.iso.datetime().openapi({ description: 'RFC 3339, UTC' })
const Ratio = z.number().min(0).nullable()
const Amount = z.number().nullable()

const STATUSES = [...new Set<Status>(['ok', 'pending', 'disabled', ...Object.values(STATUS_OF_CODE)])]
const LEVELS = ['ok', 'medium', 'low', 'exhausted', 'unlimited', 'unknown'] as const
const KINDS = ['window', 'model', 'budget', 'balance', 'spend', 'count'] as const

const AccountProblem = z
  .object({
    code: z.enum(Object.keys(STATUS_OF_CODE)),
    message: z.string(),
    hint: z.string().nullable(),
    since: Instant,
    retryAt: Instant.nullable(),
  })
  .openapi('AccountProblem')

const Forecast = z
  .object({
    account: z.string(),
    quota: z.string(),
    burnPerHourRatio: z.number().nullable(),
    exhaustsAt: Instant.nullable(),
    exhaustsAtLow: Instant.nullable(),
    exhaustsAtHigh: Instant.nullable(),
    probabilityBeforeReset: z.number().min(0).max(1).nullable(),
    pace: z.object({ deltaRatio: z.number(), word: z.enum(['in_reserve', 'on_pace', 'in_deficit']) }).nullable(),
    model: z.string(),
    score: z.number().nullable(),
  })
  .openapi('Forecast')

const Quota = z
  .object({
    id: z.string(),
    label: z.string(),
    kind: z.enum(KINDS),
    pool: z.string(),
    unit: z.string(),
    used: Amount,
    limit: Amount,
    remaining: Amount,
    usedRatio: Ratio,
    remainingRatio: Ratio,
    unlimited: z.boolean(),
    overageAllowed: z.boolean(),
    inferred: z.boolean(),
    level: z.enum(LEVELS),
    due: z.boolean(),
    resetsAt: Instant.nullable(),
    windowSeconds: z.number().nullable(),
    providerPool: z.string().nullable(),
    observedAt: Instant.nullable(),
    helper: z.boolean(),
    modelsSpent: z
      .boolean()
      .openapi({ description: 'Its own share is unknown, and every model that draws on it is spent' }),
    forecast: Forecast.nullable(),
  })
  .openapi('Quota')

export const AccountEntry = z
  .object({
    id: z.string(),
    provider: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    plan: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
    source: z.string(),
    sources: z.array(z.string()),
    active: z.boolean(),
    activeFor: z.array(z.string()),
    status: z.enum(STATUSES),
    problem: AccountProblem.nullable(),
    observedAt: Instant.nullable(),
    staleAt: Instant.nullable(),
    nextPollAt: Instant.nullable(),
    via: z.string().nullable(),
    notes: z.array(z.object({ code: z.string(), message: z.string() })),
    quotas: z.array(Quota),
  })
  .openapi('Account')

export const Accounts = z
  .object({ schemaVersion: z.literal(1), generatedAt: Instant, accounts: z.array(AccountEntry) })
  .openapi('Accounts')

export const Quotas = z
  .object({ quotas: z.array(Quota.extend({ account: z.string(), provider: z.string() }).openapi('AccountQuota')) })
  .openapi('Quotas')

const Share = z.number().nullable()

export const Forecasts = z
  .object({ forecasts: z.array(Forecast.extend({ model: z.string().nullable() })) })
  .openapi('Forecasts')

const OfQuota = { account: z.string(), quota: z.string() }

export const ByHour = z
  .object({
    quotas: z.array(
      z.object({
        ...OfQuota,
        hours: z.array(z.object({ weekday: z.int(), hour: z.int(), burnedRatio: Share, seenHours: z.number() })),
      }),
    ),
  })
  .openapi('ByHour')

export const ByDay = z
  .object({
    quotas: z.array(
      z.object({
        ...OfQuota,
        days: z.array(z.object({ day: z.string(), burnedRatio: z.number(), seenHours: z.number() })),
      }),
    ),
  })
  .openapi('ByDay')

const OfSum = { burnedWindows: z.number(), seenQuotas: z.int() }

export const BurnAcross = z
  .object({
    since: Instant,
    until: Instant,
    groups: z.array(
      z.object({
        provider: z.string().nullable().openapi({ description: 'Null: of every service' }),
        windowSeconds: z.number().nullable().openapi({ description: 'How long a full window is; null: not reported' }),
        accounts: z.int(),
        quotas: z.int().openapi({ description: 'Quotas summed; `seenQuotas` says how many of them were seen' }),
        hours: z.array(
          z.object({
            weekday: z.int(),
            hour: z.int(),
            ...OfSum,
            burnedWindows: Share.openapi({
              description: 'Full windows burned in that hour of the week: the sum of each quota’s mean. Null: not seen',
            }),
          }),
        ),
        days: z.array(z.object({ day: z.string(), ...OfSum })),
      }),
    ),
  })
  .openapi('BurnAcross')

const CycleSummary = z.object({
  cycles: z.int(),
  wastedRatio: z.number(),
  wallRatio: z.number(),
  meanExhaustedSeconds: z.number().nullable(),
  meanPeakRatio: z.number(),
})

export const CycleSummaries = z
  .object({ quotas: z.array(z.object({ ...OfQuota, summary: CycleSummary.nullable() })) })
  .openapi('CycleSummaries')

export const Comparison = z.object({ quotas: z.array(CycleSummary.extend(OfQuota)) }).openapi('Comparison')

export const History = z
  .object({
    series: z.array(
      z.object({
        account: z.string(),
        provider: z.string(),
        quota: z.string(),
        label: z.string(),
        kind: z.string(),
        unit: z.string(),
        points: z.array(
          z.object({
            at: Instant,
            usedRatio: Share,
            remainingRatio: Share,
            used: Share,
            remaining: Share,
            limit: Share,
            reset: z.boolean(),
          }),
        ),
      }),
    ),
  })
  .openapi('History')

export const Cycles = z
  .object({
    cycles: z.array(
      z.object({
        account: z.string(),
        quota: z.string(),
        startedAt: Instant,
        endedAt: Instant.nullable(),
        resetsAt: Instant.nullable(),
        peakUsedRatio: Share,
        endUsedRatio: Share,
        exhaustedSeconds: z.number(),
        ended: z.enum(['reset', 'early_reset', 'withdrawn']).nullable(),
      }),
    ),
    truncated: z.boolean().openapi({
      description:
        'True: there were more than 2,000 of one quota or 5,000 in all, and the newest of each quota are here',
    }),
  })
  .openapi('Cycles')

const Provider = z
  .object({
    id: z.string(),
    title: z.string(),
    enabled: z.boolean(),
    accounts: z.number(),
    intervalSeconds: z.number(),
    sources: z.array(z.string()),
    hosts: z.array(z.string()),
    signIn: z.string(),
  })
  .openapi('Provider')

export const Providers = z.object({ providers: z.array(Provider) }).openapi('Providers')

const Choice = z
  .object({
    account: z.string(),
    provider: z.string(),
    pool: z.string().nullable(),
    remainingRatio: Ratio,
    resetsAt: Instant.nullable(),
    reason: z.string(),
  })
  .openapi('Choice')

export const Best = z
  .object({
    best: Choice.nullable(),
    others: z.array(Choice),
    excluded: z.array(z.object({ account: z.string(), reason: z.string(), recoversAt: Instant.nullable() })),
  })
  .openapi('Best')

export const Refreshed = z
  .object({
    results: z.array(
      z.object({
        account: z.string(),
        outcome: z.enum(['read', 'cooldown', 'failed']),
        observedAt: Instant.nullable(),
        retryAt: Instant.nullable(),
        problem: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
      }),
    ),
  })
  .openapi('Refreshed')

export const ProblemDocument = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    code: z.string(),
    hint: z.string().nullable(),
    retryAt: Instant.nullable(),
  })
  .openapi('Problem')

/** JSON Schema (2020-12) of the document of `list --json` and `GET /api/v1/accounts`. Further fields may appear. */
export function accountsSchema(): unknown {
  return z.toJSONSchema(Accounts, { target: 'draft-2020-12', io: 'input' })
}
