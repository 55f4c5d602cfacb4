import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closeEngine } from '../../src/main/parts.ts'
import { createWorld, type World } from '../../src/simulator/world.ts'
import { type FakeClock, fakeClock } from '../helpers/fake-clock.ts'
import { ANTIGRAVITY_FILE, createMachine, type Machine, openMachineEngine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'
import { until } from '../helpers/wait.ts'

const ACCOUNTS = { antigravity: 8, 'gemini-cli': 3, claude: 3, codex: 3, copilot: 2, openrouter: 1, 'nano-gpt': 1 }
/** What is ours to write, below the home. */
const OURS = /^(\.config\/tokstat|\.local\/state(\/tokstat)?|\.local\/share\/tokstat|\.run)(\/|$)/

let world: World
let fake: FakeClock
let machine: Machine

beforeEach(async () => {
  fake = fakeClock(Date.UTC(2026, 10, 22, 9))
  world = createWorld({ seed: 21, accounts: ACCOUNTS, clock: { now: () => fake.clock.now() } })
  machine = await createMachine({ world, providers: Object.keys(ACCOUNTS), config: '' })
})

afterEach(async () => {
  await stopPrograms()
  await machine.remove()
})

/** Everything a person could notice about the files and folders of others: content, mode, owner, times, names. */
async function snapshot(): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  for (const entry of await readdir(machine.home, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const name = relative(machine.home, path)
    if (OURS.test(name)) continue
    const facts = await stat(path, { bigint: true })
    const content = entry.isFile()
      ? createHash('sha256')
          .update(await readFile(path))
          .digest('hex')
      : 'folder'
    // A folder that one of ours was made in has a new time, as any folder has; its mode and owner stay.
    const times = entry.isFile() ? `${facts.mtimeNs} ${facts.ctimeNs} ${facts.ino}` : ''
    found[name] = [content, facts.mode.toString(8), facts.uid, facts.gid, times].join(' ')
  }
  return found
}

/** Requests that are under way, their bodies included: while there are any, the fake clock must not run on. */
let underWay = 0
const guardedFetch = globalThis.fetch
globalThis.fetch = async (input, init) => {
  underWay += 1
  try {
    const answer = await guardedFetch(input, init)
    const { status, headers } = answer
    return new Response(await answer.arrayBuffer(), { status, headers })
  } finally {
    underWay -= 1
  }
}

/** Lets the fake clock run while real sockets keep pace. */
async function live(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 5_000) {
    await fake.advance(5_000)
    for (let quiet = 0; quiet < 3; quiet = underWay > 0 ? 0 : quiet + 1) await pause(1)
  }
}

describe('the login files of other tools', () => {
  it('are the same to the byte, the mode and the nanosecond after an hour of polling, troubles included', async () => {
    const before = await snapshot()
    expect(Object.keys(before)).toEqual(expect.arrayContaining([ANTIGRAVITY_FILE, '.gemini/oauth_creds.json']))
    const engine = await openMachineEngine(machine, fake.clock)
    await engine.engine.start()
    await live(20 * 60_000)
    const [ada, grace, linus] = world.accounts
    if (!ada || !grace || !linus) throw new Error('too few accounts')
    ada.condition = { kind: 'signed-out' }
    grace.condition = { kind: 'rate-limited', retryAfterSeconds: 300 }
    machine.simulator.faults.add({ account: linus.id, effect: { kind: 'reply', status: 401 }, times: 20 })
    machine.simulator.faults.add({ host: 'oauth2.googleapis.com', effect: { kind: 'reply', status: 503 }, times: 3 })
    await live(20 * 60_000)
    ada.condition = { kind: 'ok' }
    grace.condition = { kind: 'ok' }
    // Access tokens live an hour: the last third needs new ones.
    await live(25 * 60_000)
    const polled = engine.engine.board().accounts
    expect(polled.length).toBeGreaterThanOrEqual(ACCOUNTS.antigravity + ACCOUNTS['gemini-cli'])
    const models = machine.simulator.requests.to(
      'daily-cloudcode-pa.googleapis.com',
      '/v1internal:fetchAvailableModels',
    )
    expect(models.length).toBeGreaterThan(8 * 30)
    expect(world.grants.refreshCount()).toBeGreaterThan(2 * ACCOUNTS.antigravity)
    expect(machine.simulator.requests.forbidden).toEqual([])
    expect(world.grants.events.filter((event) => event.kind === 'reused' || event.kind === 'rotated')).toEqual([])
    await closeEngine(engine)
    // Requests that were cut off give their deadlines back a moment later.
    await until('no timer is left', () => fake.pending() === 0)
    expect(await snapshot()).toEqual(before)
  }, 180_000)

  it('are the same after every command that reads them', async () => {
    const before = await snapshot()
    for (const line of [
      'list',
      'refresh',
      'doctor',
      'explain',
      'query all',
      'metrics',
      'best',
      'providers',
      'quota list',
    ]) {
      const run = await machine.run(line.split(' '))
      expect(run.stderr, line).not.toContain('Something went wrong in tokstat itself')
    }
    const daemon = await machine.serve()
    await daemon.whenAccounts('asked', (all) => all.length > 0 && all.every((one) => one.status !== 'pending'))
    daemon.program.signal('SIGTERM')
    await daemon.program.ended
    expect(await snapshot()).toEqual(before)
  })

  it('would be seen to change: the snapshot notices a touch', async () => {
    const before = await snapshot()
    await machine.changeAccounts((accounts) => accounts)
    expect(await snapshot()).not.toEqual(before)
  })
})
