import { type EventEmitter, once } from 'node:events'
import { get } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { homedir, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { readEnvironment } from '../../src/config/environment.ts'
import { resolvePaths } from '../../src/config/paths.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { createSendHttp } from '../../src/platform/http.ts'
import { memoryLog } from '../../src/platform/testing.ts'

/** Hosts that are called in life. */
const REAL = [
  'cloudcode-pa.googleapis.com',
  'oauth2.googleapis.com',
  'api.anthropic.com',
  'chatgpt.com',
  'api.github.com',
]

describe('what a test may touch (C27)', () => {
  it('has no real home: everything that tokstat reads and writes lies in an empty temporary one', () => {
    const { env, platform } = process
    const environment = readEnvironment({ env, cwd: tmpdir(), platform, home: homedir() })
    expect(homedir()).not.toBe(userInfo().homedir)
    expect(homedir().startsWith(join(tmpdir(), 'tokstat-test-home-'))).toBe(true)
    for (const path of Object.values(resolvePaths(environment)).filter((value) => typeof value === 'string')) {
      expect(path.startsWith(homedir()), path).toBe(true)
    }
    expect(Object.keys(env).filter((name) => /_API_KEY$|^GH_TOKEN$|^GITHUB_TOKEN$/.test(name))).toEqual([])
  })

  it.each(REAL)('does not find %s, whatever asks for it', async (host) => {
    await expect(fetch(`https://${host}/`)).rejects.toThrow('only loopback is allowed')
    const attempts: readonly EventEmitter[] = [
      get({ host, path: '/' }),
      connectHttp2(`https://${host}`),
      connectTls({ host, port: 443 }),
      connect({ host, port: 443 }),
    ]
    const errors = await Promise.all(attempts.map((attempt) => once(attempt, 'error')))
    for (const [error] of errors) expect(error).toMatchObject({ code: 'ENOTFOUND' })
    const send = createSendHttp({ clock: systemClock(), upstream: null, log: memoryLog().log })
    const request = { method: 'GET', url: `https://${host}/`, endpoint: 'x', timeoutMs: 5_000 } as const
    await expect(send(request, new AbortController().signal)).rejects.toMatchObject({ name: 'QuotaError' })
  })
})
