import { type EpochMs, fromUnixSeconds } from '../../model/time.ts'
import { labelText } from '../parse.ts'
import { bytesOf, fromBase64, readFields, secondsOf, textOf, type WireField } from './wire.ts'

/** What the editor last heard from Google about one model. */
interface CachedModel {
  readonly label: string
  /** Share that is left, 0..1; null: left out beside the reset, which is how protobuf writes a zero. */
  readonly left: number | null
  readonly resetsAt: EpochMs | null
}

export interface CachedStatus {
  readonly email: string | null
  /** By label; a label that stands twice has its last value. */
  readonly models: readonly CachedModel[]
  /** Models that could not be read. */
  readonly dropped: number
}

const EMAIL = 7
const MODEL_GROUP = 33
const GROUP_MODEL = 1
const MODEL_LABEL = 1
const MODEL_QUOTA = 15
const QUOTA_LEFT = 1
const QUOTA_RESET = 2

/**
 * Reads the editor's UserStatus message (base64 of protobuf; layout as seen in several public readers, 2026). Null:
 * not such a message. A model that is broken is counted and left out; the others stay.
 */
export function readUserStatus(base64: string): CachedStatus | null {
  const bytes = fromBase64(base64)
  const root = bytes === null ? null : readFields(bytes)
  if (root === null) return null
  const models = new Map<string, CachedModel>()
  let dropped = 0
  for (const group of bytesOf(root, MODEL_GROUP)) {
    const members = readFields(group)
    if (members === null) dropped++
    for (const member of bytesOf(members ?? [], GROUP_MODEL)) {
      const model = readModel(member)
      if (model === 'broken') dropped++
      else if (model !== 'no quota') models.set(model.label, model)
    }
  }
  return { email: labelText(textOf(root, EMAIL)), models: [...models.values()], dropped }
}

function readModel(bytes: Uint8Array): CachedModel | 'no quota' | 'broken' {
  const fields = readFields(bytes)
  if (fields === null) return 'broken'
  const quotaBytes = bytesOf(fields, MODEL_QUOTA).at(-1)
  if (quotaBytes === undefined) return 'no quota'
  const label = labelText(textOf(fields, MODEL_LABEL))
  const quota = readFields(quotaBytes)
  if (quota === null || label === null || !/\p{L}/u.test(label)) return 'broken'
  const left = readShare(quota)
  if (left === 'broken') return 'broken'
  return { label, left, resetsAt: fromUnixSeconds(secondsOf(quota, QUOTA_RESET)) }
}

/** A float32, in some builds a double; outside 0..1 it is clamped, and what is no number is broken, never 0. */
function readShare(quota: readonly WireField[]): number | null | 'broken' {
  const field = quota.findLast((one) => one.number === QUOTA_LEFT)
  if (field === undefined) return null
  if (field.type !== 'fixed32' && field.type !== 'fixed64') return 'broken'
  const view = new DataView(field.bytes.buffer, field.bytes.byteOffset, field.bytes.byteLength)
  const value = field.type === 'fixed32' ? view.getFloat32(0, true) : view.getFloat64(0, true)
  if (!Number.isFinite(value)) return 'broken'
  // A float32 has seven digits: 0.85 is stored as 0.8500000238.
  const exact = field.type === 'fixed32' ? Number(value.toPrecision(7)) : value
  return Math.min(1, Math.max(0, exact))
}
