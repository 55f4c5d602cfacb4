import { afterEach, describe, expect, it } from 'vitest'
import { type RunningServer, runServer } from '../../test/helpers/server.ts'

let server: RunningServer | null = null
afterEach(async () => {
  await server?.close()
  server = null
})

describe('/api/v1/demo', () => {
  it('starts the demo for a browser of this machine, and for no other', async () => {
    let count = 0
    server = await runServer({
      demo: async () => {
        count += 1
        return 'http://127.0.0.1:9'
      },
    })
    const { url } = server
    const post = (headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${url}/api/v1/demo`, { method: 'POST', headers })
    expect(await (await post()).json()).toEqual({ url: 'http://127.0.0.1:9' })
    expect((await post({ 'x-forwarded-for': '203.0.113.9' })).status).toBe(404)
    expect((await post({ origin: 'https://evil.test' })).status).toBe(403)
    expect((await fetch(`${url}/api/v1/demo`)).status).toBe(404)
    expect(count).toBe(1)
  })

  it('is not there where there is no demo', async () => {
    server = await runServer()
    expect((await fetch(`${server.url}/api/v1/demo`, { method: 'POST' })).status).toBe(404)
  })
})
