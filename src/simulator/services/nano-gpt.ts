import { meterOf, type SimAccount } from '../account.ts'
import type { Service, SimReply } from '../exchange.ts'
import type { WindowState } from '../meter.ts'
import { windowNow, wireIso } from '../wire.ts'
import type { World } from '../world.ts'
import { refusalFor } from './refusals.ts'

const HOSTS = new Set(['nano-gpt.com', 'api.nano-gpt.com'])

/** Nano-GPT: subscription windows and the two balances. */
export const nanoGpt: Service = (request, world) => {
  if (!HOSTS.has(request.host)) return null
  const usage = request.method === 'GET' && request.path === '/api/subscription/v1/usage'
  const balance = request.method === 'POST' && request.path === '/api/check-balance'
  if (!usage && !balance) return null
  const { account, state } = request.access
  if (account?.provider !== 'nano-gpt' || state !== 'valid') {
    return { status: 401, body: envelope('authentication_error', 'Invalid API key') }
  }
  const refusal = refusalFor(account.condition, envelope)
  return refusal ?? (usage ? subscription(account, world) : balances(account, world))
}

function envelope(type: string, message: string): unknown {
  return { error: { message, type, code: type } }
}

function counter(world: World, state: WindowState, limit: number): unknown {
  const used = Math.min(limit, Math.round(state.usedRatio * limit))
  return { used, remaining: limit - used, percentUsed: used / limit, resetAt: world.clock.wire(state.resetsAt) }
}

function subscription(account: SimAccount, world: World): SimReply {
  const tokens = account.limits['tokens'] ?? 0
  const images = account.limits['images'] ?? 0
  const week = windowNow(world, account, 'tokens', 'weekly')
  return {
    status: 200,
    body: {
      active: true,
      limits: { weeklyInputTokens: tokens, dailyInputTokens: null, dailyImages: images },
      enforceDailyLimit: true,
      weeklyInputTokens: counter(world, week, tokens),
      dailyInputTokens: null,
      dailyImages: counter(world, windowNow(world, account, 'images', 'daily'), images),
      period: { currentPeriodEnd: wireIso(world, week.resetsAt) },
      state: 'active',
      graceUntil: null,
      allowOverage: false,
    },
  }
}

function balances(account: SimAccount, world: World): SimReply {
  const burned = meterOf(account, 'images').total(world.clock.now())
  return {
    status: 200,
    body: { usd_balance: Math.max(0, 12.5 - burned / 10).toFixed(8), nano_balance: '26.71801147' },
  }
}
