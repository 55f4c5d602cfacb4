import type { Refinement, Refusal } from './refusal.ts'

/** Words that Google uses as machine-readable reasons. Only these are ever repeated to a person. */
const REASONS: ReadonlySet<string> = new Set([
  'PERMISSION_DENIED',
  'SERVICE_DISABLED',
  'CONSUMER_INVALID',
  'CONSUMER_SUSPENDED',
  'USER_PROJECT_DENIED',
  'IAM_PERMISSION_DENIED',
  'ACCOUNT_STATE_INVALID',
  'ACCOUNT_DISABLED',
  'BILLING_DISABLED',
  'RESTRICTED_TIER',
  'INELIGIBLE_ACCOUNT',
  'UNSUPPORTED_CLIENT',
  'SECURITY_POLICY_VIOLATED',
  'ORG_RESTRICTION_VIOLATION',
  'TOS_VIOLATION',
])

/** Seen when Google ended the Gemini CLI for personal accounts (2026-06-18). */
const RETIRED = [
  /UNSUPPORTED_CLIENT|IneligibleTierError/,
  /no longer supported[\s\S]{0,200}Gemini Code Assist/i,
  /Gemini Code Assist[\s\S]{0,200}no longer supported/i,
  /migrat[\s\S]{0,120}Antigravity/i,
]
const VERSION = /version[\s\S]{0,60}no longer supported|update to the latest version|client version[\s\S]{0,40}too old/i
const LOCATION =
  /(location|region|country)[\s\S]{0,60}not (currently )?(supported|available)|UNSUPPORTED_(LOCATION|USER_LOCATION|REGION)/i
const SCOPE = /ACCESS_TOKEN_SCOPE_INSUFFICIENT|insufficient_scope|insufficient authentication scopes/i

/** Whether a text says that this kind of account has to use Antigravity instead of the Gemini CLI. */
export function saysRetired(text: string): boolean {
  return RETIRED.some((words) => words.test(text))
}

/**
 * What a 400 or 403 of Google means beyond its status. `retires`: the client that asks was retired for personal
 * accounts (the Gemini CLI's), so the words for that are understood.
 */
export function googleRefine(
  title: string,
  options: { readonly retires: boolean },
): (refusal: Refusal) => Refinement | null {
  return (refusal) => {
    if (refusal.status !== 400 && refusal.status !== 403) return null
    const words = refusal.text.slice(0, 20_000)
    if (/VALIDATION_REQUIRED/.test(words)) return verification(title, refusal)
    if (options.retires && saysRetired(words)) return retired()
    if (VERSION.test(words)) {
      const message = `${title} no longer answers a client of this version (${refusal.status}).`
      return { code: 'client_too_old', message, hint: 'Update tokstat, or set a newer user_agent in config.toml.' }
    }
    if (LOCATION.test(words)) {
      const message = `${title} is not available where this account is (${refusal.status}).`
      return { code: 'unsupported_region', message, hint: 'Check the country of the account and of the network.' }
    }
    if (refusal.status !== 403) return null
    return SCOPE.test(words + (refusal.headers['www-authenticate'] ?? ''))
      ? { code: 'scope_missing', message: `The login may not read quotas of ${title} (403).`, hint: 'Sign in again.' }
      : denied(title, refusal)
  }
}

export function retired(): Refinement {
  return {
    code: 'consumer_tier_retired',
    message: 'Google ended the Gemini CLI for this kind of account.',
    hint: 'Use Antigravity: sign in there with the same account.',
  }
}

function denied(title: string, refusal: Refusal): Refinement {
  const reason = knownReason(refusal.json)
  const message = `${title} refuses this account (403${reason === null ? '' : `, ${reason}`}).`
  const hint =
    reason === 'SERVICE_DISABLED'
      ? 'Switch on the Gemini for Google Cloud API in the project of the account, or sign in again.'
      : 'Check in its own app that this account may use the service.'
  return { code: 'forbidden', message, hint }
}

function verification(title: string, refusal: Refusal): Refinement {
  const link = googleLink(refusal.json)
  return {
    code: 'verification_required',
    message: `Google wants the owner of this ${title} account to verify it (403).`,
    hint: link === null ? 'Open the app and follow what it asks for.' : `Open ${link} and follow what it asks for.`,
  }
}

/** The most specific known reason: of the details first, then of the error itself. */
function knownReason(json: unknown): string | null {
  const found: string[] = []
  for (const [key, value] of strings(json)) {
    if ((key === 'reason' || key === 'status') && REASONS.has(value)) found.push(value)
  }
  return found.find((reason) => reason !== 'PERMISSION_DENIED') ?? found[0] ?? null
}

/** The first https link whose host is google.com or below it; links to anywhere else are not shown. */
function googleLink(json: unknown): string | null {
  for (const [, value] of strings(json)) {
    if (!value.startsWith('https://') || value.length > 2000 || !URL.canParse(value)) continue
    const url = new URL(value)
    const isGoogle = url.hostname === 'google.com' || url.hostname.endsWith('.google.com')
    if (isGoogle && url.username === '' && url.password === '' && url.port === '') return url.href
  }
  return null
}

/** Every text in a JSON value with the key it stands under. The depth is bounded by `parseJson`. */
function* strings(value: unknown, key = ''): Generator<readonly [string, string]> {
  if (typeof value === 'string') yield [key, value]
  if (typeof value !== 'object' || value === null) return
  for (const [name, child] of Object.entries(value)) yield* strings(child, Array.isArray(value) ? key : name)
}
