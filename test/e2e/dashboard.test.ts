import { describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../src/simulator/world.ts'
import { dashboardStage, runIn } from '../helpers/dashboard-stage.ts'
import { commandLine, isGivenBack, type Terminal } from '../helpers/tmux.ts'
import { lookForTools } from '../helpers/tools.ts'
import { until } from '../helpers/wait.ts'

const tools = lookForTools('tmux')

const stage = dashboardStage()

function smallWorld(): World {
  const world = createWorld({ seed: 9 })
  const startUsed = { '3p.5h': 0.75, '3p.weekly': 0.1, 'gemini.5h': 0.2, 'gemini.weekly': 0.1 }
  world.add({ provider: 'antigravity', name: 'ada', pattern: 'silent', startUsed })
  world.add({ provider: 'antigravity', name: 'grace', pattern: 'silent', startUsed })
  world.add({ provider: 'gemini-cli', name: 'linus', pattern: 'silent' })
  return world
}

async function start(one: Terminal): Promise<void> {
  runIn(one, 'dashboard')
  await one.shows('? help')
  await one.shows('3 accounts')
}

describe.skipIf(tools.missing.length > 0)(`tokstat dashboard in a terminal${tools.note}`, () => {
  it('follows a daemon, answers every key, every size, and gives the terminal back', async () => {
    const machine = await stage.machine(smallWorld())
    const daemon = await machine.serve()
    await daemon.whenAccounts('all are read', (all) => all.every((one) => one.status === 'ok'))
    const one = await stage.terminal('keys')
    await start(one)
    await one.shows('● live ')
    const asked = machine.simulator.requests.all.length
    for (const key of ['j', 'k', 'Down', 'Up', 'l', 'h', 'Right', 'Left', 'NPage', 'PPage', 'Home', 'End', 'g', 'G'])
      one.keys(key)
    one.keys('?')
    await one.shows('─ Keys ─')
    one.keys('x', 'Tab')
    await one.shows(/Fleet/)
    one.keys('Tab')
    await one.shows(/No alerts\.| now +Antigravity/)
    one.keys('Tab', '/')
    one.type('linus')
    await one.shows('1 fit "linus"')
    one.keys('Enter', 'Escape')
    await one.shows('3 accounts  ')
    for (const key of ['s', 's', 'u', 'a', 't', 'J', 'K']) one.keys(key)
    await one.shows('used')
    one.keys('e')
    await one.shows('only reads it')
    one.keys('d')
    one.keys('n')
    await one.shows('which service?')
    one.keys('Enter')
    await one.shows('Your own name for it')
    one.keys('Escape')
    await until('the question is gone', () => !one.screen().includes('Your own name'))
    one.keys('r')
    await one.shows(/not asked: too soon|1 read/)
    // Any key takes the message away again.
    one.keys('x')
    for (const [columns, rows] of [
      [60, 15],
      [250, 80],
      [40, 8],
      [20, 4],
      [80, 24],
    ] as const) {
      one.resize(columns, rows)
      await until(`a whole frame at ${columns}x${rows}`, () => {
        const lines = one.screen().split('\n')
        return columns < 40
          ? lines[0]?.includes('Make the')
          : lines[0]?.includes('tokstat') && lines[rows - 1]?.includes('? help')
      })
      // Nothing of another size is left standing.
      const whole = one.screen().split('\n')
      expect(whole.filter((line) => line.includes('tokstat  ')).length).toBeLessThanOrEqual(1)
      expect(whole.filter((line) => line.includes('? help')).length).toBeLessThanOrEqual(1)
      expect(whole.filter((line) => line === '─'.repeat(columns)).length).toBeLessThanOrEqual(1)
    }
    expect(machine.simulator.requests.all.length - asked).toBeLessThanOrEqual(3)
    one.keys('R')
    await one.shows(/\d read/)
    one.keys('q')
    await isGivenBack(one)
  }, 120_000)

  it('polls with an engine of its own where there is no daemon, and leaves no lock behind', async () => {
    const machine = await stage.machine(smallWorld())
    const one = await stage.terminal('engine')
    await start(one)
    await one.shows('own engine')
    await one.shows('% left')
    one.keys('C-c')
    await isGivenBack(one)
    const after = await machine.run(['list', '--json'])
    expect(after.code).toBe(0)
    expect(after.stderr).not.toContain('Another tokstat')
  }, 120_000)

  it.each(['TERM', 'HUP', 'INT'])(
    'gives the terminal back when it is told to end (SIG%s)',
    async (signal) => {
      await stage.machine(smallWorld())
      const one = await stage.terminal(`signal-${signal}`)
      await start(one)
      expect(one.state()).toMatchObject({ alternate: true, cursorHidden: true })
      for (const pid of one.children()) process.kill(pid, `SIG${signal}`)
      await isGivenBack(one)
    },
    60_000,
  )

  it('can be started again after it was killed, and then gives the terminal back', async () => {
    await stage.machine(smallWorld())
    const one = await stage.terminal('kill')
    await start(one)
    for (const pid of one.children()) process.kill(pid, 'SIGKILL')
    await until('the program is gone', () => one.children().length === 0)
    // Nothing can give a terminal back after that: it is still raw, where only C-j ends a line.
    expect(one.state()).toMatchObject({ alternate: true, cursorHidden: true })
    one.type(`stty "$(cat .stty-before)"; ${commandLine('dashboard')}`)
    one.keys('C-j')
    await one.shows('own engine')
    one.keys('q')
    await isGivenBack(one)
  }, 120_000)

  it('is plain lines without a terminal, and ends with its reader', async () => {
    const machine = await stage.machine(smallWorld())
    const program = machine.start(['dashboard'])
    await until('everything was said', () => program.stdout().includes('Keys: l reads'))
    expect(program.stdout()).not.toContain('\u001b')
    program.signal('SIGTERM')
    expect((await program.ended).code).toBe(0)
  }, 120_000)
})
