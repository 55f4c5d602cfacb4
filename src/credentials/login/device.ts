import type { Configuration, DeviceAuthorizationResponse } from 'openid-client'
import { AppError, type LoginDialog } from '../../model/app.ts'
import { QuotaError } from '../../model/problem.ts'
import { Secret } from '../../model/secret.ts'
import { MINUTE_MS, SECOND_MS } from '../../model/time.ts'
import { asObject, field, labelText, parseJson } from '../parse.ts'
import { type LoginDeps, type Obtained, shownAddress } from './deps.ts'
import { type OAuthDoor, oauthDoor, refusalBody, refusalWord } from './oauth-fetch.ts'
import { waitFor } from './wait.ts'

/** The public id of the editor's GitHub app; Copilot answers its tokens. It has no secret. */
const CLIENT_ID = 'Iv1.b507a08c87ecfe98'
const SCOPE = 'read:user'
const USER_URL = 'https://api.github.com/user'
const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code'
/** RFC 8628, 3.2 and 3.5. */
const USUAL_INTERVAL_S = 5
const SLOW_DOWN_S = 5
const LONGEST_INTERVAL_MS = MINUTE_MS

const METADATA = {
  issuer: 'https://github.com',
  device_authorization_endpoint: 'https://github.com/login/device/code',
  token_endpoint: 'https://github.com/login/oauth/access_token',
}

/** GitHub's device flow by RFC 8628. Throws AppError. */
export async function deviceLogin(browser: boolean, deps: LoginDeps, dialog: LoginDialog): Promise<Obtained> {
  const oauth = await import('openid-client')
  const door = oauthDoor({ send: deps.send, signal: dialog.signal, endpoint: 'device', service: 'GitHub' })
  const config = new oauth.Configuration(METADATA, CLIENT_ID, {}, oauth.None())
  config[oauth.customFetch] = door.fetch
  const device = await oauth.initiateDeviceAuthorization(config, { scope: SCOPE }).catch((error: unknown) => {
    throw door.explain(error)
  })
  const stopKeys = invite(device, browser, deps, dialog)
  try {
    const token = await poll({ config, door, device }, deps, dialog)
    return { ...(await identityOf(token, deps, dialog.signal)), record: { kind: 'token', accessToken: token } }
  } finally {
    stopKeys()
  }
}

/** Shows the code; while the person types it at GitHub, `c` copies it and Enter opens the page. */
function invite(
  device: DeviceAuthorizationResponse,
  browser: boolean,
  deps: LoginDeps,
  dialog: LoginDialog,
): () => void {
  const { desktop, upstream } = deps
  const page = shownAddress(pageOf(device), upstream)
  dialog.say('Open this page and type the code:')
  dialog.say('')
  dialog.say(`  ${page}`)
  dialog.say(`  ${codeOf(device)}`)
  dialog.say('')
  const canOpen = browser && desktop.hasDisplay
  if (dialog.interactive) dialog.say(`Press c to copy the code${canOpen ? ', Enter to open the page' : ''}. Waiting …`)
  return dialog.onKeys((keys) => {
    if (keys.includes('c') || keys.includes('C')) {
      void desktop.copy(codeOf(device)).then((done) => dialog.say(done ? 'Copied.' : 'There is no clipboard here.'))
    }
    if (canOpen && /[\r\n]/.test(keys)) {
      void desktop.openBrowser(page).then((done) => dialog.say(done ? 'Opened.' : 'No browser could be opened here.'))
    }
  })
}

/** The page is the service's to name, but a browser is only sent to GitHub. */
function pageOf({ verification_uri: said }: DeviceAuthorizationResponse): string {
  const url = URL.canParse(said) ? new URL(said) : null
  return url?.protocol === 'https:' && url.host === 'github.com' ? url.href : 'https://github.com/login/device'
}

function codeOf({ user_code: code }: DeviceAuthorizationResponse): string {
  return /^[\w-]{1,32}$/.test(code) ? code : code.replace(/[^\w-]/g, '').slice(0, 32)
}

interface Polling {
  readonly config: Configuration
  readonly door: OAuthDoor
  readonly device: DeviceAuthorizationResponse
}

async function poll({ config, door, device }: Polling, deps: LoginDeps, dialog: LoginDialog): Promise<Secret> {
  const oauth = await import('openid-client')
  const { clock } = deps.ports
  // The interval may be absent; a 0 was taken out before.
  let intervalMs = (device.interval ?? USUAL_INTERVAL_S) * SECOND_MS
  const deadline = clock.monotonicMs() + device.expires_in * SECOND_MS
  for (;;) {
    const leftMs = deadline - clock.monotonicMs()
    if (intervalMs >= leftMs) {
      await waitFor(Math.max(0, leftMs), clock, dialog.signal)
      throw new AppError(2, 'login_timeout', 'Failed to obtain access token (timeout)', 'Start the login again.')
    }
    await waitFor(intervalMs, clock, dialog.signal)
    try {
      const tokens = await oauth.genericGrantRequest(config, GRANT_TYPE, { device_code: device.device_code })
      return new Secret(tokens.access_token)
    } catch (error) {
      intervalMs = nextInterval(error, intervalMs, door)
    }
  }
}

/** How long to wait after a poll that brought no token; throws when it will never bring one. */
function nextInterval(error: unknown, intervalMs: number, door: OAuthDoor): number {
  switch (refusalWord(error)) {
    case 'authorization_pending':
      return intervalMs
    case 'slow_down': {
      // For good. Some answers name the new interval; it is never made shorter by that.
      const said = field(refusalBody(error), 'interval')
      return Math.max(intervalMs + SLOW_DOWN_S * SECOND_MS, typeof said === 'number' ? said * SECOND_MS : 0)
    }
    case 'expired_token':
      throw new AppError(2, 'login_expired', 'Device code expired, please try again')
    case 'access_denied':
      throw new AppError(2, 'login_denied', 'Access denied by user')
    default: {
      const failure = door.explain(error)
      // Not reached, or not able to answer: RFC 8628 wants the wait to grow. The code is still good.
      if (failure.exitCode === 3 && failure.code !== 'unexpected_response') {
        return Math.max(intervalMs, Math.min(intervalMs * 2, LONGEST_INTERVAL_MS))
      }
      throw failure
    }
  }
}

type Identity = Pick<Obtained, 'email' | 'login' | 'subject'>

/** Who signed in; the login is good without knowing it. */
async function identityOf(token: Secret, deps: LoginDeps, signal: AbortSignal): Promise<Identity> {
  const nobody: Identity = { email: null, login: null, subject: null }
  try {
    const headers = {
      authorization: `Bearer ${token.reveal()}`,
      accept: 'application/vnd.github+json',
      'user-agent': 'tokstat',
    }
    const reply = await deps.send({ method: 'GET', url: USER_URL, headers, endpoint: 'user' }, signal)
    const parsed = reply.status === 200 ? parseJson(reply.body) : null
    const found = parsed?.ok ? asObject(parsed.value) : null
    if (found === null) return nobody
    const id = field(found, 'id')
    const subject = typeof id === 'number' ? String(id) : labelText(id)
    return { email: labelText(field(found, 'email')), login: labelText(field(found, 'login')), subject }
  } catch (error) {
    if (error instanceof QuotaError) return nobody
    throw error
  }
}
