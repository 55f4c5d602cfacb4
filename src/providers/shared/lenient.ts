import * as z from 'zod'

/** A list or map of which the good elements were kept. */
export interface Lenient<T> {
  readonly items: readonly T[]
  /** How many elements could not be read: reported as a note, never as a failure. */
  readonly dropped: number
  /** False: there was no list or map at all, or something else stood in its place. */
  readonly isPresent: boolean
}

const ABSENT: Lenient<never> = { items: [], dropped: 0, isPresent: false }
const WRONG: Lenient<never> = { items: [], dropped: 1, isPresent: false }

/**
 * A list whose bad elements are dropped and counted. Absent or null is an empty list; anything else that is no list
 * counts as one bad element.
 */
export function lenientArray<Schema extends z.ZodType>(element: Schema): z.ZodType<Lenient<z.output<Schema>>, unknown> {
  return z
    .unknown()
    .optional()
    .transform((value): Lenient<z.output<Schema>> => {
      if (value === undefined || value === null) return ABSENT
      if (!Array.isArray(value)) return WRONG
      return keepGood(value, element)
    })
}

/** Like `lenientArray` for a map; the items are `[key, element]` in the order of the answer. */
export function lenientRecord<Schema extends z.ZodType>(
  element: Schema,
): z.ZodType<Lenient<readonly [string, z.output<Schema>]>, unknown> {
  return z
    .unknown()
    .optional()
    .transform((value): Lenient<readonly [string, z.output<Schema>]> => {
      if (value === undefined || value === null) return ABSENT
      if (typeof value !== 'object' || Array.isArray(value)) return WRONG
      const items: (readonly [string, z.output<Schema>])[] = []
      let dropped = 0
      for (const [key, child] of Object.entries(value)) {
        const parsed = element.safeParse(child)
        if (parsed.success) items.push([key, parsed.data])
        else dropped++
      }
      return { items, dropped, isPresent: true }
    })
}

function keepGood<Schema extends z.ZodType>(values: readonly unknown[], element: Schema): Lenient<z.output<Schema>> {
  const items: z.output<Schema>[] = []
  let dropped = 0
  for (const value of values) {
    const parsed = element.safeParse(value)
    if (parsed.success) items.push(parsed.data)
    else dropped++
  }
  return { items, dropped, isPresent: true }
}

/** An optional field: absent, null and a wrong type are all null, so one bad field does not sink its object. */
export function optional<Schema extends z.ZodType>(schema: Schema): z.ZodType<z.output<Schema> | null, unknown> {
  return z
    .unknown()
    .optional()
    .transform((value): z.output<Schema> | null => {
      if (value === undefined || value === null) return null
      const parsed = schema.safeParse(value)
      return parsed.success ? parsed.data : null
    })
}

/**
 * A finite number, or a decimal text such as Google's int64 `"1234"` and amounts of money `"12.50"`. JavaScript reads
 * `1e309` as Infinity; `z.number()` refuses it.
 */
export const decimal: z.ZodType<number, unknown> = z
  .union([
    z.number(),
    z
      .string()
      .trim()
      .regex(/^[+-]?\d{1,18}(\.\d{1,18})?$/),
  ])
  .transform(Number)
  .refine((value) => Number.isFinite(value))

/** An id of theirs that becomes an id of ours: no spaces, no control or invisible characters, at most 128 long. */
export const identifier = z.string().regex(/^[^\s\p{C}]{1,128}$/u)

/** Text for people, cleaned, at most `longest` characters; null when nothing is left of it. */
export function text(longest = 128): z.ZodType<string | null, unknown> {
  return z.string().transform((value) => cleanText(value, longest))
}

/** A word of an open list (a plan, a window): kept as it is, cut at 64 characters, so a new one breaks nothing. */
export const openEnum: z.ZodType<string | null, unknown> = text(64)

/** C0 and C1 controls, DEL, line and paragraph separators, bidi marks, overrides and isolates, zero-width characters. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g

/** Text from a service made safe for terminals and pages: no control or direction characters, no lone surrogates. */
export function cleanText(value: string, longest: number): string | null {
  // Only the beginning matters; a megabyte of text is not worth cleaning.
  const start = value.slice(0, longest * 4).replace(UNSAFE, ' ')
  const cleaned = [...start.toWellFormed().replace(/\s+/g, ' ').trim()].slice(0, longest).join('').trim()
  return cleaned === '' ? null : cleaned
}
