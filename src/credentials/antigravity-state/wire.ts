import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'

/** One field of a protobuf message, undecoded: bytes of a length-delimited, fixed32 or fixed64 field, else a varint. */
export type WireField =
  | { readonly number: number; readonly type: 'bytes' | 'fixed32' | 'fixed64'; readonly bytes: Uint8Array }
  | { readonly number: number; readonly type: 'varint'; readonly value: bigint }

/** More fields than any state of an editor holds: a bound on work, not a limit anybody meets. */
const MOST_FIELDS = 50_000

/**
 * The fields of one message in their order; null when its framing is broken (a length beyond the end, a varint that
 * overflows, a group). Nested messages stay bytes: each is read by itself, so a broken one spoils nothing around it,
 * and no depth is ever followed that the caller did not ask for.
 */
export function readFields(bytes: Uint8Array): readonly WireField[] | null {
  const reader = new BinaryReader(bytes)
  const fields: WireField[] = []
  try {
    while (reader.pos < reader.len) {
      if (fields.length >= MOST_FIELDS) return null
      const [number, type] = reader.tag()
      const field = readField(reader, bytes, number, type)
      // A varint that is cut off is read as if zeros followed.
      if (field === null || reader.pos > reader.len) return null
      fields.push(field)
    }
    return fields
  } catch {
    // The reader throws for nothing but bytes that are no message.
    return null
  }
}

function readField(reader: BinaryReader, bytes: Uint8Array, number: number, type: WireType): WireField | null {
  switch (type) {
    case WireType.Varint:
      return { number, type: 'varint', value: BigInt(reader.uint64()) }
    case WireType.LengthDelimited: {
      // Read as 64 bits: a length near 2^62 must be refused, not cut down to one that fits.
      const length = BigInt(reader.uint64())
      return length > BigInt(reader.len - reader.pos)
        ? null
        : take(reader, bytes, { number, type: 'bytes' }, Number(length))
    }
    case WireType.Bit32:
      return take(reader, bytes, { number, type: 'fixed32' }, 4)
    case WireType.Bit64:
      return take(reader, bytes, { number, type: 'fixed64' }, 8)
    default:
      return null
  }
}

function take(
  reader: BinaryReader,
  bytes: Uint8Array,
  field: { readonly number: number; readonly type: 'bytes' | 'fixed32' | 'fixed64' },
  length: number,
): WireField | null {
  if (length > reader.len - reader.pos) return null
  const start = reader.pos
  reader.pos += length
  return { ...field, bytes: bytes.subarray(start, start + length) }
}

/** Every value of a message or text field, in order. */
export function bytesOf(fields: readonly WireField[], number: number): readonly Uint8Array[] {
  return fields.flatMap((field) => (field.number === number && field.type === 'bytes' ? [field.bytes] : []))
}

/** The last value counts, as protobuf has it for a field that is not repeated; null: none, or not UTF-8. */
export function textOf(fields: readonly WireField[], number: number): string | null {
  const last = bytesOf(fields, number).at(-1)
  if (last === undefined) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(last)
  } catch {
    // The decoder throws for nothing but bytes that are no UTF-8.
    return null
  }
}

/** A `google.protobuf.Timestamp` as unix seconds with its fraction; null: none, or broken. */
export function secondsOf(fields: readonly WireField[], number: number): number | null {
  const last = bytesOf(fields, number).at(-1)
  const inner = last === undefined ? null : readFields(last)
  if (inner === null) return null
  const seconds = inner.findLast((field) => field.number === 1 && field.type === 'varint')
  const nanos = inner.findLast((field) => field.number === 2 && field.type === 'varint')
  if (seconds?.type !== 'varint') return null
  const fraction = nanos?.type === 'varint' ? Number(BigInt.asIntN(64, nanos.value)) / 1e9 : 0
  return Number(BigInt.asIntN(64, seconds.value)) + fraction
}

/** Longer texts are no login state; decoding them would only cost memory. */
const LONGEST_BASE64 = 4 * 1024 * 1024

/** Bytes of a base64 text, line breaks allowed; null for anything else. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length > LONGEST_BASE64) return null
  const compact = text.replace(/[\r\n\t ]/g, '')
  return compact !== '' && /^[A-Za-z0-9+/_-]+={0,2}$/.test(compact) ? Buffer.from(compact, 'base64') : null
}
