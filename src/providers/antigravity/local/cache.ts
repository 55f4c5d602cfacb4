import { isHelperModel } from '../../../model/pool.ts'
import { makeQuota, type Quota, ratiosFromRemaining } from '../../../model/quota.ts'
import { type Reading, UNKNOWN_IDENTITY } from '../../../model/reading.ts'
import { type EpochMs, epochMs, fromUnixMs } from '../../../model/time.ts'
import { unexpected } from '../../shared/json.ts'
import { corruptNote } from '../../shared/notes.ts'
import { parseJson } from '../../shared/parse-json.ts'
import { TITLE } from '../ask.ts'
import { providerPoolOf } from '../models.ts'
import { modelIds } from './labels.ts'
import { Cache } from './schema.ts'

/**
 * The reading behind `extra.cache` of a login of the editor: what the editor itself last heard. It is only as new as
 * that: `observedAt` is when its file was written, and never after a reset that it names (the service names future
 * ones, so the content is older than the first of them). Throws QuotaError `unexpected_response`, `no_quota_reported`
 * is left to the caller.
 */
export function readCache(cache: string, known: readonly Pick<Quota, 'id' | 'label'>[] = []): Reading {
  const parsed = parseJson(cache)
  const content = parsed.state === 'ok' ? Cache.safeParse(parsed.value) : null
  const writtenAt = content?.success === true ? fromUnixMs(content.data.writtenAt) : null
  if (content?.success !== true || writtenAt === null) throw unexpected({ title: TITLE, endpoint: 'cache' })
  const { models } = content.data
  const ids = modelIds(
    models.items.map(({ label }) => label),
    known,
  )
  const isMereList = models.items.length > 0 && models.items.every(({ left }) => left === 1)
  const quotas = models.items.map(({ label, left, reset }, index) => {
    const id = ids[index] ?? label
    const resetsAt = fromUnixMs(reset)
    // Protobuf leaves a zero out; contracts section 7.12: here no other model has to prove it.
    const isOmitted = left === null && resetsAt !== null
    return makeQuota({
      id,
      label,
      kind: 'model',
      ...ratiosFromRemaining(isOmitted ? 0 : left),
      inferred: isOmitted || isMereList,
      resetsAt,
      providerPool: providerPoolOf(id),
      helper: isHelperModel(id),
    })
  })
  return {
    identity: UNKNOWN_IDENTITY,
    plan: null,
    quotas,
    notes: corruptNote(content.data.dropped + models.dropped),
    observedAt: contentTime(writtenAt, quotas),
    via: 'Antigravity cache',
  }
}

function contentTime(writtenAt: EpochMs, quotas: readonly Quota[]): EpochMs {
  const resets = quotas.flatMap(({ resetsAt }) => (resetsAt === null ? [] : [resetsAt - 1]))
  return epochMs(Math.min(writtenAt, ...resets))
}
