import { plusMs } from '../../model/index.ts'
import type { SimAccount } from '../account.ts'
import { CLI_MODELS, CLOUD_MODELS } from '../catalogue.ts'
import { jsonOf, type SimReply, type SimRequest } from '../exchange.ts'
import { SESSION_MS, type WindowState } from '../meter.ts'
import { hashText } from '../random.ts'
import { remainingOf, windowNow, wireIso } from '../wire.ts'
import type { World } from '../world.ts'

const PROD_HOST = 'cloudcode-pa.googleapis.com'

/** Cloud Code on either host for an account whose access token is good; null: no such method. */
export function answerCloudCode(request: SimRequest, world: World): SimReply | null {
  const { account } = request
  if (!account || request.method !== 'POST' || !request.path.startsWith('/v1internal:')) return null
  const method = request.path.slice('/v1internal:'.length)
  return refused(account, method) ?? foreignProject(request, account) ?? dispatch(method, request, account, world)
}

function dispatch(method: string, request: SimRequest, account: SimAccount, world: World): SimReply | null {
  switch (method) {
    case 'loadCodeAssist':
      return { status: 200, body: assist(account) }
    case 'fetchAvailableModels':
      return { status: 200, body: modelList(account, world, request.host) }
    case 'retrieveUserQuotaSummary':
      return { status: 200, body: summary(account, world, request.host) }
    case 'retrieveUserQuota':
      return { status: 200, body: { buckets: userQuota(request, account, world) } }
    default:
      return null
  }
}

function googleError(code: number, status: string, message: string, details: readonly unknown[] = []): SimReply {
  return { status: code, body: { error: { code, message, status, ...(details.length > 0 ? { details } : {}) } } }
}

const ERROR_INFO = 'type.googleapis.com/google.rpc.ErrorInfo'

/** What the account's condition makes Google answer, whatever was asked; null when nothing is wrong. */
function refused(account: SimAccount, method: string): SimReply | null {
  const { condition } = account
  switch (condition.kind) {
    case 'forbidden':
      return googleError(403, 'PERMISSION_DENIED', 'The caller does not have permission')
    case 'verification-required':
      return googleError(403, 'PERMISSION_DENIED', 'Verify your account to continue.', [
        {
          '@type': ERROR_INFO,
          reason: 'VALIDATION_REQUIRED',
          metadata: { validation_url: 'https://accounts.google.com/fake-validation' },
        },
      ])
    case 'unsupported-region':
      return googleError(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.')
    case 'rate-limited': {
      if (method === 'loadCodeAssist') return null
      const seconds = condition.retryAfterSeconds
      const retry = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` }
      return googleError(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted.', seconds === null ? [] : [retry])
    }
    case 'signed-out':
    case 'ok':
      return account.provider === 'gemini-cli' ? refusedToCli(account, method) : null
  }
}

/** A Gemini CLI token is no key to Antigravity's own methods, and private accounts are no longer served at all. */
function refusedToCli(account: SimAccount, method: string): SimReply | null {
  if (account.consumer) {
    const message =
      'UNSUPPORTED_CLIENT: this client is no longer supported for Gemini Code Assist for individuals. Please migrate to Antigravity.'
    return googleError(403, 'PERMISSION_DENIED', message, [{ '@type': ERROR_INFO, reason: 'UNSUPPORTED_CLIENT' }])
  }
  const ownMethod = method === 'fetchAvailableModels' || method === 'retrieveUserQuotaSummary'
  return ownMethod ? googleError(403, 'PERMISSION_DENIED', 'The caller does not have permission') : null
}

function foreignProject(request: SimRequest, account: SimAccount): SimReply | null {
  const project = jsonOf(request.body)['project']
  if (project === undefined || project === '' || project === account.project) return null
  return googleError(403, 'PERMISSION_DENIED', 'Permission denied on the requested project')
}

function assist(account: SimAccount): unknown {
  const { plan } = account
  const paid = plan.id.startsWith('g1-')
  const current = paid || account.provider === 'antigravity' ? { id: 'free-tier', name: 'Antigravity' } : plan
  return {
    currentTier: { id: current.id, name: current.name },
    ...(paid ? { paidTier: { id: plan.id, name: plan.name, availableCredits: creditsOf(account) } } : {}),
    allowedTiers: [{ id: current.id, name: current.name, isDefault: true }],
    ...(account.project === null ? {} : { cloudaicompanionProject: account.project }),
  }
}

function creditsOf(account: SimAccount): readonly unknown[] {
  if (account.plan.id !== 'g1-ultra-tier') return []
  return [{ creditType: 'GOOGLE_ONE_AI', creditAmount: '25000', minimumCreditAmountForUsage: '50' }]
}

/** The four windows as one host meters them. Prod sees nothing of Gemini's sessions and a weekly number of its own. */
function windowsAt(account: SimAccount, world: World, host: string): Readonly<Record<string, WindowState>> {
  const now = world.clock.now()
  const state = (pool: string, window: string): WindowState => windowNow(world, account, pool, window)
  const windows = {
    'gemini-5h': state('gemini', '5h'),
    'gemini-weekly': state('gemini', 'weekly'),
    '3p-5h': state('3p', '5h'),
    '3p-weekly': state('3p', 'weekly'),
  }
  if (host !== PROD_HOST) return windows
  return {
    ...windows,
    'gemini-5h': { usedRatio: 0, startedAt: now, resetsAt: plusMs(now, SESSION_MS) },
    'gemini-weekly': { ...windows['gemini-weekly'], usedRatio: 0.3 + (hashText(account.id) % 30) / 100 },
  }
}

/** proto3 leaves a zero out; that is how an empty quota arrives. */
function fraction(state: WindowState): { readonly remainingFraction?: number } {
  const left = remainingOf(state)
  return left === 0 ? {} : { remainingFraction: left }
}

/** The model list knows one number a model: the tighter of its pool's two windows. */
function tighter(windows: Readonly<Record<string, WindowState>>, pool: string): WindowState {
  const session = windows[`${pool}-5h`]
  const weekly = windows[`${pool}-weekly`]
  if (!session || !weekly) throw new Error(`no windows for pool ${pool}`)
  return weekly.usedRatio > session.usedRatio ? weekly : session
}

function modelList(account: SimAccount, world: World, host: string): unknown {
  const windows = windowsAt(account, world, host)
  const models: Record<string, unknown> = {}
  for (const model of CLOUD_MODELS) {
    const state = model.pool === null ? null : tighter(windows, model.pool)
    models[model.id] = {
      ...(model.label === '' ? {} : { displayName: model.label }),
      ...(model.internal ? { isInternal: true } : {}),
      ...(state === null ? {} : { quotaInfo: { ...fraction(state), resetTime: wireIso(world, state.resetsAt) } }),
      ...(model.pool === '3p' ? { modelProvider: 'MODEL_PROVIDER_ANTHROPIC' } : {}),
      maxTokens: 1_048_576,
    }
  }
  return { models, defaultAgentModelId: 'gemini-3.1-pro-high' }
}

function summary(account: SimAccount, world: World, host: string): unknown {
  const windows = windowsAt(account, world, host)
  const bucket = (id: string, window: '5h' | 'weekly'): unknown => {
    const state = windows[id]
    if (!state) throw new Error(`no window ${id}`)
    return {
      bucketId: id,
      displayName: window === '5h' ? 'Five Hour Limit' : 'Weekly Limit',
      window,
      ...fraction(state),
      resetTime: wireIso(world, state.resetsAt),
    }
  }
  const group = (pool: string, displayName: string): unknown => ({
    displayName,
    buckets: [bucket(`${pool}-weekly`, 'weekly'), bucket(`${pool}-5h`, '5h')],
  })
  return { groups: [group('gemini', 'Gemini Models'), group('3p', 'Claude and GPT models')] }
}

/** The User-Agent decides whether the buckets of Gemini CLI or those of Antigravity are told. */
function userQuota(request: SimRequest, account: SimAccount, world: World): readonly unknown[] {
  const asCli = (request.headers['user-agent'] ?? '').startsWith('GeminiCLI/')
  if (account.provider === 'gemini-cli') {
    return CLI_MODELS.map((model) => {
      const state = windowNow(world, account, model.tier, 'daily')
      const amount = Math.round(remainingOf(state) * (account.limits[model.tier] ?? 0))
      return {
        modelId: model.id,
        ...fraction(state),
        ...(amount === 0 ? {} : { remainingAmount: String(amount) }),
        resetTime: wireIso(world, state.resetsAt),
        tokenType: 'REQUESTS',
      }
    })
  }
  const windows = windowsAt(account, world, request.host)
  const models = asCli
    ? CLI_MODELS.map((model) => ({ id: model.id, pool: 'gemini' as const }))
    : CLOUD_MODELS.filter((model) => model.pool !== null)
  return models.map((model) => {
    const state = tighter(windows, model.pool ?? 'gemini')
    return { modelId: model.id, ...fraction(state), resetTime: wireIso(world, state.resetsAt), tokenType: 'REQUESTS' }
  })
}
