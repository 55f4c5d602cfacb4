import type { Configuration } from 'openid-client'
import { AppError, type LoginDialog } from '../../model/app.ts'
import { QuotaError } from '../../model/problem.ts'
import { Secret } from '../../model/secret.ts'
import { MINUTE_MS } from '../../model/time.ts'
import type { ClientCandidate } from '../oauth/clients.ts'
import { asObject, field, labelText, parseJson } from '../parse.ts'
import { type CallbackListener, judgeParams, listenForCallback } from './callback.ts'
import { type LoginDeps, type Obtained, shownAddress } from './deps.ts'
import { type OAuthDoor, oauthDoor, refusalWord } from './oauth-fetch.ts'
import { stopped, waitFor } from './wait.ts'

const SCOPE = 'openid email profile https://www.googleapis.com/auth/cloud-platform'
const NEEDED_SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
const USER_INFO = 'https://www.googleapis.com/oauth2/v2/userinfo'
const LIMIT_MS = 5 * MINUTE_MS

export interface GoogleLogin {
  readonly provider: 'antigravity' | 'gemini-cli'
  /** False: the address is only printed. */
  readonly browser: boolean
  /** The first port that is tried; tests take another one than everybody's. */
  readonly firstPort?: number
}

/**
 * Authorization code with PKCE (RFC 7636, RFC 8252) against Google. The browser comes back to loopback; where it
 * cannot (it is on another machine), the person pastes the address it ended at. Throws AppError.
 */
export async function googleLogin(login: GoogleLogin, deps: LoginDeps, dialog: LoginDialog): Promise<Obtained> {
  const client = await clientFor(login.provider, deps)
  const oauth = await import('openid-client')
  const door = oauthDoor({ send: deps.send, signal: dialog.signal, endpoint: 'token', service: 'Google' })
  const config = new oauth.Configuration(METADATA, client.id, {}, oauth.ClientSecretPost(client.secret.reveal()))
  config[oauth.customFetch] = door.fetch
  const state = oauth.randomState()
  const verifier = oauth.randomPKCECodeVerifier()
  const listener = await listenForCallback(state, login.firstPort)
  try {
    const url = oauth.buildAuthorizationUrl(config, {
      redirect_uri: listener.redirectUri,
      scope: SCOPE,
      access_type: 'offline',
      prompt: 'consent',
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    await invite(shownAddress(url.href, deps.upstream), listener, login, { deps, dialog })
    const params = await answerOf(listener, state, deps, dialog)
    const obtained = await exchange({ config, door, client, listener, params, state, verifier }, deps, dialog)
    listener.answer(true, 'Successfully authenticated. You can close this window.')
    return obtained
  } catch (error) {
    listener.answer(false, 'The login failed; the terminal says why. You can close this window.')
    throw error
  } finally {
    await listener.close()
  }
}

/** By hand: everything that is needed is known, so nothing has to be looked up first. */
const METADATA = {
  issuer: 'https://accounts.google.com',
  authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
  token_endpoint: 'https://oauth2.googleapis.com/token',
}

async function clientFor(provider: GoogleLogin['provider'], deps: LoginDeps): Promise<ClientCandidate> {
  const [configured] = deps.clients.configured(provider)
  if (configured !== undefined) return configured
  const [installed] = await deps.clients.installed(provider)
  if (installed !== undefined) return installed
  const prefix = provider === 'gemini-cli' ? 'GEMINI' : 'GOOGLE'
  throw new AppError(
    2,
    'client_missing',
    'There is no OAuth client to log in with.',
    `Set ${prefix}_CLIENT_ID and ${prefix}_CLIENT_SECRET in the environment or in .env, or install the tool they belong to.`,
  )
}

interface Talk {
  readonly deps: LoginDeps
  readonly dialog: LoginDialog
}

async function invite(url: string, listener: CallbackListener, login: GoogleLogin, talk: Talk): Promise<void> {
  const { deps, dialog } = talk
  const wanted = login.browser && deps.desktop.hasDisplay
  const opened = wanted && (await deps.desktop.openBrowser(url))
  dialog.say(
    opened
      ? 'Sign in with the browser that has opened. If none has, open:'
      : 'Open this address in a browser and sign in:',
  )
  dialog.say('')
  dialog.say(`  ${url}`)
  dialog.say('')
  if (!opened) {
    const { port } = listener
    dialog.say('If the browser is on another machine, forward the port from there first:')
    dialog.say('')
    dialog.say(`  ssh -L ${port}:127.0.0.1:${port} USER@THIS-MACHINE`)
    dialog.say('')
    dialog.say('Or paste the address here that the browser ends at, even if it says that it cannot connect.')
  }
  dialog.say(`Waiting on http://127.0.0.1:${listener.port}/ for 5 minutes …`)
}

/** The first right answer, from the browser or pasted; ends after five minutes. */
async function answerOf(
  listener: CallbackListener,
  state: string,
  deps: LoginDeps,
  dialog: LoginDialog,
): Promise<URLSearchParams> {
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, dialog.signal])
  const late = waitFor(LIMIT_MS, deps.ports.clock, signal).then(() => {
    throw new AppError(2, 'login_timeout', 'Nobody signed in within 5 minutes.', 'Start the login again.')
  })
  const pasted = pastedAnswer(state, dialog, signal)
  try {
    return await Promise.race([listener.request, pasted, late])
  } finally {
    // Whoever lost the race ends with the signal, and nobody waits for it.
    late.catch(() => undefined)
    pasted.catch(() => undefined)
    over.abort()
  }
}

async function pastedAnswer(state: string, dialog: LoginDialog, signal: AbortSignal): Promise<URLSearchParams> {
  for (;;) {
    const text = await dialog.ask('', { hidden: false, signal })
    if (signal.aborted) throw stopped()
    if (text === null) return new Promise(() => undefined)
    const trimmed = text.trim()
    if (trimmed === '') continue
    const params = URL.canParse(trimmed) ? new URL(trimmed).searchParams : null
    const verdict = params === null ? null : judgeParams(params, state)
    if (verdict?.kind === 'right') return verdict.params
    dialog.say(verdict?.text ?? 'That is not an address. Paste all of it, from http:// to its end.')
  }
}

interface Exchange {
  readonly config: Configuration
  readonly door: OAuthDoor
  readonly client: ClientCandidate
  readonly listener: CallbackListener
  readonly params: URLSearchParams
  readonly state: string
  readonly verifier: string
}

async function exchange(facts: Exchange, deps: LoginDeps, dialog: LoginDialog): Promise<Obtained> {
  const { config, door, client, listener, params, state, verifier } = facts
  const denied = params.get('error')
  if (denied !== null) throw denial(denied)
  const oauth = await import('openid-client')
  const tokens = await oauth
    .authorizationCodeGrant(config, new URL(`${listener.redirectUri}?${params}`), {
      pkceCodeVerifier: verifier,
      expectedState: state,
    })
    .catch((error: unknown) => {
      if (refusalWord(error) === 'invalid_grant') {
        throw new AppError(
          2,
          'login_refused',
          'Google no longer takes this code.',
          'Log in again; a code lives for minutes and works once.',
        )
      }
      throw door.explain(error)
    })
  if (tokens.scope !== undefined && !tokens.scope.split(' ').includes(NEEDED_SCOPE)) {
    throw new AppError(
      2,
      'scope_missing',
      'Google was not allowed to show the quota.',
      'Log in again and leave every box ticked.',
    )
  }
  if (tokens.refresh_token === undefined || tokens.refresh_token === '') {
    throw new AppError(
      2,
      'no_refresh_token',
      'No refresh token returned: Google signed in for an hour only.',
      "Remove the app's access at https://myaccount.google.com/permissions, then log in again.",
    )
  }
  const who = await identityOf(new Secret(tokens.access_token), deps, dialog.signal)
  const { id, secret } = client
  return { ...who, record: { kind: 'grant', refreshToken: new Secret(tokens.refresh_token), client: { id, secret } } }
}

function denial(word: string): AppError {
  if (word === 'access_denied')
    return new AppError(2, 'login_denied', 'Access denied by user', 'Start the login again.')
  const shown = /^[\w-]{1,40}$/.test(word) ? word : 'unknown'
  return new AppError(2, 'login_refused', `OAuth error: ${shown}.`, 'Start the login again.')
}

type Identity = Pick<Obtained, 'email' | 'login' | 'subject'>

/** The login is good without a name for it, so a failure here is no failure of the login. */
async function identityOf(token: Secret, deps: LoginDeps, signal: AbortSignal): Promise<Identity> {
  const nobody: Identity = { email: null, login: null, subject: null }
  try {
    const headers = { authorization: `Bearer ${token.reveal()}`, accept: 'application/json' }
    const reply = await deps.send({ method: 'GET', url: USER_INFO, headers, endpoint: 'userinfo' }, signal)
    const parsed = reply.status === 200 ? parseJson(reply.body) : null
    const found = parsed?.ok ? asObject(parsed.value) : null
    if (found === null) return nobody
    return { email: labelText(field(found, 'email')), login: null, subject: labelText(field(found, 'id')) }
  } catch (error) {
    if (error instanceof QuotaError) return nobody
    throw error
  }
}
