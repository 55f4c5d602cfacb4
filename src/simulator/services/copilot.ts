import type { SimAccount } from '../account.ts'
import { fieldsOf, type Service, type SimReply, type SimRequest } from '../exchange.ts'
import { hashText } from '../random.ts'
import { windowNow, wireIso } from '../wire.ts'
import type { World } from '../world.ts'
import { refusalFor } from './refusals.ts'

/** GitHub: Copilot's quota, who a token belongs to, and the device flow. */
export const copilot: Service = (request, world) => {
  if (request.host === 'github.com' && request.method === 'POST') {
    if (request.path === '/login/device/code') return beginDevice(request, world)
    if (request.path === '/login/oauth/access_token') return pollDevice(request, world)
    return null
  }
  if (request.host === 'github.com' && request.path === '/login/device') return devicePage(request, world)
  if (request.host !== 'api.github.com' || request.method !== 'GET') return null
  if (request.path !== '/copilot_internal/user' && request.path !== '/user') return null
  const { account, state } = request.access
  if (account?.provider !== 'copilot' || state !== 'valid') {
    return { status: 401, body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest' } }
  }
  if (request.path === '/user') {
    return { status: 200, body: { login: account.login, id: hashText(account.id), email: null } }
  }
  const refusal = refusalFor(account.condition, (_type, message) => ({ message }))
  return refusal ?? { status: 200, body: quota(account, world) }
}

function quota(account: SimAccount, world: World): unknown {
  const month = windowNow(world, account, 'premium', 'month')
  const entitlement = account.limits['premium'] ?? 0
  const business = account.plan.id === 'business'
  const left = Math.round(entitlement * (1 - month.usedRatio) * 10) / 10
  const reset = wireIso(world, month.resetsAt)
  const unlimited = (id: string): unknown => ({
    quota_id: id,
    entitlement: 0,
    remaining: 0,
    quota_remaining: 0,
    percent_remaining: 100,
    unlimited: true,
    overage_permitted: false,
    overage_count: 0,
  })
  return {
    login: account.login,
    access_type_sku: business ? 'copilot_for_business_seat' : 'plus_yearly_subscriber_quota',
    copilot_plan: account.plan.id,
    chat_enabled: true,
    organization_login_list: [],
    quota_reset_date: reset.slice(0, 10),
    quota_reset_date_utc: reset,
    quota_snapshots: {
      premium_interactions: {
        quota_id: 'premium_interactions',
        entitlement,
        remaining: Math.floor(left),
        quota_remaining: left,
        percent_remaining: Math.round((left / entitlement) * 1e4) / 100,
        unlimited: false,
        overage_permitted: business,
        overage_count: business ? Math.max(0, Math.round(-left)) : 0,
        timestamp_utc: wireIso(world, world.clock.now()),
      },
      chat: unlimited('chat'),
      completions: unlimited('completions'),
    },
  }
}

/** The page the person types the code at: `?user_code=FAKE-0001` says yes (for `?login=`, else the first account). */
function devicePage(request: SimRequest, world: World): SimReply {
  const code = request.query.get('user_code')
  const login = request.query.get('login')
  const account = world.accounts.find((one) => one.provider === 'copilot' && (login === null || one.login === login))
  const waiting = world.devices.pending.map(({ userCode }) => userCode)
  if (code === null || account === undefined || !waiting.includes(code)) {
    return { status: 200, body: `Codes that wait: ${waiting.join(', ')}. Say yes with ?user_code=CODE\n` }
  }
  world.devices.approve(code, account)
  return { status: 200, body: `${account.login} is signed in.\n` }
}

function beginDevice(request: SimRequest, world: World): SimReply {
  const clientId = fieldsOf(request)['client_id']
  if (!clientId) return { status: 404, body: { error: 'Not Found' } }
  const started = world.devices.begin(clientId)
  return {
    status: 200,
    body: {
      device_code: started.deviceCode,
      user_code: started.userCode,
      verification_uri: 'https://github.com/login/device',
      expires_in: 900,
      interval: started.intervalSeconds,
    },
  }
}

/** GitHub sends every outcome of a poll, errors too, with HTTP 200. */
function pollDevice(request: SimRequest, world: World): SimReply {
  const fields = fieldsOf(request)
  const refuse = (error: string, more: Readonly<Record<string, unknown>> = {}): SimReply => ({
    status: 200,
    body: { error, error_description: `The device sign-in ended with ${error}.`, ...more },
  })
  if (fields['grant_type'] !== 'urn:ietf:params:oauth:grant-type:device_code') return refuse('unsupported_grant_type')
  const poll = world.devices.poll(fields['device_code'] ?? '')
  switch (poll.kind) {
    case 'pending':
      return refuse('authorization_pending')
    case 'slow-down':
      return refuse('slow_down', { interval: poll.intervalSeconds })
    case 'denied':
      return refuse('access_denied')
    case 'expired':
      return refuse('expired_token')
    case 'unknown':
      return refuse('incorrect_device_code')
    case 'approved':
      return { status: 200, body: { access_token: poll.accessToken, token_type: 'bearer', scope: 'read:user' } }
  }
}
