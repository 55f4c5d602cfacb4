import { meterOf, type SimAccount } from '../account.ts'
import type { Service, SimReply } from '../exchange.ts'
import type { World } from '../world.ts'
import { refusalFor } from './refusals.ts'

/** OpenRouter: the key's own cap and spend, and the account's credits. */
export const openrouter: Service = (request, world) => {
  if (request.host !== 'openrouter.ai' || request.method !== 'GET') return null
  const key = request.path === '/api/v1/key' || request.path === '/api/v1/auth/key'
  if (!key && request.path !== '/api/v1/credits') return null
  const { account, state } = request.access
  if (account?.provider !== 'openrouter' || state !== 'valid') return failure(401, 'No auth credentials found')
  const refusal = refusalFor(account.condition, (_type, message) => envelope(403, message))
  if (refusal) return refusal
  return { status: 200, body: { data: key ? keyData(account, world) : credits(account, world) } }
}

function envelope(code: number, message: string): unknown {
  return { error: { code, message } }
}

function failure(code: number, message: string): SimReply {
  return { status: code, body: envelope(code, message) }
}

function money(value: number): number {
  return Math.round(value * 1e6) / 1e6
}

function spent(account: SimAccount, world: World): { readonly month: number; readonly lifetime: number } {
  const now = world.clock.now()
  const limit = account.limits['key'] ?? 0
  const meter = meterOf(account, 'key')
  // Ten dollars were spent before the world began, besides what the running month shows.
  return { month: money(meter.window('month', now).usedRatio * limit), lifetime: money(10 + meter.total(now) * limit) }
}

function keyData(account: SimAccount, world: World): unknown {
  const now = world.clock.now()
  const limit = account.limits['key'] ?? 0
  const { month, lifetime } = spent(account, world)
  const day = meterOf(account, 'day').window('day', now).usedRatio
  const week = meterOf(account, 'week').window('week', now).usedRatio
  return {
    label: `sk-or-v1-fak...${account.name.slice(0, 3)}`,
    usage: lifetime,
    usage_daily: money(Math.min(month, day)),
    usage_weekly: money(Math.min(month, week * 10)),
    usage_monthly: month,
    byok_usage: 0,
    limit,
    limit_remaining: money(limit - month),
    limit_reset: 'monthly',
    include_byok_in_limit: false,
    is_free_tier: false,
    is_provisioning_key: false,
    is_management_key: false,
    creator_user_id: `user_${account.subject.slice(0, 8)}`,
    expires_at: null,
    rate_limit: { requests: 1000, interval: '1h', note: 'This field is deprecated and safe to ignore.' },
  }
}

function credits(account: SimAccount, world: World): unknown {
  return { total_credits: account.limits['credits'] ?? 0, total_usage: spent(account, world).lifetime }
}
