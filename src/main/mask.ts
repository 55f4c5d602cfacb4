import type { Credential } from '../model/credential.ts'
import { maskSecret } from '../model/secret.ts'

/** A shorter text is found by chance; no service has tokens of that length. */
const SHORTEST_SECRET = 8

/** Names of fields that hold a secret. The end decides: `tokenType` and `remainingTokens` are no secrets. */
const SECRET_NAME = /(token|secret|password|passphrase|api_?key|authorization|refresh|access|cookie|credential)$/i

/** How tokens of the services begin: one that nobody knows of may stand in an answer. */
const SECRET_SHAPES =
  /ya29\.[\w.-]{6,}|\b1\/\/[\w-]{16,}|\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?|\bgh[opusr]_\w{8,}|\bgithub_pat_\w{8,}|\bsk-[\w-]{8,}|\bGOCSPX-[\w-]{8,}/g

export function secretsOf(credentials: readonly Credential[]): readonly string[] {
  return credentials.flatMap(({ secrets }) =>
    [secrets.accessToken, secrets.refreshToken, secrets.apiKey].flatMap((secret) =>
      secret === null ? [] : [secret.reveal()],
    ),
  )
}

/**
 * Masks each of our secrets wherever it stands in a text (a service may quote what it was sent), every text under a
 * name that speaks of one, and what looks like a token anywhere. `secrets` may still grow.
 */
export function masker(secrets: ReadonlySet<string>): (value: unknown) => unknown {
  const maskText = (text: string): string => {
    let masked = text
    for (const secret of secrets) {
      if (secret.length >= SHORTEST_SECRET) masked = masked.replaceAll(secret, maskSecret(secret))
    }
    return masked.replace(SECRET_SHAPES, maskSecret)
  }
  const mask = (value: unknown, name: string): unknown => {
    if (typeof value === 'string') return SECRET_NAME.test(name) ? maskSecret(value) : maskText(value)
    if (Array.isArray(value)) return value.map((element) => mask(element, name))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [maskText(key), mask(inner, key)]))
  }
  return (value) => mask(value, '')
}

/** How a secret is shown that has a place of its own in an answer. */
export interface ShownSecret {
  readonly present: boolean
  readonly masked: string
  /** Only when secrets were asked for. */
  readonly value?: string
}

export function showSecret(secret: string | null, showSecrets: boolean): ShownSecret {
  const text = secret ?? ''
  const shown = { present: text !== '', masked: maskSecret(text) }
  return showSecrets && text !== '' ? { ...shown, value: text } : shown
}
