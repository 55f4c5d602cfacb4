import { meterOf, type SimAccount } from '../account.ts'
import { fieldsOf, type Service, type SimReply, type SimRequest } from '../exchange.ts'
import { usedPercent, wallSeconds, windowNow, wireIso } from '../wire.ts'
import type { World } from '../world.ts'
import { refusalFor } from './refusals.ts'

const TOKEN_HOSTS = new Set(['platform.claude.com', 'console.anthropic.com'])

/** Anthropic: usage and profile of a subscription, and the token endpoint with single-use refresh tokens. */
export const claude: Service = (request, world) => {
  if (TOKEN_HOSTS.has(request.host) && request.path === '/v1/oauth/token') return token(request, world)
  if (request.host !== 'api.anthropic.com' || request.method !== 'GET') return null
  if (request.path === '/api/oauth/usage') return guarded(request, world) ?? usage(request, world)
  if (request.path === '/api/oauth/profile') return guarded(request, world) ?? profile(request)
  return null
}

function failure(type: string, message: string): unknown {
  return { type: 'error', error: { type, message } }
}

function guarded(request: SimRequest, world: World): SimReply | null {
  const { account, state } = request.access
  if (account?.provider !== 'claude' || state !== 'valid') {
    return { status: 401, body: failure('authentication_error', 'Invalid authentication credentials') }
  }
  const refusal = refusalFor(account.condition, failure)
  if (refusal || request.path !== '/api/oauth/usage') return refusal
  if (!(request.headers['anthropic-beta'] ?? '').includes('oauth-2025-04-20')) {
    return { status: 401, body: failure('authentication_error', 'OAuth authentication is currently not supported.') }
  }
  if (!account.scopes.includes('user:profile')) {
    return {
      status: 403,
      body: failure('permission_error', 'OAuth token does not meet scope requirement user:profile'),
    }
  }
  // Every other client shares one tiny bucket that never refills in practice; there is no Retry-After to wait for.
  const ownClient = /^claude-(code|cli)\//.test(request.headers['user-agent'] ?? '')
  if (world.claudeUserAgentGate && !ownClient) {
    return { status: 429, body: failure('rate_limit_error', 'Rate limited. Please try again later.') }
  }
  return null
}

function usage(request: SimRequest, world: World): SimReply {
  const account = needed(request.account)
  const session = windowNow(world, account, 'all', '5h')
  const weekly = windowNow(world, account, 'all', 'weekly')
  const opus = windowNow(world, account, 'opus', 'weekly')
  const line = (kind: string, state: typeof session, model: string | null): unknown => ({
    kind,
    group: kind === 'session' ? 'session' : 'weekly',
    percent: usedPercent(state),
    severity: state.usedRatio >= 0.9 ? 'critical' : 'normal',
    resets_at: wireIso(world, state.resetsAt),
    scope: model === null ? null : { model: { id: null, display_name: model }, surface: null },
    is_active: kind === 'session',
  })
  const window = (state: typeof session): unknown => ({
    utilization: usedPercent(state),
    resets_at: wireIso(world, state.resetsAt).replace('Z', '.000000+00:00'),
  })
  return {
    status: 200,
    body: {
      five_hour: window(session),
      seven_day: window(weekly),
      seven_day_opus: null,
      seven_day_sonnet: null,
      seven_day_oauth_apps: null,
      seven_day_omelette: null,
      limits: [
        line('session', session, null),
        line('weekly_all', weekly, null),
        ...(account.plan.id === 'max' ? [line('weekly_scoped', opus, 'Opus')] : []),
      ],
      extra_usage: extraUsage(account, world),
      spend: { enabled: false, percent: 0, used: { amount_minor: 0, currency: 'USD', exponent: 2 } },
      cedar_ember: null,
      subscription_type: account.plan.id,
    },
  }
}

function extraUsage(account: SimAccount, world: World): unknown {
  if (account.plan.name !== 'Max 20x') {
    return { is_enabled: false, monthly_limit: null, used_credits: null, utilization: null, currency: 'USD' }
  }
  const limit = account.limits['extra'] ?? 0
  const state = meterOf(account, 'extra').window('month', world.clock.now())
  const used = Math.round(state.usedRatio * limit)
  return {
    is_enabled: true,
    monthly_limit: limit,
    used_credits: used,
    utilization: Math.round((used / limit) * 1e4) / 100,
    currency: 'USD',
    decimal_places: 2,
  }
}

function profile(request: SimRequest): SimReply {
  const account = needed(request.account)
  return {
    status: 200,
    body: {
      account: {
        uuid: account.subject,
        email: account.email,
        has_claude_max: account.plan.id === 'max',
        has_claude_pro: account.plan.id === 'pro',
      },
      organization: {
        uuid: account.workspace,
        name: `${account.name}'s organization`,
        organization_type: `claude_${account.plan.id}`,
        rate_limit_tier: claudeTier(account),
      },
    },
  }
}

/** The tier word of a plan: `default_claude_max_20x`. */
export function claudeTier(account: SimAccount): string {
  const times = /\d+x/.exec(account.plan.name)
  return times ? `default_claude_max_${times[0]}` : 'default_claude_ai'
}

function token(request: SimRequest, world: World): SimReply {
  const fields = fieldsOf(request)
  const refuse = (status: number, error: string, description: string): SimReply => ({
    status,
    body: { error, error_description: description },
  })
  if (request.method !== 'POST') return { status: 405, body: failure('invalid_request_error', 'Method Not Allowed') }
  if (fields['grant_type'] !== 'refresh_token') return refuse(400, 'unsupported_grant_type', 'Unsupported grant type')
  const refreshToken = fields['refresh_token'] ?? ''
  if (world.grants.ownerOf(refreshToken)?.provider !== 'claude') return refuse(400, 'invalid_grant', 'Unknown token')
  const outcome = world.grants.refresh(refreshToken)
  if (outcome.kind !== 'issued') return refuse(400, 'invalid_grant', 'Refresh token not found or invalid')
  const { account, session } = outcome
  const life = ((session.accessExpiresAt ?? 0) - world.clock.now()) / 1000
  return {
    status: 200,
    body: {
      token_type: 'Bearer',
      access_token: session.accessToken,
      refresh_token: session.refreshToken,
      expires_in: wallSeconds(world, life),
      scope: account.scopes.join(' '),
      account: { uuid: account.subject, email_address: account.email },
      organization: { uuid: account.workspace, name: `${account.name}'s organization` },
    },
  }
}

function needed(account: SimAccount | null): SimAccount {
  if (!account) throw new Error('a request without an account passed the guard')
  return account
}
