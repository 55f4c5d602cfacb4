import { QuotaError } from '../../model/problem.ts'
import type { ReadingNote } from '../../model/reading.ts'
import { CLOUD_CODE_HOSTS, type CloudCodeAnswer, mostTelling } from './google.ts'

/** A note when a host other than the first one answered: Google meters the two apart. */
export function hostNotes(hosts: readonly string[]): readonly ReadingNote[] {
  const other = hosts.find((host) => host !== CLOUD_CODE_HOSTS[0])
  if (other === undefined) return []
  const message = `${other} answered instead of ${CLOUD_CODE_HOSTS[0]}; it may count apart from what the apps spend.`
  return [{ code: 'host_fallback', message }]
}

/** A note for a request that failed beside others that did not. `what` begins a sentence: `The plan`. */
export function sideNote(result: PromiseSettledResult<unknown>, what: string): readonly ReadingNote[] {
  if (result.status === 'fulfilled') return []
  const reason: unknown = result.reason
  if (!(reason instanceof QuotaError)) throw reason
  return [{ code: 'partial', message: `${what} could not be read: ${reason.message}` }]
}

/** Raw answers by endpoint, for `query`; what failed says why. Throws when nothing was answered. */
export function rawAnswers(
  results: Readonly<Record<string, PromiseSettledResult<CloudCodeAnswer> | null>>,
): Readonly<Record<string, unknown>> {
  const asked = Object.entries(results).filter((entry) => entry[1] !== null)
  const failures = asked.flatMap(([, result]) => (result?.status === 'rejected' ? [result.reason as unknown] : []))
  if (failures.length === asked.length) throw mostTelling(failures)
  return Object.fromEntries(
    asked.map(([endpoint, result]) => [
      endpoint,
      result?.status === 'fulfilled' ? result.value.json : why(result?.reason),
    ]),
  )
}

function why(reason: unknown): unknown {
  if (!(reason instanceof QuotaError)) throw reason
  return { problem: { code: reason.code, message: reason.message } }
}
