/** What tests of the dashboard in a terminal stand on: an invented machine whose services are seldom asked, and tmux. */
import { afterEach } from 'vitest'
import type { World } from '../../src/simulator/world.ts'
import { createMachine, type Machine, type MachineOptions } from './machine.ts'
import { stopPrograms } from './program.ts'
import { commandLine, openTerminal, rememberTerminal, type Terminal, type TerminalOptions } from './tmux.ts'

const CALM = `[polling]
timeout = "10s"

[providers.antigravity]
interval = "1h"

[providers.gemini-cli]
interval = "1h"
`

export interface DashboardStage {
  /** The machine of this test. */
  machine(world: World, options?: Pick<MachineOptions, 'providers'>): Promise<Machine>
  /** A terminal on it, in which nothing runs yet; its settings are remembered for `isGivenBack`. */
  terminal(name: string, options?: Partial<TerminalOptions>): Promise<Terminal>
}

/** Ends what a test has opened, after each. */
export function dashboardStage(): DashboardStage {
  let machine: Machine | null = null
  let terminal: Terminal | null = null
  afterEach(async () => {
    terminal?.end()
    terminal = null
    await stopPrograms()
    await machine?.remove()
    machine = null
  })
  return {
    async machine(world, options = {}) {
      machine = await createMachine({ world, config: CALM, ...options })
      return machine
    },
    async terminal(name, options = {}) {
      if (machine === null) throw new Error('the machine comes first')
      const { env, home: cwd } = machine
      const size = { columns: 100, rows: 30 }
      terminal = openTerminal({ name, cwd, ...size, ...options, env: { ...env, ...options.env } })
      await rememberTerminal(terminal)
      return terminal
    },
  }
}

export function runIn(terminal: Terminal, args: string): void {
  terminal.type(commandLine(args))
  terminal.keys('Enter')
}
