import { meterOf, type SimAccount } from '../account.ts'
import type { Service } from '../exchange.ts'
import type { World } from '../world.ts'
import { refusalFor } from './refusals.ts'

/** A month of a busy person, in dollars. */
const DOLLARS_A_UNIT = 12

/** DeepSeek: one prepaid balance, its amounts as texts. */
export const deepseek: Service = (request, world) => {
  if (request.host !== 'api.deepseek.com' || request.method !== 'GET' || request.path !== '/user/balance') return null
  const { account, state } = request.access
  if (account?.provider !== 'deepseek' || state !== 'valid') {
    return { status: 401, body: envelope('authentication_error', 'Authentication Fails, Your api key is invalid') }
  }
  return refusalFor(account.condition, envelope) ?? { status: 200, body: balance(account, world) }
}

function envelope(type: string, message: string): unknown {
  return { error: { message, type, param: null, code: 'invalid_request_error' } }
}

function balance(account: SimAccount, world: World): unknown {
  const spent = meterOf(account, 'spend').total(world.clock.now()) * DOLLARS_A_UNIT
  const left = Math.max(0, (account.limits['balance'] ?? 0) - spent)
  const text = left.toFixed(2)
  return {
    is_available: left > 0,
    balance_infos: [{ currency: 'USD', total_balance: text, granted_balance: '0.00', topped_up_balance: text }],
  }
}
