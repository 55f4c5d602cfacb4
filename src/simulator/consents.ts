import { createHash } from 'node:crypto'
import { type EpochMs, MINUTE_MS, plusMs } from '../model/index.ts'
import type { SimAccount } from './account.ts'
import type { WorldClock } from './clock.ts'
import type { Grants, Session } from './grants.ts'

/** How the person at Google's consent page answers. */
interface Answer {
  /** False: the sign-in is refused. */
  readonly allows: boolean
  /** Scopes that are left ticked; null: all. */
  readonly scopes: readonly string[] | null
}

type Redeemed =
  | {
      readonly kind: 'issued'
      readonly account: SimAccount
      readonly session: Session
      readonly scope: string
      /** Only then a refresh token is given out. */
      readonly isOffline: boolean
    }
  | { readonly kind: 'refused' }

/** Google's authorization codes: bound to client, redirect and PKCE challenge, good once and for ten minutes. */
export interface Consents {
  /** What the person will say from now on; in the beginning yes to everything. */
  answerWith(answer: Partial<Answer>): void
  /** A code for a request of the consent page; null: refused. */
  decide(account: SimAccount, query: URLSearchParams): string | null
  /** Takes the fields of a token request. */
  redeem(fields: Readonly<Record<string, string>>): Redeemed
}

interface Issued {
  readonly account: SimAccount
  readonly query: URLSearchParams
  readonly scope: string
  readonly expiresAt: EpochMs
}

export function createConsents(clock: WorldClock, grants: Grants): Consents {
  const codes = new Map<string, Issued>()
  let serial = 0
  let answer: Answer = { allows: true, scopes: null }
  return {
    answerWith(change) {
      answer = { ...answer, ...change }
    },
    decide(account, query) {
      if (!answer.allows) return null
      serial += 1
      const code = `4/fake-code-${String(serial).padStart(4, '0')}`
      const scope = (answer.scopes ?? (query.get('scope') ?? '').split(' ')).join(' ')
      codes.set(code, { account, query, scope, expiresAt: plusMs(clock.now(), 10 * MINUTE_MS) })
      return code
    },
    redeem(fields) {
      const code = fields['code'] ?? ''
      const issued = codes.get(code)
      codes.delete(code)
      if (!issued || clock.now() >= issued.expiresAt || !isSameRequest(issued.query, fields)) return { kind: 'refused' }
      const isOffline = issued.query.get('access_type') === 'offline' && issued.query.get('prompt') === 'consent'
      const { account, scope } = issued
      return { kind: 'issued', account, session: grants.signIn(account), scope, isOffline }
    },
  }
}

function isSameRequest(query: URLSearchParams, fields: Readonly<Record<string, string>>): boolean {
  const challenge = createHash('sha256')
    .update(fields['code_verifier'] ?? '')
    .digest('base64url')
  return (
    query.get('client_id') === fields['client_id'] &&
    query.get('redirect_uri') === fields['redirect_uri'] &&
    query.get('code_challenge_method') === 'S256' &&
    query.get('code_challenge') === challenge
  )
}
