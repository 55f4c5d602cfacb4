import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFaults, type FaultEffect, type FaultRule } from './faults.ts'
import { type Simulator, startSimulator } from './server.ts'
import { createWorld } from './world.ts'

let simulator: Simulator

beforeEach(async () => {
  simulator = await startSimulator({ world: createWorld({ accounts: { openrouter: 2 } }) })
})

afterEach(() => simulator.stop())

const PATH = '/openrouter.ai/api/v1/key'

/** Index of the account that asks. */
function ask(account = 0, init: RequestInit = {}): Promise<Response> {
  const asking = simulator.world.accounts[account]
  const token = asking ? simulator.world.grants.session(asking).accessToken : ''
  return fetch(simulator.url + PATH, { redirect: 'manual', headers: { authorization: `Bearer ${token}` }, ...init })
}

function fault(effect: FaultEffect, rule: Omit<FaultRule, 'effect'> = {}): () => void {
  return simulator.faults.add({ ...rule, effect })
}

/** The bytes as they come over the wire, undecoded. */
function rawBytes(): Promise<Buffer> {
  const account = simulator.world.accounts[0]
  const token = account ? simulator.world.grants.session(account).accessToken : ''
  return new Promise((resolve, reject) => {
    const socket = connect(simulator.port, '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(chunks)))
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`)
  })
}

function bodyOf(raw: Buffer): Buffer {
  return raw.subarray(raw.indexOf('\r\n\r\n') + 4)
}

describe('faults, as a plain client meets them', () => {
  it('answers well without any', async () => {
    const reply = await ask()
    expect(reply.status).toBe(200)
    expect(await reply.json()).toHaveProperty('data.limit', 100)
  })

  it('answers a scripted status, headers and body', async () => {
    fault({ kind: 'reply', status: 429, headers: { 'retry-after': '0' }, body: { error: 'slow down' } })
    const reply = await ask()
    expect(reply.status).toBe(429)
    expect(reply.headers.get('retry-after')).toBe('0')
    expect(await reply.json()).toEqual({ error: 'slow down' })
  })

  it('waits before it answers', async () => {
    fault({ kind: 'delay' }, { delayMs: 60 })
    const before = performance.now()
    expect((await ask()).status).toBe(200)
    expect(performance.now() - before).toBeGreaterThanOrEqual(55)
  })

  it('never answers', async () => {
    fault({ kind: 'hang' })
    await expect(ask(0, { signal: AbortSignal.timeout(60) })).rejects.toThrow(/timeout/i)
    expect(simulator.requests.all[0]?.status).toBeNull()
  })

  it('stops for ever in the middle of the body', async () => {
    fault({ kind: 'hang', afterBytes: 5 })
    const reply = await ask(0, { signal: AbortSignal.timeout(120) })
    expect(reply.status).toBe(200)
    await expect(reply.text()).rejects.toThrow(/timeout/i)
  })

  it('closes before any answer', async () => {
    fault({ kind: 'reset' })
    await expect(ask()).rejects.toThrow('fetch failed')
  })

  it('cuts the body after any number of bytes', async () => {
    const whole = Buffer.from(await (await ask()).arrayBuffer()).length
    for (const afterBytes of [0, 1, Math.floor(whole / 2), whole - 1]) {
      fault({ kind: 'cut', afterBytes }, { times: 1 })
      const broken = ask().then((reply) => reply.text())
      await expect(broken, `after ${afterBytes} bytes`).rejects.toThrow(/terminated|fetch failed/)
    }
  })

  it('drips', async () => {
    const whole = Buffer.from(await (await ask()).arrayBuffer()).length
    fault({ kind: 'drip', bytesPerSecond: whole * 5 }, { times: 1 })
    const before = performance.now()
    const reply = await ask()
    expect(await reply.json()).toHaveProperty('data')
    expect(performance.now() - before).toBeGreaterThan(120)
    fault({ kind: 'drip', bytesPerSecond: 1 })
    const slow = await ask(0, { signal: AbortSignal.timeout(150) })
    await expect(slow.text()).rejects.toThrow(/timeout/i)
  })

  it('sends a page of HTML with any status', async () => {
    fault({ kind: 'html' }, { times: 1 })
    const page = await ask()
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(await page.text()).toContain('<!doctype html>')
    fault({ kind: 'html', status: 403 })
    expect((await ask()).status).toBe(403)
  })

  it('sends the right body under the wrong type', async () => {
    fault({ kind: 'content-type', value: 'image/png' })
    const reply = await ask()
    expect(reply.headers.get('content-type')).toBe('image/png')
    expect(await reply.json()).toHaveProperty('data')
  })

  it('compresses without saying so', async () => {
    fault({ kind: 'gzip-unlabelled' })
    const reply = await ask()
    expect(reply.headers.get('content-encoding')).toBeNull()
    const bytes = Buffer.from(await reply.arrayBuffer())
    expect(JSON.parse(gunzipSync(bytes).toString())).toHaveProperty('data')
  })

  it('compresses twice', async () => {
    fault({ kind: 'gzip-double' })
    const once = Buffer.from(await (await ask()).arrayBuffer())
    expect(JSON.parse(gunzipSync(once).toString())).toHaveProperty('data')
  })

  it('sends a bomb: few bytes that unpack to many', async () => {
    fault({ kind: 'gzip-bomb', bytes: 8 * 1024 * 1024 })
    const raw = await rawBytes()
    expect(raw.length).toBeLessThan(64 * 1024)
    const unpacked = await (await ask()).text()
    expect(unpacked.length).toBeGreaterThan(8 * 1024 * 1024)
    expect(JSON.parse(unpacked)).toHaveProperty('data')
  })

  it('survives a client that leaves in the middle of a huge answer', async () => {
    fault({ kind: 'gzip-bomb', bytes: 1024 ** 3 }, { times: 1 })
    fault({ kind: 'huge', bytes: 1024 ** 3 }, { times: 1 })
    for (let round = 0; round < 2; round += 1) {
      const reader = (await ask()).body?.getReader()
      expect((await reader?.read())?.value?.length).toBeGreaterThan(0)
      await reader?.cancel()
    }
    expect((await ask()).status).toBe(200)
  })

  it('sends a huge body', async () => {
    fault({ kind: 'huge', bytes: 2 * 1024 * 1024 })
    expect((await (await ask()).text()).length).toBeGreaterThan(2 * 1024 * 1024)
  })

  it('redirects', async () => {
    fault({ kind: 'redirect', location: 'https://elsewhere.example.com/', status: 307 })
    const reply = await ask()
    expect(reply.status).toBe(307)
    expect(reply.headers.get('location')).toBe('https://elsewhere.example.com/')
  })

  it('declares more bytes than it sends, or fewer', async () => {
    fault({ kind: 'wrong-length', by: 10 }, { times: 1 })
    await expect(ask().then((reply) => reply.text())).rejects.toThrow(/terminated|fetch failed/)
    fault({ kind: 'wrong-length', by: -10 }, { times: 1 })
    const raw = await rawBytes()
    const declared = Number(/content-length: (\d+)/i.exec(raw.toString())?.[1])
    expect(bodyOf(raw).length).toBe(declared + 10)
  })

  it('sends half a JSON, and an empty object', async () => {
    fault({ kind: 'invalid-json' }, { times: 1 })
    await expect(ask().then((reply) => reply.json())).rejects.toThrow(SyntaxError)
    fault({ kind: 'empty' }, { times: 1 })
    expect(await (await ask()).json()).toEqual({})
  })
})

describe('which requests a fault strikes', () => {
  const broken: FaultEffect = { kind: 'reply', status: 503 }

  it('one account and no other', async () => {
    fault(broken, { account: simulator.world.accounts[1]?.id ?? '' })
    expect((await ask(0)).status).toBe(200)
    expect((await ask(1)).status).toBe(503)
  })

  it('a host, a path, a pattern, a method', async () => {
    fault(broken, { host: 'api.github.com' })
    fault(broken, { path: '/api/v1/credits' })
    fault(broken, { method: 'POST' })
    expect((await ask()).status).toBe(200)
    fault(broken, { host: /router/, path: /\/key$/ })
    expect((await ask()).status).toBe(503)
  })

  it('only so many times, and only the n-th', async () => {
    fault(broken, { times: 2 })
    expect([(await ask()).status, (await ask()).status, (await ask()).status]).toEqual([503, 503, 200])
    fault(broken, { nth: 2 })
    expect([(await ask()).status, (await ask()).status, (await ask()).status]).toEqual([200, 503, 200])
    expect(simulator.faults.struck).toBe(3)
  })

  it('until it is taken away', async () => {
    const takeAway = fault(broken)
    expect((await ask()).status).toBe(503)
    takeAway()
    expect((await ask()).status).toBe(200)
    fault(broken)
    simulator.faults.clear()
    expect((await ask()).status).toBe(200)
  })

  it('with a probability that the seed decides', () => {
    const strikes = (seed: number): readonly boolean[] => {
      const plan = createFaults(seed)
      plan.add({ probability: 0.3, effect: broken })
      return Array.from(
        { length: 300 },
        () => plan.strike({ method: 'GET', host: 'h', path: '/', account: null }) !== null,
      )
    }
    expect(strikes(1)).toEqual(strikes(1))
    expect(strikes(1)).not.toEqual(strikes(2))
    const share = strikes(1).filter(Boolean).length / 300
    expect(share).toBeGreaterThan(0.2)
    expect(share).toBeLessThan(0.4)
  })
})
