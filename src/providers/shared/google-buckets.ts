import * as z from 'zod'
import { type EpochMs, fromAnyInstant } from '../../model/time.ts'
import { readFraction } from './fraction.ts'
import { decimal, identifier, lenientArray, openEnum, optional } from './lenient.ts'

const Bucket = z.object({
  modelId: identifier,
  remainingFraction: z.unknown().optional(),
  resetTime: z.unknown().optional(),
  tokenType: optional(openEnum),
  remainingAmount: optional(decimal),
})

/** The answer of `retrieveUserQuota`; `buckets` is left out by proto3 JSON when it is empty. */
const UserQuota = z.object({ buckets: lenientArray(Bucket) })

export interface QuotaBucket {
  /** Model id with `_` as `-`: some accounts have `…_vertex` twins. */
  readonly modelId: string
  readonly tokenType: string | null
  /** Remaining share as sent, or 0 by the omission rule; null: unknown. Not clamped. */
  readonly share: number | null
  /** True: `share` is 0 because it was left out. */
  readonly inferred: boolean
  readonly resetsAt: EpochMs | null
  readonly amount: number | null
}

export interface QuotaBuckets {
  readonly buckets: readonly QuotaBucket[]
  /** Buckets that could not be read. */
  readonly dropped: number
}

/**
 * Reads an answer of `retrieveUserQuota`. A fraction that is left out beside a reset time is 0 left, as long as another
 * bucket carries one and no remaining amount contradicts it (contracts section 7.1). Null: not such an answer.
 */
export function readQuotaBuckets(json: unknown): QuotaBuckets | null {
  const parsed = UserQuota.safeParse(json)
  if (!parsed.success) return null
  const { items, dropped } = parsed.data.buckets
  const rows = items.map((row) => ({ ...row, fraction: readFraction(row.remainingFraction) }))
  const readable = rows.filter((row) => row.fraction.state !== 'unreadable')
  const hasFraction = rows.some((row) => row.fraction.state === 'known')
  const buckets = readable.map((row): QuotaBucket => {
    const resetsAt = fromAnyInstant(row.resetTime)
    const isSpent =
      row.fraction.state === 'absent' && resetsAt !== null && hasFraction && (row.remainingAmount ?? 0) <= 0
    return {
      modelId: row.modelId.replaceAll('_', '-'),
      tokenType: row.tokenType,
      share: row.fraction.state === 'known' ? row.fraction.value : isSpent ? 0 : null,
      inferred: isSpent,
      resetsAt,
      amount: row.remainingAmount,
    }
  })
  return { buckets, dropped: dropped + rows.length - readable.length }
}
