import { meterOf, type SimAccount } from '../account.ts'
import { fieldsOf, type Service, type SimReply, type SimRequest } from '../exchange.ts'
import type { WindowState } from '../meter.ts'
import { idTokenFor } from '../tokens.ts'
import { usedPercent, wallSeconds, windowNow, wireSeconds } from '../wire.ts'
import type { World } from '../world.ts'
import { refusalFor } from './refusals.ts'

const USAGE = '/backend-api/wham/usage'
const RESET_CREDITS = '/backend-api/wham/rate-limit-reset-credits'

/** OpenAI: Codex usage of a ChatGPT plan, and the token endpoint with single-use refresh tokens. */
export const codex: Service = (request, world) => {
  if (request.host === 'auth.openai.com' && request.path === '/oauth/token') return token(request, world)
  if (request.host !== 'chatgpt.com' || request.method !== 'GET') return null
  if (request.path !== USAGE && request.path !== RESET_CREDITS) return null
  const { account, state } = request.access
  if (account?.provider !== 'codex' || state !== 'valid') {
    return { status: 401, body: { detail: 'Could not validate credentials' } }
  }
  const workspace = request.headers['chatgpt-account-id']
  if (workspace !== undefined && workspace !== account.workspace) {
    return { status: 403, body: { detail: 'This token is not of that workspace' } }
  }
  const refusal = refusalFor(account.condition, (_type, message) => ({ detail: message }))
  if (refusal) return refusal
  if (request.path === RESET_CREDITS) return { status: 200, body: { credits: [], available_count: 0 } }
  return { status: 200, body: usage(account, world) }
}

/** Team plans have one monthly-looking window in the real service; here all plans keep the usual two. */
function usage(account: SimAccount, world: World): unknown {
  const session = windowNow(world, account, 'main', '5h')
  const weekly = windowNow(world, account, 'main', 'weekly')
  const spent = session.usedRatio >= 1 || weekly.usedRatio >= 1
  const burned = meterOf(account, 'main').total(world.clock.now())
  const balance = Math.max(0, 40 - burned * 2).toFixed(2)
  const credits = account.plan.id === 'pro'
  return {
    account_id: account.workspace,
    user_id: account.subject,
    email: account.email,
    plan_type: account.plan.id,
    rate_limit: {
      allowed: !spent,
      limit_reached: spent,
      primary_window: window(world, session),
      secondary_window: window(world, weekly),
    },
    code_review_rate_limit: null,
    additional_rate_limits: [],
    credits: { has_credits: credits, unlimited: false, balance: credits ? balance : '0' },
    rate_limit_reset_credits: { available_count: 0 },
  }
}

function window(world: World, state: WindowState): unknown {
  const resetAt = wireSeconds(world, state.resetsAt)
  return {
    used_percent: usedPercent(state),
    limit_window_seconds: Math.round((state.resetsAt - state.startedAt) / 1000),
    reset_after_seconds: Math.max(0, resetAt - Math.floor(world.clock.wall() / 1000)),
    reset_at: resetAt,
  }
}

function token(request: SimRequest, world: World): SimReply {
  const refuse = (status: number, code: string, message: string): SimReply => ({
    status,
    body: { error: { message, type: 'invalid_request_error', param: null, code } },
  })
  const fields = fieldsOf(request)
  if (request.method !== 'POST') return refuse(405, 'method_not_allowed', 'Method not allowed')
  if (fields['grant_type'] !== 'refresh_token') return refuse(400, 'unsupported_grant_type', 'Unsupported grant type')
  const refreshToken = fields['refresh_token'] ?? ''
  if (world.grants.ownerOf(refreshToken)?.provider !== 'codex') return refuse(400, 'invalid_grant', 'Unknown token')
  const outcome = world.grants.refresh(refreshToken)
  if (outcome.kind === 'reused') return refuse(401, 'refresh_token_reused', 'This refresh token was used already')
  if (outcome.kind !== 'issued') return refuse(401, 'refresh_token_invalidated', 'This refresh token was revoked')
  const { account, session } = outcome
  return {
    status: 200,
    body: {
      access_token: session.accessToken,
      refresh_token: session.refreshToken,
      id_token: idTokenFor(account, world.clock.wall()),
      token_type: 'Bearer',
      expires_in: wallSeconds(world, ((session.accessExpiresAt ?? 0) - world.clock.now()) / 1000),
      scope: 'openid profile email offline_access',
    },
  }
}
