import { ClientError, errorOfAnswer } from '../../../src/client/errors.ts'
import type { Clock } from '../../../src/model/index.ts'
import type { Api } from '../app-context.ts'

const TIMEOUT_MS = 20_000

type Headers = Readonly<Record<string, string>>

/** Requests with the browser's own session; a state change is JSON, as the server asks. */
export function createApi(url: string, clock: Clock, onSignedOut: () => void): Api {
  async function ask(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<string | null> {
    const controller = new AbortController()
    const timer = clock.after(TIMEOUT_MS, () => controller.abort())
    try {
      const answer = await fetch(url + path, {
        method,
        cache: 'no-store',
        signal: controller.signal,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      if (answer.ok) return text
      if (answer.status === 404) return null
      if (answer.status === 401 && path !== '/api/v1/session') onSignedOut()
      throw errorOfAnswer(answer.status, text)
    } catch (error) {
      if (error instanceof ClientError) throw error
      throw new ClientError({ message: 'No tokstat answers here.', status: null, code: 'offline', cause: error })
    } finally {
      timer.cancel()
    }
  }
  return {
    get: async (path) => parsed(await ask('GET', path)),
    send: async (method, path, body) => parsed(await ask(method, path, body)),
    text: async (path) => (await ask('GET', path)) ?? '',
    async signIn(token) {
      await ask('POST', '/api/v1/session', undefined, { authorization: `Bearer ${token}` })
    },
  }
}

function parsed<Body>(text: string | null): Body | null {
  if (text === null || text === '') return null
  return JSON.parse(text) as Body
}
