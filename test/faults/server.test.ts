import { writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld } from '../../src/simulator/world.ts'
import { parseExposition, seriesKey } from '../helpers/exposition.ts'
import { createMachine, type Daemon, type Machine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'
import { readAll, statusOfRaw } from '../helpers/server.ts'
import { until } from '../helpers/wait.ts'

const CONFIG = `[polling]
timeout = "2s"

[providers.antigravity]
interval = "0.5s"
`
const HOSTILE = 'e\u001b[31m"vil\\\n</script><img src=x onerror=alert(1)>\u202egro'
const READS = [
  '/',
  '/metrics',
  '/api/v1/accounts',
  '/api/v1/quotas',
  '/api/v1/providers',
  '/api/v1/best',
  '/api/openapi.json',
  '/v0/management/quota/status',
  '/v0/management/quota/available?model=m',
]

let machine: Machine
let daemon: Daemon
let port: number

beforeAll(async () => {
  const world = createWorld({ seed: 61, accounts: { antigravity: 6 } })
  machine = await createMachine({ world, config: CONFIG })
  machine.simulator.faults.add({
    path: /:fetchAvailableModels$/,
    account: world.accounts[0]?.id ?? '',
    effect: {
      kind: 'reply',
      status: 200,
      body: {
        models: {
          [HOSTILE]: { displayName: HOSTILE, quotaInfo: { remainingFraction: 0.5, resetTime: '2099-01-01T00:00:00Z' } },
        },
      },
    },
  })
  daemon = await machine.serve([], { TOKSTAT_LOG: 'debug' })
  port = Number(new URL(daemon.url).port)
  await daemon.whenAccounts('all are read', (all) => all.length === 6 && all.every(({ status }) => status === 'ok'))
})

afterAll(async () => {
  await stopPrograms()
  await machine.remove()
})

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.once('error', reject)
  })
}

async function raw(text: string): Promise<string> {
  const socket = await open()
  socket.write(text)
  return readAll(socket)
}

const isAlive = async (): Promise<boolean> => (await daemon.get('/healthz')).status === 200

/** How long ago each account was read, the oldest: what a starved poller would let grow. In milliseconds. */
async function oldestReading(): Promise<number> {
  const accounts = await daemon.accounts()
  return Math.max(...accounts.map(({ observedAt }) => Date.now() - Date.parse(observedAt ?? '')))
}

describe('a web page or a stranger at the built daemon', () => {
  it('W02 gets 421 under any other name, on every route; W22 a doubled header is refused', async () => {
    for (const path of [...READS, '/api/v1/events', '/nothing-here']) {
      const head = `GET ${path} HTTP/1.1\r\nConnection: close\r\n`
      expect(statusOfRaw(await raw(`${head}Host: evil.example.com\r\n\r\n`)), path).toBe(421)
      expect(statusOfRaw(await raw(`${head}Host: 127.0.0.1:${port}\r\nHost: evil.example.com\r\n\r\n`)), path).not.toBe(
        200,
      )
    }
    const absolute = `GET http://evil.example.com/metrics HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`
    expect(statusOfRaw(await raw(absolute))).not.toBe(200)
    const twice = `GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`
    expect(statusOfRaw(await raw(twice))).toBe(400)
  })

  it('W03, W04 gets no leave to read, and changes nothing from another origin', async () => {
    const origin = { origin: 'https://evil.example.com', 'sec-fetch-site': 'cross-site' }
    const before = machine.simulator.requests.all.length
    for (const path of ['/api/v1/refresh', '/v0/management/quota-exceeded/switch-project']) {
      const method = path.includes('refresh') ? 'POST' : 'PUT'
      const answer = await daemon.get(path, {
        method,
        headers: { ...origin, 'content-type': 'text/plain' },
        body: '{"value":true}',
      })
      expect([403, 415]).toContain(answer.status)
    }
    const read = await daemon.get('/api/v1/accounts', { headers: origin })
    expect(read.headers.get('access-control-allow-origin')).toBeNull()
    const toggle = await (await daemon.get('/v0/management/quota-exceeded/switch-project')).json()
    expect(toggle).toEqual({ value: false })
    expect(machine.simulator.requests.all.length - before).toBeLessThan(60)
  })

  it('W25 is told to keep nothing, and to run nothing of others (W24)', async () => {
    for (const path of READS) {
      const answer = await daemon.get(path)
      expect(answer.headers.get('cache-control'), path).toContain('no-store')
      expect(answer.headers.get('content-security-policy'), path).toContain('default-src')
    }
  })

  it('W14 finds no file by any path', async () => {
    for (const path of [
      '/../../etc/passwd',
      '/..%2f..%2fetc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/assets/..\\..\\etc',
      '//etc/passwd',
      '/.env',
    ]) {
      const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`)
      expect(answer, path).not.toMatch(/root:|GOOGLE_CLIENT/)
      expect(statusOfRaw(answer), path).not.toBe(200)
    }
  })

  it('W28 has its body refused before it is read: too long, or without an end', async () => {
    const head = `POST /api/v1/refresh HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n`
    expect(statusOfRaw(await raw(`${head}Content-Length: 9999999999\r\n\r\n`))).toBe(413)
    const put = head.replace('POST /api/v1/refresh', 'PUT /v0/management/quota-exceeded/switch-project')
    const socket = await open()
    socket.write(`${put}Transfer-Encoding: chunked\r\n\r\n`)
    const answer = readAll(socket)
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
    const timer = setInterval(() => socket.writable && socket.write(chunk), 5)
    expect(statusOfRaw(await answer)).toBe(413)
    clearInterval(timer)
    expect(await isAlive()).toBe(true)
  })

  it('W18 may send anything: the daemon lives', async () => {
    const pieces = [
      'GET / HTTP/1.1\r\n',
      '\0\0\0',
      'Host:',
      `${'A'.repeat(20_000)}`,
      '\r\n\r\n',
      'POST',
      ' HTTP/9.9\r\n',
      '\x16\x03\x01',
      'Transfer-Encoding: chunked\r\n\r\nzz\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    ]
    const attempts = Array.from({ length: 200 }, (_, seed) =>
      pieces.filter((_, index) => (seed * 7919 + index * 104_729) % 5 < 2).join(''),
    )
    await Promise.all(
      attempts.map(async (text) => {
        const socket = await open()
        const answered = readAll(socket)
        socket.end(text)
        expect(statusOfRaw(await answered)).not.toBe(200)
      }),
    )
    expect(await isAlive()).toBe(true)
  })

  it('W23 may leave in the middle of an answer', async () => {
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const socket = await open()
        socket.write(`GET ${READS[index % READS.length]} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
        if (index % 2 === 0) socket.resetAndDestroy()
        else socket.destroy()
      }),
    )
    expect(await isAlive()).toBe(true)
    expect(daemon.program.stderr()).not.toContain('a request failed')
  })
})

describe('readers who are slow', () => {
  it('W17 heads that never end fill no house: others are answered meanwhile', async () => {
    const sockets = await Promise.all(Array.from({ length: 60 }, () => open()))
    for (const socket of sockets) {
      socket.on('error', () => undefined)
      socket.write('GET /metrics HTTP/1.1\r\nX-Slow: ')
    }
    for (let round = 0; round < 10; round += 1) {
      for (const socket of sockets) if (socket.writable) socket.write('a')
      expect(await isAlive()).toBe(true)
    }
    for (const socket of sockets) socket.destroy()
  })

  it('W15, W16 a stream that nobody reads costs the others nothing; W30 many of them are served', async () => {
    const stalled = await Promise.all(Array.from({ length: 8 }, () => open()))
    for (const socket of stalled) {
      socket.on('error', () => undefined)
      socket.pause()
      socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
    }
    const seen = Array.from({ length: 12 }, () => 0)
    const stop = new AbortController()
    const readers = seen.map(async (_, index) => {
      const answer = await daemon.get('/api/v1/events', { signal: stop.signal })
      const decoder = new TextDecoder()
      try {
        for await (const chunk of answer.body ?? []) {
          seen[index] = (seen[index] ?? 0) + decoder.decode(chunk).split('event: account').length - 1
        }
      } catch {
        // Cut by the test itself.
      }
    })
    await until('every reader hears of every account, more than once', () => seen.every((count) => count >= 12))
    expect(await isAlive()).toBe(true)
    stop.abort()
    await Promise.all(readers)
    for (const socket of stalled) socket.destroy()
  })
})

describe('a flood', () => {
  it('W19, W20, W29 causes no request upstream beyond the schedule, and starves no poll', async () => {
    const perSecond = async (ms: number): Promise<number> => {
      const before = machine.simulator.requests.all.length
      const start = performance.now()
      await until('time passes', () => performance.now() - start >= ms)
      return (machine.simulator.requests.all.length - before) / (performance.now() - start)
    }
    const calm = await perSecond(2000)
    let running = true
    let answered = 0
    let oldest = 0
    const flood = Array.from({ length: 24 }, async (_, index) => {
      while (running) {
        const answer = await daemon.get(READS[(index + answered) % READS.length] ?? '/')
        await answer.arrayBuffer()
        answered += 1
      }
    })
    const watch = (async () => {
      while (running) oldest = Math.max(oldest, await oldestReading())
    })()
    const flooded = await perSecond(3000)
    running = false
    await Promise.all([...flood, watch])
    expect(answered).toBeGreaterThan(200)
    expect(flooded, 'a read asks nobody').toBeLessThan(calm * 1.3)
    expect(oldest, 'readings of half a second’s cadence').toBeLessThan(3000)
  })
})

describe('hostile names', () => {
  it('W09 are text in the page; W10 carry no escape to a terminal; W08 no path and no secret is told', async () => {
    const page = await (await daemon.get('/')).text()
    expect(page).not.toContain('<img src=x')
    const list = await machine.run(['list'])
    for (const text of [list.stdout, list.stderr]) {
      expect(
        [...text].filter((char) => char !== '\n' && (char < ' ' || char === '\u202e' || char === '\u009b')),
      ).toEqual([])
    }
    for (const path of READS) expect(await (await daemon.get(path)).text(), path).not.toContain(machine.home)
  })

  it('W11, W12, W13 leave the metrics well-formed: every series once, every line readable', async () => {
    const page = await (await daemon.get('/metrics')).text()
    expect(page).toContain('onerror')
    const samples = parseExposition(page)
    const keys = samples.map(seriesKey)
    expect(new Set(keys).size).toBe(keys.length)
    const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)))
    for (const label of labels) expect(label).toMatch(/^[a-z_]+$/)
  })
})

describe('a daemon with a token', () => {
  it('W05, W06, W26 answers nothing without it, wherever it listens, and takes none from the address', async () => {
    const token = 'fake-token-of-the-test-0123456789'
    const home = await createMachine({
      world: createWorld({ seed: 62, accounts: { antigravity: 1 } }),
      config: `${CONFIG}\n[server]\ntoken_file = "token"\n`,
    })
    try {
      await writeFile(home.path('.config/tokstat/token'), `${token}\n`, { mode: 0o600 })
      const guarded = await home.serve()
      for (const path of [...READS, '/api/v1/events', '/nothing-here']) {
        expect((await guarded.get(path)).status, path).toBe(401)
        expect((await guarded.get(`${path}${path.includes('?') ? '&' : '?'}token=${token}`)).status, path).toBe(401)
        if (path === '/api/v1/events' || path === '/nothing-here') continue
        expect((await guarded.get(path, { headers: { authorization: `Bearer ${token}` } })).status, path).toBe(200)
      }
      expect((await guarded.get('/healthz')).status).toBe(200)
      expect((await guarded.get('/readyz')).status).toBe(200)
      const spoofed = await guarded.get('/metrics', {
        headers: { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' },
      })
      expect(spoofed.status, 'W07: what a caller says of its address opens nothing').toBe(401)
      const list = await home.run(['list', '--json'])
      expect(list.code, 'the command line knows where the token is').toBe(0)
    } finally {
      await stopPrograms()
      await home.remove()
    }
  })
})
