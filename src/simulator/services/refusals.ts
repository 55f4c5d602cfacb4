import type { Condition } from '../account.ts'
import type { SimReply } from '../exchange.ts'

/** What an account's condition makes a service other than Google's answer; null when nothing is wrong. */
export function refusalFor(
  condition: Condition,
  envelope: (type: string, message: string) => unknown,
): SimReply | null {
  switch (condition.kind) {
    case 'ok':
    case 'signed-out':
      return null
    case 'forbidden':
    case 'verification-required':
    case 'unsupported-region':
      return { status: 403, body: envelope('permission_error', 'This account has no access.') }
    case 'rate-limited': {
      const seconds = condition.retryAfterSeconds
      return {
        status: 429,
        headers: seconds === null ? {} : { 'retry-after': String(seconds) },
        body: envelope('rate_limit_error', 'Rate limited. Please try again later.'),
      }
    }
  }
}
