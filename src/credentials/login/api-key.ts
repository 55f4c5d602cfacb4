import { AppError, type LoginDialog } from '../../model/app.ts'
import { QuotaError } from '../../model/problem.ts'
import type { Secret } from '../../model/secret.ts'
import { parseJson, secretOf } from '../parse.ts'
import type { LoginDeps, Obtained } from './deps.ts'
import { appErrorOf } from './oauth-fetch.ts'
import { stopped } from './wait.ts'

/** A service whose keys are made on a page of its own. */
export interface KeyService {
  readonly title: string
  /** Where a person makes a key. */
  readonly keysPage: string
  /** What only a good key is answered by; the second is asked when the first refuses the key. */
  readonly checks: readonly string[]
}

export const KEY_SERVICES: Readonly<Record<string, KeyService>> = {
  openrouter: {
    title: 'OpenRouter',
    keysPage: 'https://openrouter.ai/settings/keys',
    checks: ['https://openrouter.ai/api/v1/key'],
  },
  'nano-gpt': {
    title: 'NanoGPT',
    keysPage: 'https://nano-gpt.com/api',
    // A management key, which cannot spend, is refused by the first and taken by the second.
    checks: [
      'https://nano-gpt.com/api/subscription/v1/usage',
      'https://nano-gpt.com/api/management/v1/subscription/usage',
    ],
  },
  deepseek: {
    title: 'DeepSeek',
    keysPage: 'https://platform.deepseek.com/api_keys',
    checks: ['https://api.deepseek.com/user/balance'],
  },
}

/** Asks for a key, or reads it from stdin, and tries it at the service. Throws AppError. */
export async function keyLogin(
  service: KeyService,
  fromStdin: boolean,
  deps: LoginDeps,
  dialog: LoginDialog,
): Promise<Obtained> {
  const typed = fromStdin ? await dialog.readAll(dialog.signal) : await prompt(service, dialog)
  if (dialog.signal.aborted) throw stopped()
  if (typed.trim() === '') throw new AppError(4, 'bad_argument', 'API key cannot be empty')
  const key = secretOf(typed)
  if (key === null) {
    throw new AppError(4, 'bad_argument', 'That is not an API key.', 'A key is one word without spaces or line breaks.')
  }
  await check(key, { service, send: deps.send, signal: dialog.signal })
  return { record: { kind: 'api-key', apiKey: key }, email: null, login: null, subject: null }
}

async function prompt({ title, keysPage }: KeyService, dialog: LoginDialog): Promise<string> {
  if (!dialog.interactive) {
    throw new AppError(4, 'bad_argument', 'There is no terminal to ask for the key.', 'Pipe it in and add --key-stdin.')
  }
  dialog.say(`A key of ${title} is made at ${keysPage}`)
  return (await dialog.ask(`API key of ${title} (not shown): `, { hidden: true, signal: dialog.signal })) ?? ''
}

interface Check {
  readonly service: KeyService
  readonly send: LoginDeps['send']
  readonly signal: AbortSignal
}

async function check(key: Secret, context: Check): Promise<void> {
  const { service } = context
  let refusedWith = 0
  for (const url of service.checks) {
    const status = await statusOf(url, key, context)
    if (status >= 200 && status < 300) return
    if (status !== 401 && status !== 403) throw unexpected(service, status)
    refusedWith = refusedWith || status
  }
  throw new AppError(2, 'key_refused', `Invalid API key: ${refusedWith}`, `Make one at ${service.keysPage}`)
}

async function statusOf(url: string, key: Secret, { service, send, signal }: Check): Promise<number> {
  try {
    const headers = { authorization: `Bearer ${key.reveal()}`, accept: 'application/json' }
    const reply = await send({ method: 'GET', url, headers, endpoint: 'key-check' }, signal)
    // A gateway's page, good or bad, says nothing about a key.
    if (!parseJson(reply.body).ok) throw unexpected(service, reply.status)
    return reply.status
  } catch (error) {
    if (error instanceof QuotaError) throw appErrorOf(error)
    throw error
  }
}

function unexpected({ title }: KeyService, status: number): AppError {
  const code = status === 429 ? 'rate_limited' : status >= 500 ? 'upstream_unavailable' : 'unexpected_response'
  return new AppError(
    3,
    code,
    `${title} could not check the key (HTTP ${status}).`,
    'Nothing was kept. Try again later.',
  )
}
