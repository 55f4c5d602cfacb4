import { Secret } from '../model/secret.ts'

/** An object of somebody else's JSON. */
export type JsonObject = Readonly<Record<string, unknown>>

export type Parsed = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string }

/** Reads JSON without throwing. The reason never quotes the text: it may hold a token. */
export function parseJson(text: string): Parsed {
  if (text.trim() === '') return { ok: false, reason: 'The file is empty, as after an interrupted write.' }
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    // The engine's own message quotes the text around the fault, so it is replaced.
    return { ok: false, reason: 'The file is not valid JSON.' }
  }
}

/** Own properties only: a key such as `constructor` must not find the prototype's. */
export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
}

export function field(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

const LONGEST_LABEL = 320

/** Text for a label: trimmed, one line, not empty, of a sane length; anything else is null. */
export function labelText(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const text = value.trim()
  return text !== '' && text.length <= LONGEST_LABEL && !/[\u0000-\u001f\u007f]/.test(text) ? text : null
}

/** The first of several spellings of one field that holds a usable label. */
export function firstLabel(object: JsonObject, names: readonly string[]): string | null {
  for (const name of names) {
    const text = labelText(field(object, name))
    if (text !== null) return text
  }
  return null
}

const LONGEST_SECRET = 16_384

/** A token as it can stand in a header: printable ASCII without spaces; anything else is not a token. */
export function secretOf(value: unknown): Secret | null {
  if (typeof value !== 'string') return null
  const text = value.trim()
  return text.length <= LONGEST_SECRET && /^[\x21-\x7e]+$/.test(text) ? new Secret(text) : null
}

/** The first of several spellings that holds a usable token. */
export function firstSecret(object: JsonObject, names: readonly string[]): Secret | null {
  for (const name of names) {
    const secret = secretOf(field(object, name))
    if (secret !== null) return secret
  }
  return null
}

/** The claims of a JWT, not verified: good for a label, never for a decision about trust or expiry. */
export function jwtClaims(token: unknown): JsonObject | null {
  if (typeof token !== 'string') return null
  const payload = token.split('.')[1]
  if (payload === undefined || payload === '') return null
  const parsed = parseJson(Buffer.from(payload, 'base64url').toString('utf8'))
  return parsed.ok ? asObject(parsed.value) : null
}

/**
 * Comments out of JSON whose owner allows them (the Gemini CLI's settings); text inside strings stays. An unclosed
 * string or comment reaches to the end of the text, so that the search never starts over.
 */
export function withoutComments(text: string): string {
  const parts = /("(?:[^"\\]|\\[\s\S])*\\?(?:"|$))|\/\/[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$)/g
  return text.replace(parts, (_match, quoted: string | undefined) => (quoted === undefined ? ' ' : quoted))
}
