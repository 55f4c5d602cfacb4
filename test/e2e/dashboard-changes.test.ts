import { writeFile } from 'node:fs/promises'
import { generateIdentity } from 'age-encryption'
import { describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../src/simulator/world.ts'
import { dashboardStage, runIn } from '../helpers/dashboard-stage.ts'
import { commandLine, isGivenBack, type Terminal } from '../helpers/tmux.ts'
import { lookForTools } from '../helpers/tools.ts'
import { until } from '../helpers/wait.ts'

const tools = lookForTools('tmux')

const stage = dashboardStage()
const WIDE = { columns: 120 }
const ONLY_ANTIGRAVITY = { providers: ['antigravity'] }

function worldOf(...names: readonly string[]): World {
  const world = createWorld({ seed: 9 })
  for (const name of names) world.add({ provider: 'antigravity', name, pattern: 'silent' })
  return world
}

/** Names in the list of accounts, from the top. */
function listed(one: Terminal): readonly string[] {
  return [...one.screen().matchAll(/^[▸ ][●◐▲○!] Antigravity \((\w+)\)/gm)].map(([, name = '']) => name)
}

describe.skipIf(tools.missing.length > 0)(`tokstat dashboard changes things${tools.note}`, () => {
  it('logs in on the normal screen and comes back, renames, and forgets only when told twice', async () => {
    const world = worldOf('ada')
    const key = world.grants.session(world.add({ provider: 'openrouter', name: 'mine' })).accessToken
    const machine = await stage.machine(world, ONLY_ANTIGRAVITY)
    await writeFile(machine.path('vault.key'), `${await generateIdentity()}\n`, { mode: 0o600 })
    const one = await stage.terminal('login', { ...WIDE, env: { TOKSTAT_VAULT_KEY_FILE: machine.path('vault.key') } })
    runIn(one, 'dashboard')
    await one.shows('1 account ')
    one.keys('n')
    await one.shows('which service?')
    const choice = (): string => /│ ▸ (\w+)/.exec(one.screen())?.[1] ?? ''
    for (let down = 0; down < 10 && choice() !== 'OpenRouter'; down += 1) {
      const before = choice()
      one.keys('Down')
      await until('the choice moves', () => choice() !== before)
    }
    one.keys('Enter')
    await one.shows('New account at OpenRouter')
    one.type('mine')
    await one.shows('> mine')
    one.keys('Enter')
    await one.shows('API key of OpenRouter')
    expect(one.state()).toMatchObject({ alternate: false, cursorHidden: false })
    one.keys('C-c')
    await until('it is back without a login', () => one.state().alternate)
    await one.shows('1 account ')

    one.keys('n')
    await one.shows('which service?')
    // The fifth below the first one, all in one piece, as a fast typist does it.
    one.keys('j', 'j', 'j', 'j', 'j')
    await one.shows(/▸ OpenRouter/)
    one.keys('Enter')
    await one.shows('New account at OpenRouter')
    one.type('mine')
    one.keys('Enter')
    await one.shows('API key of OpenRouter')
    one.type(key)
    one.keys('Enter')
    await one.shows('openrouter/mine added successfully')
    expect(one.screen()).not.toContain(key)
    await one.shows('2 accounts ')
    expect(one.state()).toMatchObject({ alternate: true, cursorHidden: true })

    one.keys('/')
    one.type('openrouter')
    one.keys('Enter')
    await one.shows('1 fit "openrouter"')
    one.keys('e')
    await one.shows('Rename openrouter/mine')
    one.keys('C-u')
    one.type('office')
    one.keys('Enter')
    await one.shows('Renamed to office')
    one.keys('d')
    await one.shows('Forget this account?')
    one.keys('Escape')
    await until('the question is gone', () => !one.screen().includes('Forget this account?'))
    await one.shows('1 fit "openrouter"')
    one.keys('d')
    await one.shows('Forget this account?')
    one.keys('Enter')
    await one.shows('Forgotten. Its history is kept.')
    one.keys('Escape')
    // Keys that follow it at once would be taken for one key with Alt.
    await until('the filter is gone', () => !one.screen().includes('openrouter'))
    await one.shows('1 account ')
    one.keys('q')
    await isGivenBack(one)
  }, 90_000)

  it('keeps the order that J and K made, and the theme, for the next time', async () => {
    await stage.machine(worldOf('ada', 'grace', 'linus'), ONLY_ANTIGRAVITY)
    const one = await stage.terminal('order', WIDE)
    runIn(one, 'dashboard')
    await one.shows('3 accounts ')
    // What is read reorders the list, and the chosen account keeps its own place in it.
    await until('all are read', () => listed(one).length === 3 && !one.screen().includes('no data'))
    one.keys('g')
    await until('the first is chosen', () => /^▸/m.exec(one.screen())?.index === one.screen().search(/^[▸ ][●◐▲○!]/m))
    const before = listed(one)
    one.keys('J')
    await until('it went down', () => listed(one)[1] === before[0])
    one.keys('J')
    await until('and down', () => listed(one)[2] === before[0])
    one.keys('K')
    await until('and up', () => listed(one)[1] === before[0])
    const made = listed(one)
    await one.shows('your order')
    one.keys('t')
    await one.shows('Theme: dark.')
    one.keys('u')
    await one.shows('% used')
    one.keys('q')
    await isGivenBack(one)
    runIn(one, 'dashboard')
    await one.shows('your order')
    await until('the same order', () => listed(one).join() === made.join())
    await one.shows('% used')
    expect(one.styled()).toMatch(/\u001b\[[\d;]*48;2;19;20;22/)
    one.keys('q')
    await isGivenBack(one)
  }, 60_000)

  it('uses the 16 colours of the terminal, and none under NO_COLOR', async () => {
    await stage.machine(worldOf('ada'), ONLY_ANTIGRAVITY)
    const one = await stage.terminal('colours', WIDE)
    runIn(one, 'dashboard')
    await one.shows('% left')
    expect(one.styled()).toMatch(/\u001b\[[\d;]*3[1-6]m/)
    expect(one.styled()).not.toMatch(/[34]8;[25];/)
    one.keys('q')
    await isGivenBack(one)
    one.type(`NO_COLOR=1 ${commandLine('dashboard')}`)
    one.keys('Enter')
    await one.shows('% left')
    expect(one.styled()).not.toMatch(/\u001b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9\d)[;m]/)
    one.keys('t')
    await one.shows('NO_COLOR is set')
    one.keys('q')
    await isGivenBack(one)
  }, 60_000)

  it('gives the terminal back when something in it breaks, and says what', async () => {
    const machine = await stage.machine(worldOf('ada'), ONLY_ANTIGRAVITY)
    const fault = "process.on('SIGUSR2', () => { throw new Error('a fault of a test') })"
    await writeFile(machine.path('fault.mjs'), fault)
    const one = await stage.terminal('crash', {
      ...WIDE,
      env: { NODE_OPTIONS: `--import=${machine.path('fault.mjs')}` },
    })
    runIn(one, 'dashboard')
    await one.shows('1 account ')
    const [pid] = one.children()
    if (pid === undefined) throw new Error('no dashboard runs')
    process.kill(pid, 'SIGUSR2')
    await one.shows('a fault of a test')
    await isGivenBack(one)
  }, 60_000)
})

describe.skipIf(tools.missing.length > 0)(`tokstat quota monitor in a terminal${tools.note}`, () => {
  it.each(['q', 'C-c', 'TERM', 'HUP'])(
    'draws at every size, reloads, and gives the terminal back (%s)',
    async (end) => {
      await stage.machine(worldOf('ada', 'grace'), ONLY_ANTIGRAVITY)
      const one = await stage.terminal(`monitor-${end}`, WIDE)
      runIn(one, 'quota monitor --interval 30s')
      await one.shows(/Auto-refresh in \d+s/)
      expect(one.state()).toMatchObject({ alternate: true, cursorHidden: true })
      for (const [columns, rows] of [
        [60, 15],
        [200, 60],
        [80, 24],
      ] as const) {
        one.resize(columns, rows)
        await until(`a whole frame at ${columns}x${rows}`, () => {
          const footers = one
            .screen()
            .split('\n')
            .filter((line) => line.includes('Auto-refresh in'))
          return footers.length === 1 && one.screen().includes('% ')
        })
      }
      one.keys('r')
      await one.shows(/Reading…|Auto-refresh in (?:30|29)s/)
      if (end === 'q' || end === 'C-c') one.keys(end)
      else for (const pid of one.children()) process.kill(pid, `SIG${end}`)
      await isGivenBack(one)
    },
    60_000,
  )
})
