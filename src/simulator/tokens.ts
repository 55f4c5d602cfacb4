import { type EpochMs, SECOND_MS, slug } from '../model/index.ts'
import type { SimAccount } from './account.ts'

/** Invented tokens in the shapes their services use; all of them say that they are fake. */
export function accessTokenFor(account: SimAccount, serial: number, expiresAt: EpochMs): string {
  const tail = `${slug(account.name)}-${serial}`
  switch (account.provider) {
    case 'antigravity':
    case 'gemini-cli':
      return `ya29.fake-access-${account.provider}-${tail}`
    case 'claude':
      return `sk-ant-oat01-fake-access-${tail}`
    case 'codex':
      return fakeJwt({ ...codexClaims(account), exp: Math.floor(expiresAt / SECOND_MS), jti: `fake-access-${tail}` })
    case 'copilot':
      return `gho_fake-access-${tail}`
    case 'openrouter':
      return `sk-or-v1-fake-key-${tail}`
    case 'nano-gpt':
      return `sk-nano-fake-key-${tail}`
    case 'deepseek':
      return `sk-deep-fake-key-${tail}`
  }
}

export function refreshTokenFor(account: SimAccount, serial: number): string | null {
  const tail = slug(account.name)
  switch (account.provider) {
    case 'antigravity':
    case 'gemini-cli':
      return `1//fake-refresh-${account.provider}-${tail}-${serial}`
    case 'claude':
      return `sk-ant-ort01-fake-refresh-${tail}-${serial}`
    case 'codex':
      return `rt_fake-refresh-${tail}-${serial}`
    default:
      return null
  }
}

/** An id_token with the claims the service puts there; expired long before the access token, as OpenAI's is. */
export function idTokenFor(account: SimAccount, issuedAt: EpochMs): string {
  const times = { iat: Math.floor(issuedAt / SECOND_MS), exp: Math.floor(issuedAt / SECOND_MS) + 3600 }
  if (account.provider === 'codex') return fakeJwt({ ...codexClaims(account), ...times })
  return fakeJwt({ sub: account.subject, email: account.email, email_verified: true, ...times })
}

function codexClaims(account: SimAccount): Readonly<Record<string, unknown>> {
  return {
    email: account.email,
    'https://api.openai.com/profile': { email: account.email },
    'https://api.openai.com/auth': {
      chatgpt_account_id: account.workspace,
      chatgpt_plan_type: account.plan.id,
      chatgpt_user_id: account.subject,
    },
  }
}

/** A JSON web token that nobody signed. */
function fakeJwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.fake-signature`
}
