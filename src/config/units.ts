import * as z from 'zod'
import { DURATION_UNIT_MS, SECOND_MS } from '../model/time.ts'

const DURATION = /^(\d+(?:\.\d+)?)([smhdwy]?)$/

/** `30s`, `5m`, `2h`, `7d`, `2w`, `1y` or plain seconds, as milliseconds; null for anything else. */
export function parseDuration(value: string | number): number | null {
  const [, amount, unit] = DURATION.exec(String(value).trim()) ?? []
  if (amount === undefined) return null
  const ms = Number(amount) * (DURATION_UNIT_MS[unit || 's'] ?? Number.NaN)
  return Number.isSafeInteger(Math.round(ms)) ? Math.round(ms) : null
}

const SIZE = /^(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$/
const SIZE_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
  TiB: 1_099_511_627_776,
}

/** `512MB`, `1GiB` or plain bytes, as bytes; null for anything else. */
export function parseSize(value: string | number): number | null {
  const [, amount, unit] = SIZE.exec(String(value).trim()) ?? []
  if (amount === undefined) return null
  const bytes = Math.round(Number(amount) * (SIZE_BYTES[unit ?? 'B'] ?? Number.NaN))
  return Number.isSafeInteger(bytes) ? bytes : null
}

/** A duration key; the result is in milliseconds. */
export function duration(shortestMs = 1) {
  return z
    .union([z.string(), z.number()], { error: 'Expected a duration such as "30s", "5m", "2h" or "7d".' })
    .meta({ title: 'duration' })
    .transform((value, context) => {
      const ms = parseDuration(value)
      if (ms !== null && ms >= shortestMs) return ms
      const message =
        ms === null
          ? 'Expected a duration such as "30s", "5m", "2h" or "7d".'
          : `Expected a duration of at least ${shortestMs / SECOND_MS} s.`
      context.issues.push({ code: 'custom', message, input: value })
      return z.NEVER
    })
}

/** A size key; the result is in bytes. */
export function size() {
  return z
    .union([z.string(), z.number()], { error: 'Expected a size such as "512MB".' })
    .meta({ title: 'size' })
    .transform((value, context) => {
      const bytes = parseSize(value)
      if (bytes !== null) return bytes
      context.issues.push({ code: 'custom', message: 'Expected a size such as "512MB".', input: value })
      return z.NEVER
    })
}
