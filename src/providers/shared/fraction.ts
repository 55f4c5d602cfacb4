/**
 * A remaining share as an answer carries it. Absent is not the same as unreadable: Google leaves zeros out, so absent
 * may mean 0, while a text or an object in its place means that we do not understand the answer.
 */
export type Fraction =
  | { readonly state: 'known'; readonly value: number }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable' }

/** Null counts as absent: proto3 JSON allows null for a field that is not set. */
export function readFraction(value: unknown): Fraction {
  if (value === undefined || value === null) return { state: 'absent' }
  if (typeof value === 'number' && Number.isFinite(value)) return { state: 'known', value }
  return { state: 'unreadable' }
}
