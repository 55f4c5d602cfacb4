import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createWorld } from '../../src/simulator/world.ts'
import { createMachine, daemonOf, type Machine } from '../helpers/machine.ts'
import { startProgram, stopPrograms } from '../helpers/program.ts'
import { until } from '../helpers/wait.ts'

const machines: Machine[] = []

afterEach(async () => {
  await stopPrograms()
  for (const machine of machines.splice(0)) await machine.remove()
})

async function newMachine(seed: number): Promise<Machine> {
  const machine = await createMachine({ world: createWorld({ seed, accounts: { antigravity: 5 } }) })
  machines.push(machine)
  return machine
}

/** Every JSON file of ours must be whole, and nothing half-written may be left. */
async function expectWholeFiles(machine: Machine): Promise<void> {
  const folder = machine.path('.local/state/tokstat')
  for (const name of await readdir(folder).catch(() => [])) {
    if (name.endsWith('.json')) JSON.parse(await readFile(`${folder}/${name}`, 'utf8'))
    expect(name).not.toMatch(/\.tmp|engine\.lock/)
  }
}

/** Starts and stops one machine's daemon at seven moments: before it listens, in its first poll, and later. */
async function stopAgainAndAgain(series: number): Promise<void> {
  const machine = await newMachine(series)
  for (let round = 0; round < 7; round += 1) {
    const delay = (series * 97 + round * 211) % 1400
    const program = startProgram(['serve', '--port', '0'], { cwd: machine.home, env: machine.env })
    await pause(delay)
    const asked = performance.now()
    program.signal('SIGTERM')
    const { code, signal } = await program.ended
    expect(performance.now() - asked, `after ${delay} ms`).toBeLessThan(5000)
    // Before it has said that it listens, the system's own end is as good.
    if (/answers at/.test(program.stderr())) expect(code, `after ${delay} ms: ${program.stderr()}`).toBe(0)
    else expect([code === 0, signal === 'SIGTERM']).toContain(true)
    if (code === 0) await expectWholeFiles(machine)
  }
  const daemon = await machine.serve()
  await daemon.whenAccounts('it works', (all) => all.length === 5 && all.every(({ status }) => status === 'ok'))
}

describe('SIGTERM at any moment (P10)', () => {
  it('ends the daemon within 5 s and leaves whole files; the next one starts', async () => {
    await Promise.all([1, 2, 3].map(stopAgainAndAgain))
  }, 120_000)

  it('twice forces it, while every service hangs and a reader stalls', async () => {
    const machine = await newMachine(4)
    machine.simulator.faults.add({ effect: { kind: 'hang' } })
    const daemon = await machine.serve()
    const stream = await daemon.get('/api/v1/events')
    await until('requests hang', () => machine.simulator.requests.all.length > 3)
    daemon.program.signal('SIGTERM')
    daemon.program.signal('SIGINT')
    const { code } = await daemon.program.ended
    expect([0, 1]).toContain(code)
    await stream.body?.cancel().catch(() => undefined)
  })
})

describe('kill -9 at any moment (P10, P16)', () => {
  it('blocks no successor, and never lets two poll: of four that start at once, one runs and three exit 1', async () => {
    const machine = await newMachine(5)
    for (let round = 0; round < 4; round += 1) {
      const program = startProgram(['serve', '--port', '0'], { cwd: machine.home, env: machine.env })
      await pause(150 + round * 260)
      program.signal('SIGKILL')
      await program.ended
    }
    const all = [0, 1, 2, 3].map(() => startProgram(['serve', '--port', '0'], { cwd: machine.home, env: machine.env }))
    const ends: (number | null)[] = []
    for (const program of all) void program.ended.then(({ code }) => ends.push(code))
    await until('three have given up', () => ends.length === 3)
    expect(ends).toEqual([1, 1, 1])
    const survivor = await until('one runs', () => all.find((program) => /answers at/.test(program.stderr())))
    const daemon = await daemonOf(survivor)
    await daemon.whenAccounts(
      'it works',
      (accounts) => accounts.length === 5 && accounts.every(({ status }) => status === 'ok'),
    )
  }, 120_000)
})

describe('exit codes and logs', () => {
  it('P02, P03 settings that cannot work end it at once with 4, not in a loop', async () => {
    const machine = await newMachine(6)
    await machine.writeConfig('[server]\nport = "many"\n')
    const run = await machine.run(['serve'])
    expect(run.code).toBe(4)
    expect(run.stderr.split('\n').length).toBeLessThan(8)
    expect(machine.simulator.requests.all).toEqual([])
  })

  it('P08 says a lasting trouble once, not at every poll', async () => {
    const machine = await newMachine(7)
    machine.simulator.faults.add({ host: /cloudcode/, effect: { kind: 'reply', status: 503 } })
    const daemon = await machine.serve()
    await until('a hundred requests have failed', () => machine.simulator.requests.all.length > 100)
    const lines = daemon.program
      .stderr()
      .split('\n')
      .filter((line) => line.includes('"level"'))
    expect(lines.length).toBeLessThan(5 * 4 + 10)
  })

  it('P07 the version is where other versions look for it', async () => {
    const machine = await newMachine(8)
    const daemon = await machine.serve()
    const { version } = (await (await daemon.get('/healthz')).json()) as { version: string }
    expect((await machine.run(['version'])).stdout).toBe(`tokstat ${version}\n`)
  })

  it('P04, P05, P06, P13, P14 starts no other program and calls nothing that costs', async () => {
    const machine = await newMachine(9)
    const daemon = await machine.serve()
    await daemon.whenAccounts('all are read', (all) => all.length === 5 && all.every(({ status }) => status === 'ok'))
    const children = await readFile(`/proc/${daemon.program.pid}/task/${daemon.program.pid}/children`, 'utf8').catch(
      () => '',
    )
    expect(children).toBe('')
    expect(machine.simulator.requests.forbidden).toEqual([])
    expect(machine.simulator.requests.unknown).toEqual([])
  })

  it('P09 answers quickly while it polls: no read waits for the event loop', async () => {
    const machine = await newMachine(10)
    const daemon = await machine.serve()
    await daemon.whenAccounts('all are read', (all) => all.length === 5 && all.every(({ status }) => status === 'ok'))
    const times: number[] = []
    for (let round = 0; round < 60; round += 1) {
      const start = performance.now()
      await (await daemon.get('/healthz')).arrayBuffer()
      times.push(performance.now() - start)
      await pause(15)
    }
    const median = [...times].sort((a, b) => a - b)[30] ?? Number.POSITIVE_INFINITY
    expect(median).toBeLessThan(200)
  })
})
