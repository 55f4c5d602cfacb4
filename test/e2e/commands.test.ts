import { readdir } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { AccountDocument, AccountsDocument } from '../../src/model/document.ts'
import { acquireLock } from '../../src/platform/lock.ts'
import { createWorld, type World } from '../../src/simulator/world.ts'
import { createMachine, type Machine } from '../helpers/machine.ts'
import { type Finished, startProgram, stopPrograms } from '../helpers/program.ts'
import { until } from '../helpers/wait.ts'

const CALM = `[polling]
timeout = "2s"

[providers.antigravity]
interval = "1h"

[providers.gemini-cli]
interval = "1h"
`

let machine: Machine

afterEach(async () => {
  await stopPrograms()
  await machine.remove()
})

function smallWorld(): World {
  const world = createWorld({ seed: 9 })
  const startUsed = { '3p.5h': 0.75, '3p.weekly': 0.1, 'gemini.5h': 0.2, 'gemini.weekly': 0.1 }
  world.add({ provider: 'antigravity', name: 'ada', pattern: 'silent', startUsed })
  world.add({ provider: 'antigravity', name: 'grace', pattern: 'silent', startUsed })
  world.add({ provider: 'gemini-cli', name: 'linus', pattern: 'silent' })
  return world
}

const accountsOf = (run: Finished): readonly AccountDocument[] => (JSON.parse(run.stdout) as AccountsDocument).accounts
const asked = (): number => machine.simulator.requests.all.length

/** Ids and numbers, without what depends on the instant of asking. */
function numbers(accounts: readonly AccountDocument[]): unknown {
  return accounts.map(({ id, status, observedAt, quotas }) => ({
    id,
    status,
    observedAt,
    quotas: quotas.map((quota) => [quota.id, quota.remainingRatio, quota.level, quota.resetsAt]),
  }))
}

describe('a command while a daemon runs', () => {
  it('reads the daemon: the same numbers everywhere, and no further request', async () => {
    machine = await createMachine({ world: smallWorld(), config: CALM })
    const daemon = await machine.serve()
    const fromRest = await daemon.whenAccounts('all are read', (all) => all.every((one) => one.status === 'ok'))
    const before = asked()
    const list = await machine.run(['list', '--json'])
    expect(list.code).toBe(0)
    expect(numbers(accountsOf(list))).toEqual(numbers(fromRest))
    await until('the kept readings are the same, within a second', async () => {
      const cached = await machine.run(['list', '--cached', '--json'])
      return isDeepStrictEqual(numbers(accountsOf(cached)), numbers(fromRest))
    })
    for (const args of [['best', '--json'], ['providers'], ['metrics'], ['quota', 'list'], ['doctor', '--json']]) {
      const run = await machine.run(args)
      expect(run.code, `${args.join(' ')}: ${run.stderr}`).toBe(0)
    }
    expect((await machine.run(['metrics'])).stdout).toContain('antigravity_token_quota_remaining_fraction{')
    expect(asked()).toBe(before)
  })

  it('asks through the daemon for a refresh, at most once a minute', async () => {
    machine = await createMachine({ world: smallWorld(), config: CALM })
    const daemon = await machine.serve()
    await daemon.whenAccounts('all are read', (all) => all.every((one) => one.status === 'ok'))
    const first = await machine.run(['refresh', 'antigravity/ada@example.com', '--json'])
    const second = await machine.run(['refresh', 'antigravity/ada@example.com', '--json'])
    for (const run of [first, second]) {
      expect(run.code, run.stderr).toBe(0)
      // It was read a moment ago: too soon, which is no failure.
      expect(JSON.parse(run.stdout)).toMatchObject({
        results: [{ account: 'antigravity/ada@example.com', outcome: 'cooldown', problem: null }],
      })
    }
    const before = asked()
    const list = await machine.run(['list', '--refresh', '--json'])
    expect(list.code, list.stderr).toBe(0)
    expect(numbers(accountsOf(list))).toEqual(numbers(await daemon.accounts()))
    expect(asked()).toBe(before)
  })
})

describe('a command without a daemon', () => {
  it('runs the engine once, frees the lock, and does not ask again for what is recent', async () => {
    machine = await createMachine({ world: smallWorld(), config: CALM })
    const first = await machine.run(['list', '--json'])
    expect(first.code).toBe(0)
    expect(accountsOf(first).map((account) => account.status)).toEqual(['ok', 'ok', 'ok'])
    expect(await readdir(machine.path('.local/state/tokstat'))).not.toContain('engine.lock')
    const before = asked()
    expect(before).toBeGreaterThan(0)
    const second = await machine.run(['list', '--json'])
    expect(numbers(accountsOf(second))).toEqual(numbers(accountsOf(first)))
    const cached = await machine.run(['list', '--cached'])
    expect(cached.stdout).toContain('ada@example.com')
    expect(asked()).toBe(before)
  })

  it('prints a document that its own schema describes', async () => {
    machine = await createMachine({ world: smallWorld(), config: CALM })
    machine.world.account('antigravity/grace@example.com').condition = { kind: 'forbidden' }
    const schema = z.fromJSONSchema(JSON.parse((await machine.run(['list', '--schema'])).stdout))
    const document: unknown = JSON.parse((await machine.run(['list', '--json'])).stdout)
    expect(schema.safeParse(document).error).toBeUndefined()
    expect(schema.safeParse({ ...(document as object), accounts: [{ id: 'half an account' }] }).success).toBe(false)
  })

  it('shows the last readings with a notice while another process asks, and nothing is asked twice', async () => {
    machine = await createMachine({ world: smallWorld(), config: CALM })
    const first = await machine.run(['list', '--json'])
    const lock = await acquireLock(machine.path('.local/state/tokstat/engine.lock'), { role: 'command' })
    if (lock.kind !== 'held') throw new Error('the lock was not free')
    try {
      const before = asked()
      const list = await machine.run(['list', '--refresh', '--json'])
      expect(list.code).toBe(0)
      expect(list.stderr).toContain('Another tokstat is asking right now')
      expect(numbers(accountsOf(list))).toEqual(numbers(accountsOf(first)))
      const refresh = await machine.run(['refresh'])
      expect(refresh.code).toBe(1)
      expect(asked()).toBe(before)
    } finally {
      await lock.release()
    }
  })

  it('that nobody reads any more ends without a stack (P11)', async () => {
    machine = await createMachine({ world: smallWorld(), config: CALM })
    const program = startProgram(['list'], { cwd: machine.home, env: machine.env })
    program.hangUp()
    expect(await program.ended).toEqual({ code: 0, signal: null })
  })
})

describe('the exit code', () => {
  type Prepare = (world: World) => void
  const condition =
    (kind: 'signed-out' | 'forbidden', ...names: readonly string[]): Prepare =>
    (world) => {
      for (const account of world.accounts) {
        if (names.length === 0 || names.includes(account.name)) account.condition = { kind }
      }
    }
  const nothing: Prepare = () => undefined
  const spent: Prepare = (world) => {
    for (const account of world.accounts) if (account.meters.has('3p')) world.setRemaining(account, '3p.5h', 0)
  }

  it.each<[code: number, line: string, because: string, Prepare]>([
    [0, 'list', 'all is well', nothing],
    [0, 'list', 'one account of three succeeded', condition('signed-out', 'ada', 'grace')],
    [0, 'list --cached', 'no data yet is no failure', nothing],
    [0, 'refresh', 'one of three succeeded', condition('forbidden', 'ada', 'linus')],
    [0, 'guard --provider antigravity --min-remaining 10%', 'enough is left', nothing],
    [0, 'best --model gemini-3-flash', 'there is one', nothing],
    [0, 'query antigravity', 'both answered', nothing],
    [2, 'list', 'every account needs a login', condition('signed-out')],
    [2, 'list', 'forbidden counts as a login that does not work', condition('forbidden')],
    [2, 'refresh ada@example.com', 'the one that was named failed', condition('signed-out', 'ada')],
    [
      2,
      'quota show --provider antigravity',
      'the ones asked for need a login',
      condition('signed-out', 'ada', 'grace'),
    ],
    [4, 'list --provider nobody', 'there is no such service', nothing],
    [4, 'list --account nobody', 'there is no such account', nothing],
    [4, 'best --model zzz', 'there is no such model', nothing],
    [4, 'best --pool clade', 'there is no such pool', nothing],
    [4, 'list --no-such-flag', 'there is no such flag', nothing],
    [4, 'serve --port 70000', 'there is no such port', nothing],
    [4, 'query nobody', 'there is no such source', nothing],
    [4, 'no-such-command', 'there is no such command', nothing],
    [5, 'guard --provider antigravity --min-remaining 99%', 'too little is left', nothing],
    [5, 'best --pool claude', 'none is usable', spent],
  ])('is %i for `%s`: %s', async (code, line, _because, prepare) => {
    machine = await createMachine({ world: smallWorld(), config: CALM })
    prepare(machine.world)
    const run = await machine.run(line.split(' '))
    expect(run.code, `${run.stdout}\n${run.stderr}`).toBe(code)
    expect(run.stderr).not.toMatch(/^\s+at /m)
  })

  it('is 3 when no service can be reached, and the document is printed all the same', async () => {
    machine = await createMachine({ world: smallWorld(), config: CALM })
    machine.simulator.faults.add({ effect: { kind: 'reply', status: 503 } })
    const run = await machine.run(['list', '--json'])
    expect(run.code).toBe(3)
    expect(accountsOf(run).map((account) => account.status)).toEqual(['unreachable', 'unreachable', 'unreachable'])
  })

  it('is 4 for a config.toml that is wrong, naming key, line and the nearest valid key', async () => {
    machine = await createMachine({ world: smallWorld(), config: '[polling]\nintervall = "60s"\n' })
    for (const args of [['list'], ['serve', '--port', '0'], ['config', 'check']]) {
      const run = await machine.run(args)
      expect(run.code, args.join(' ')).toBe(4)
      expect(`${run.stdout}${run.stderr}`).toMatch(/config\.toml:2.*intervall[\s\S]*interval/)
    }
    expect(asked()).toBe(0)
  })

  it.each(['https://example.com', 'http://192.0.2.1:80', 'http://user:pw@127.0.0.1', 'nonsense'])(
    'is 4 for TOKSTAT_UPSTREAM=%s, before anything is read or asked (H27)',
    async (upstream) => {
      machine = await createMachine({ world: smallWorld(), config: CALM })
      for (const args of [['list'], ['serve', '--port', '0']]) {
        const run = await machine.run(args, { TOKSTAT_UPSTREAM: upstream })
        expect(run.code).toBe(4)
        expect(run.stderr).toContain('TOKSTAT_UPSTREAM')
        expect(run.stderr).not.toContain('pw')
      }
      expect(asked()).toBe(0)
    },
  )

  it('is 0 without any account, and the list says what to do', async () => {
    machine = await createMachine({ world: createWorld({ seed: 1 }), config: CALM })
    const run = await machine.run(['list'])
    expect(run.code).toBe(0)
    expect(`${run.stdout}${run.stderr}`).toMatch(/sign in|opencode auth login/i)
    const json = await machine.run(['list', '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 1, accounts: [] })
  })
})
