/**
 * Runs before every test file. A test reaches loopback and nothing else, and never sees a real login:
 * the home folder and every XDG folder point at an empty temporary place.
 */
import dns from 'node:dns'
import { mkdtempSync, rmSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const home = mkdtempSync(join(tmpdir(), 'tokstat-test-home-'))
process.env['HOME'] = home
process.env['USERPROFILE'] = home
afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }))
for (const name of ['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_RUNTIME_DIR', 'XDG_CACHE_HOME']) {
  delete process.env[name]
}
for (const name of Object.keys(process.env)) {
  if (/^(TOKSTAT_|GOOGLE_|GEMINI_|ANTIGRAVITY_|OPENROUTER_|NANO|COPILOT_|CLAUDE|CODEX)/.test(name)) {
    delete process.env[name]
  }
}

// The suite must not rot: it is run years ahead too (test/faults/years-ahead.test.ts).
const yearsAhead = Number(process.env['TEST_YEARS_AHEAD'] ?? 0)
if (yearsAhead > 0) {
  const RealDate = Date
  const aheadMs = yearsAhead * 31_556_952_000
  globalThis.Date = class extends RealDate {
    constructor(...parts: readonly unknown[]) {
      super(...((parts.length === 0 ? [RealDate.now() + aheadMs] : parts) as [number]))
    }
    static override now(): number {
      return RealDate.now() + aheadMs
    }
  } as DateConstructor
}

const realFetch = globalThis.fetch
globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : String(input))
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (host !== '127.0.0.1' && host !== 'localhost' && host !== '::1') {
    return Promise.reject(new Error(`a test tried to reach ${url.host}; only loopback is allowed`))
  }
  return realFetch(input, init)
}

// What does not go through fetch (node:http, sockets, WebSockets) asks for a name first: no name but a near one is found.
const realLookup = dns.lookup
dns.lookup = Object.assign((...args: unknown[]) => {
  const [name] = args
  const done = args.at(-1)
  if (isNear(name) || typeof done !== 'function') return Reflect.apply(realLookup, dns, args)
  const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), {
    code: 'ENOTFOUND',
    errno: -3008,
    syscall: 'getaddrinfo',
    hostname: name,
  })
  process.nextTick(() => done(error))
}, realLookup)

function isNear(name: unknown): boolean {
  return typeof name !== 'string' || name === '' || name === 'localhost' || name === hostname() || isIP(name) !== 0
}
