import { QuotaError } from '../../model/problem.ts'

/**
 * Raw answers by endpoint, for `query`, the most important first; what failed says why in its place. Throws the first
 * failure when nothing was answered.
 */
export function rawResults(
  results: Readonly<Record<string, PromiseSettledResult<unknown>>>,
): Readonly<Record<string, unknown>> {
  const all = Object.values(results)
  const failed = all.find((result) => result.status === 'rejected')
  if (failed !== undefined && all.every((result) => result.status === 'rejected')) throw failed.reason
  return Object.fromEntries(
    Object.entries(results).map(([endpoint, result]) => [
      endpoint,
      result.status === 'fulfilled' ? result.value : problemOf(result.reason),
    ]),
  )
}

function problemOf(reason: unknown): unknown {
  if (!(reason instanceof QuotaError)) throw reason
  return { problem: { code: reason.code, message: reason.message } }
}
