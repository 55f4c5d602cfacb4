import { fieldsOf, type Service, type SimReply, type SimRequest } from '../exchange.ts'
import { rotates } from '../grants.ts'
import { idTokenFor } from '../tokens.ts'
import { wallSeconds } from '../wire.ts'
import type { World } from '../world.ts'
import { answerCloudCode } from './google-cloud-code.ts'

const USER_INFO = new Set([
  'www.googleapis.com/oauth2/v1/userinfo',
  'www.googleapis.com/oauth2/v2/userinfo',
  'www.googleapis.com/oauth2/v3/userinfo',
  'openidconnect.googleapis.com/v1/userinfo',
])

const CLOUD_CODE_HOSTS = new Set(['daily-cloudcode-pa.googleapis.com', 'cloudcode-pa.googleapis.com'])

/** Google: token endpoint, userinfo, projects and Cloud Code (Antigravity and Gemini CLI). */
export const google: Service = (request, world) => {
  if (request.host === 'oauth2.googleapis.com' && request.path === '/token') return token(request, world)
  if (request.host === 'accounts.google.com' && request.path === '/o/oauth2/v2/auth') return consent(request, world)
  if (USER_INFO.has(request.host + request.path)) return signedIn(request) ?? userInfo(request)
  if (request.host === 'cloudresourcemanager.googleapis.com' && request.path === '/v1/projects') {
    return signedIn(request) ?? projects(request)
  }
  if (!CLOUD_CODE_HOSTS.has(request.host)) return null
  return signedIn(request) ?? answerCloudCode(request, world)
}

function signedIn(request: SimRequest): SimReply | null {
  const { account, state } = request.access
  const google = account?.provider === 'antigravity' || account?.provider === 'gemini-cli'
  if (state === 'valid' && google) return null
  return {
    status: 401,
    body: {
      error: { code: 401, message: 'Request had invalid authentication credentials.', status: 'UNAUTHENTICATED' },
    },
  }
}

function refusal(status: number, error: string, description: string): SimReply {
  return { status, body: { error, error_description: description } }
}

function token(request: SimRequest, world: World): SimReply {
  if (request.method !== 'POST') return { status: 404, body: 'Not Found' }
  const fields = fieldsOf(request)
  const grantType = fields['grant_type']
  if (grantType === 'authorization_code') return exchangeCode(fields, world)
  if (grantType !== 'refresh_token') {
    return refusal(400, 'unsupported_grant_type', `Invalid grant_type: ${grantType ?? ''}`)
  }
  const refreshToken = fields['refresh_token']
  if (!refreshToken) return refusal(400, 'invalid_request', 'Missing required parameter: refresh_token')
  const wrongClient = checkClient(fields, world)
  if (wrongClient) return wrongClient
  const owner = world.grants.ownerOf(refreshToken)
  if (owner && rotates(owner)) return refusal(400, 'invalid_grant', 'Bad Request')
  const outcome = world.grants.refresh(refreshToken)
  if (outcome.kind === 'unknown') return refusal(400, 'invalid_grant', 'Bad Request')
  if (outcome.kind !== 'issued') return refusal(400, 'invalid_grant', 'Token has been expired or revoked.')
  const { account, session } = outcome
  const life = session.accessExpiresAt === null ? 3600 : (session.accessExpiresAt - world.clock.now()) / 1000
  return {
    status: 200,
    body: {
      access_token: session.accessToken,
      expires_in: wallSeconds(world, life),
      scope: 'openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/cloud-platform',
      token_type: 'Bearer',
      id_token: idTokenFor(account, world.clock.wall()),
    },
  }
}

/**
 * The consent page: the person (see `Consents`) decides at once, and the browser is sent back. `login_hint` picks an
 * account by its e-mail.
 */
function consent(request: SimRequest, world: World): SimReply {
  const { query } = request
  const client = query.get('client_id')
  const provider = (['antigravity', 'gemini-cli'] as const).find((one) => world.clients[one]?.id === client)
  const redirect = query.get('redirect_uri') ?? ''
  const isLoopback = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+\//.test(redirect)
  if (request.method !== 'GET' || provider === undefined || !isLoopback || query.get('response_type') !== 'code') {
    return { status: 400, body: 'Error 400: invalid_request' }
  }
  const hint = query.get('login_hint')
  const accounts = world.accounts.filter((account) => account.provider === provider)
  const account = accounts.find((one) => hint === null || one.email === hint)
  const answer = new URL(redirect)
  const code = account && world.consents.decide(account, query)
  if (code) answer.searchParams.set('code', code)
  else answer.searchParams.set('error', 'access_denied')
  answer.searchParams.set('state', query.get('state') ?? '')
  return { status: 302, headers: { location: answer.href }, body: '' }
}

function exchangeCode(fields: Readonly<Record<string, string>>, world: World): SimReply {
  const outcome = world.consents.redeem(fields)
  if (outcome.kind === 'refused') return refusal(400, 'invalid_grant', 'Bad Request')
  const { account, session, scope, isOffline } = outcome
  const client = account.provider === 'gemini-cli' ? world.clients['gemini-cli'] : world.clients.antigravity
  if (client?.secret !== fields['client_secret']) return refusal(401, 'invalid_client', 'Unauthorized')
  return {
    status: 200,
    body: {
      access_token: session.accessToken,
      expires_in: 3599,
      ...(isOffline ? { refresh_token: session.refreshToken } : {}),
      scope,
      token_type: 'Bearer',
      id_token: idTokenFor(account, world.clock.wall()),
    },
  }
}

/** A refresh token works with the client that obtained it and with no other. */
function checkClient(fields: Readonly<Record<string, string>>, world: World): SimReply | null {
  const owner = world.grants.ownerOf(fields['refresh_token'] ?? '')
  const known = [world.clients.antigravity, world.clients['gemini-cli']].filter((client) => client !== null)
  if (known.length === 0) return null
  const client = known.find((candidate) => candidate.id === fields['client_id'])
  if (!client) return refusal(401, 'invalid_client', 'The OAuth client was not found.')
  if (client.secret !== fields['client_secret']) return refusal(401, 'invalid_client', 'Unauthorized')
  if (owner?.provider !== 'antigravity' && owner?.provider !== 'gemini-cli') return null
  const rightful = world.clients[owner.provider]
  if (rightful === null || rightful.id === client.id) return null
  return refusal(401, 'unauthorized_client', 'Unauthorized')
}

function userInfo(request: SimRequest): SimReply {
  const account = request.account
  return {
    status: 200,
    body: { id: account?.subject, email: account?.email, verified_email: true, name: account?.name },
  }
}

function projects(request: SimRequest): SimReply {
  const project = request.account?.project
  return { status: 200, body: project ? { projects: [{ projectId: project, labels: {} }] } : {} }
}
