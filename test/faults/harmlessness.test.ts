import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runAttempt } from '../../src/collector/attempt.ts'
import { createCooldowns } from '../../src/collector/cooldowns.ts'
import type { Outcome } from '../../src/collector/outcome.ts'
import { createClockSkew } from '../../src/collector/skew.ts'
import { createSlots } from '../../src/collector/slots.ts'
import { testFile, testLog, testSettings } from '../../src/collector/testing.ts'
import type { CredentialPorts } from '../../src/credentials/ports.ts'
import { createCredentialStore } from '../../src/credentials/store.ts'
import { memoryPorts, testEnvironment } from '../../src/credentials/testing.ts'
import type { Credential } from '../../src/model/credential.ts'
import type { HttpReply, HttpRequest } from '../../src/model/provider.ts'
import { HOUR_MS, MINUTE_MS } from '../../src/model/time.ts'
import { readGuarded } from '../../src/platform/files.ts'
import { listFolder } from '../../src/platform/lookup.ts'
import { claude } from '../../src/providers/claude/index.ts'
import { codex } from '../../src/providers/codex/index.ts'
import { pick, stream } from '../../src/simulator/random.ts'
import { createWorld, type World } from '../../src/simulator/world.ts'
import { REWRITE_MODES, rewriteAsOwner } from '../helpers/owner-tool.ts'
import { answerOf, type RotatingOwner, refreshRequest, rotatingOwners } from '../helpers/rotating-owner.ts'

const HOME = '/home/ada'

/** What an outage does to one of our requests; null: the service answers as it would. */
type Upset = (request: HttpRequest) => { readonly status: number; readonly body: unknown } | null

interface Monitor {
  /** One look at all files and one attempt for each login that was found. */
  poll(): Promise<readonly { readonly credential: Credential; readonly outcome: Outcome }[]>
  /** Killed and started again: nothing is kept but what is on disk. */
  restart(): void
  readonly requests: readonly HttpRequest[]
}

/** The real store, the real providers and the real attempt, over simulated services. */
function createMonitor(ports: CredentialPorts, world: World, home: string, upset: Upset): Monitor {
  const log = testLog()
  const requests: HttpRequest[] = []
  const settings = () => testSettings({ intervalMs: {} })
  const environment = testEnvironment({ home, xdgDataHome: null, cwd: `${home}/project` })
  const cooldownFile = testFile()
  const send = async (request: HttpRequest): Promise<HttpReply> => {
    requests.push(request)
    const reply = upset(request) ?? answerOf(world, request)
    const body = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body)
    return { status: reply.status, headers: {}, body, host: new URL(request.url).host, at: ports.clock.now() }
  }
  const start = () => {
    const store = createCredentialStore({ environment, ports })
    const { clock } = ports
    const cooldowns = createCooldowns({ file: cooldownFile, clock, random: () => 0, log, settings })
    const hostSlots = createSlots({ total: () => 100, perKey: () => 8 })
    const common = { clock, log, send, store, cooldowns, hostSlots, settings, tokenHosts: ['oauth2.googleapis.com'] }
    return { ...common, skew: createClockSkew(log), version: '0.0.0-test', platform: { os: 'linux', arch: 'x64' } }
  }
  let deps = start()
  return {
    requests,
    restart: () => {
      deps = start()
    },
    async poll() {
      const { credentials } = await deps.store.discover()
      return Promise.all(
        credentials.map(async (credential) => {
          const provider = credential.provider === 'claude' ? claude : codex
          const target = { account: `${credential.source}/${credential.slot}`, provider, credentials: [credential] }
          return { credential, outcome: await runAttempt(deps, target, new AbortController().signal) }
        }),
      )
    },
  }
}

/** Reading usage is all we may do: no other method, no other address, no refresh token anywhere. */
function expectHarmless(requests: readonly HttpRequest[]): void {
  const usage = /^https:\/\/(api\.anthropic\.com\/api\/oauth\/(usage|profile)|chatgpt\.com\/backend-api\/wham\/usage)$/
  for (const { method, url, headers, body } of requests) {
    const isHarmless = method === 'GET' && usage.test(url) && body === undefined
    if (!isHarmless || JSON.stringify(headers).includes('fake-refresh')) expect(`${method} ${url}`).toBe('harmless')
  }
}

describe('a monitor beside tools with rotating single-use refresh tokens', () => {
  it('does no harm in 10,000 random steps (C01, C11)', { timeout: 180_000 }, async () => {
    const random = stream(20_261_122)
    const ports = memoryPorts()
    const world = createWorld({ clock: { now: () => ports.clock.now() } })
    const owners = rotatingOwners(world, HOME)
    for (const owner of owners) ports.files.set(owner.path, owner.text())
    let isUpset = false
    const monitor = createMonitor(ports, world, HOME, () => {
      if (!isUpset) return null
      return pick(
        [
          { status: 401, body: {} },
          { status: 500, body: {} },
          { status: 200, body: '<html>' },
        ],
        random,
      )
    })
    const seen = { read: 0, expired: 0, unreadable: 0, refreshed: 0, upset: 0, restarts: 0 }

    async function poll(): Promise<void> {
      const before = { files: [...ports.files], events: world.grants.events.length, sent: monitor.requests.length }
      const found = await monitor.poll()
      // Nothing at the authorization servers has moved, and no byte on disk.
      expect(world.grants.events.length).toBe(before.events)
      expect([...ports.files]).toEqual(before.files)
      expectHarmless(monitor.requests.slice(before.sent))
      for (const { credential, outcome } of found) {
        expect(credential.secrets.refreshToken).toBeNull()
        if (outcome.kind === 'read') seen.read++
        else if (outcome.kind === 'failed' && outcome.error.code === 'credential_expired') seen.expired++
        else if (outcome.kind === 'failed' && outcome.error.code === 'credential_unreadable') seen.unreadable++
      }
    }

    function refresh(owner: RotatingOwner): void {
      for (const account of owner.accounts) {
        if (!owner.refresh(account)) expect(account.id).toBe('an account whose owner could refresh')
        seen.refreshed++
      }
    }

    /** The owner is killed while it writes; we look at what lies there; it comes back and repairs its file. */
    async function crash(owner: RotatingOwner): Promise<void> {
      const old = ports.files.get(owner.path)
      if (random() < 0.5) refresh(owner)
      const text = owner.text()
      const torn = pick(
        [text.slice(0, Math.floor(text.length * random())), '', `${text}${String(old).slice(-20)}`],
        random,
      )
      if (random() < 0.3) ports.files.delete(owner.path)
      else ports.files.set(owner.path, torn)
      for (let looks = 0; looks < 1 + Math.floor(random() * 2); looks++) await poll()
      if (random() < 0.3) ports.clock.advance(random() * 20_000)
      ports.files.set(owner.path, owner.text())
    }

    const [first, ...others] = owners
    if (first === undefined) throw new Error('no owner')
    for (let step = 0; step < 10_000; step++) {
      const owner = pick([first, ...others], random)
      const dice = random()
      if (dice < 0.35) ports.clock.advance(random() * 2 * HOUR_MS)
      else if (dice < 0.6) await poll()
      else if (dice < 0.75) {
        refresh(owner)
        ports.files.set(owner.path, owner.text())
      } else if (dice < 0.85) await crash(owner)
      else if (dice < 0.9) {
        monitor.restart()
        seen.restarts++
      } else if (dice < 0.95) {
        isUpset = true
        await poll()
        isUpset = false
        seen.upset++
      } else {
        for (const account of owner.accounts) owner.signIn(account)
        ports.files.set(owner.path, owner.text())
      }
    }

    for (const owner of owners) refresh(owner)
    expect(world.grants.events.map((event) => event.kind)).not.toContain('reused')
    expect(world.grants.events.map((event) => event.kind)).not.toContain('rejected')
    expect(world.grants.refreshCount()).toBe(seen.refreshed)
    // The steps were what they were meant to be.
    expect(seen.read).toBeGreaterThan(5_000)
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(300)
  })

  it('reads again by itself as soon as an owner has refreshed its login', async () => {
    const ports = memoryPorts()
    const world = createWorld({ clock: { now: () => ports.clock.now() } })
    const owners = rotatingOwners(world, HOME)
    for (const owner of owners) ports.files.set(owner.path, owner.text())
    const monitor = createMonitor(ports, world, HOME, () => null)
    const outcomes = async () => {
      const found = await monitor.poll()
      return found.map(({ outcome }) => (outcome.kind === 'failed' ? outcome.error.code : outcome.kind))
    }
    expect(await outcomes()).toEqual(Array.from({ length: 6 }, () => 'read'))
    ports.clock.advance(11 * 24 * HOUR_MS)
    expect(await outcomes()).toEqual(Array.from({ length: 6 }, () => 'credential_expired'))
    for (const owner of owners) {
      for (const account of owner.accounts) expect(owner.refresh(account)).toBe(true)
      ports.files.set(owner.path, owner.text())
    }
    expect(await outcomes()).toEqual(Array.from({ length: 6 }, () => 'read'))
  })

  it('would be caught if it spent one token: the owner could not refresh any more', () => {
    const world = createWorld()
    for (const owner of rotatingOwners(world, HOME)) {
      for (const account of owner.accounts) {
        const token = world.grants.session(account).refreshToken ?? ''
        expect(owner.text()).toContain(token)
        expect(answerOf(world, refreshRequest(account, token)).status).toBe(200)
        expect(owner.refresh(account)).toBe(false)
      }
    }
    expect(() =>
      expectHarmless([{ method: 'POST', url: 'https://auth.openai.com/oauth/token', endpoint: 'x' }]),
    ).toThrow()
  })
})

describe('the files themselves', () => {
  it('keep bytes, times, inode and mode while we read, also in the middle of every kind of rewrite (C12)', async () => {
    const home = await mkdtemp(join(tmpdir(), 'tokstat-harmless-'))
    try {
      const memory = memoryPorts()
      const { clock } = memory
      const ports: CredentialPorts = {
        ...memory,
        // One look at a torn file is enough here: the owner stands still while we read.
        readText: (path) => readGuarded(path, clock),
        listFolder,
      }
      const world = createWorld({ clock: { now: () => clock.now() } })
      const owners = rotatingOwners(world, home)
      for (const { path, text } of owners) {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, text(), { mode: 0o600 })
      }
      const monitor = createMonitor(ports, world, home, () => null)
      let reads = 0
      const pollAndCompare = async (): Promise<void> => {
        const before = await Promise.all(owners.map(stateOfFile))
        reads += (await monitor.poll()).filter(({ outcome }) => outcome.kind === 'read').length
        expect(await Promise.all(owners.map(stateOfFile))).toEqual(before)
      }
      for (const mode of REWRITE_MODES) {
        for (const owner of owners) {
          for (const account of owner.accounts) expect(owner.refresh(account)).toBe(true)
          await rewriteAsOwner(owner.path, owner.text(), mode, pollAndCompare)
          await pollAndCompare()
          expect(await readFile(owner.path, 'utf8')).toBe(owner.text())
          clock.advance(MINUTE_MS)
        }
      }
      expect(reads).toBeGreaterThan(200)
      expectHarmless(monitor.requests)
    } finally {
      await rm(home, { recursive: true, force: true })
    }
  })
})

async function stateOfFile({ path }: RotatingOwner): Promise<unknown> {
  const bytes = await readFile(path, 'utf8').catch(() => null)
  if (bytes === null) return null
  const { ino, mode, size, mtimeMs, ctimeMs } = await stat(path)
  return { bytes, ino, mode, size, mtimeMs, ctimeMs }
}
