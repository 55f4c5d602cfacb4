import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pause, type Serving, startHelper, startServe, TOKSTAT, withFolder } from './processes.ts'
import { type Bench, median, megabytes, ms, type Row } from './row.ts'
import { type Idle, idleCosts, type OnTerminal, startOnTerminal } from './terminal.ts'

const IDLE_MS = 60_000
/** What is still loaded and compiled after the first frame is no idling. */
const SETTLE_MS = 15_000
/** A dashboard that stays open all day: a hundredth of a core, and a frame before anybody wonders. */
const CPU_BUDGET = 0.01
const MEMORY_BUDGET = 2
const FRAME_BUDGET = 3
const CLOCK = join(import.meta.dirname, 'programs', 'ink-clock.mjs')
const NODE = `"${process.execPath}"`

/** An idle `dashboard` against the daemon, beside a clock of one line that is made of the same Ink and React. */
export const dashboard: Bench = {
  name: 'dashboard',
  run: ({ quick }) =>
    withFolder(async (folder) => [...(await rowsOf(8, folder, quick)), ...(await rowsOf(60, folder, quick))]),
}

async function rowsOf(accounts: number, folder: string, quick: boolean): Promise<readonly Row[]> {
  const simulator = startHelper('simulator')
  let serving: Serving | null = null
  const open: OnTerminal[] = []
  try {
    await simulator.ask({ accounts, latencyMs: 20 })
    const home = join(folder, String(accounts))
    mkdirSync(home)
    const env = await simulator.ask<Record<string, string>>({ home })
    serving = await startServe(env, home)
    await everyAccount(serving.url, accounts)
    const ours = { command: `${NODE} "${TOKSTAT}" dashboard`, env, cwd: home, shows: /\d+ ?% left/ }
    const other = { command: `${NODE} "${CLOCK}"`, env: production(env), cwd: home, shows: /running for/ }
    const frames = { ours: [] as number[], other: [] as number[] }
    for (let round = 0; round < (quick ? 1 : 5); round++) {
      for (const [name, program] of [
        ['ours', ours],
        ['other', other],
      ] as const) {
        const started = await startOnTerminal(program)
        frames[name].push(started.firstFrameMs)
        await started.stop()
      }
    }
    open.push(await startOnTerminal(ours), await startOnTerminal(other))
    if (hasBtop()) open.push(await startOnTerminal({ ...other, command: 'btop --utf-force', shows: /proc/ }))
    await pause(quick ? 1_000 : SETTLE_MS)
    const [mine, clock, btop = null] = await idleCosts(
      open.map(({ pid }) => pid),
      quick ? 5_000 : IDLE_MS,
    )
    if (mine === undefined || clock === undefined) throw new Error('nothing was measured')
    return rows(accounts, frames, mine, clock, btop)
  } finally {
    for (const program of open) await program.stop()
    await serving?.stop()
    await simulator.stop()
  }
}

/** `apt install btop`; without it the clock alone is compared with. */
function hasBtop(): boolean {
  return spawnSync('btop', ['--version']).status === 0
}

/** What the bundle of tokstat has set for good. */
function production(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, NODE_ENV: 'production' }
}

async function everyAccount(url: string, accounts: number): Promise<void> {
  const end = performance.now() + 60_000
  for (;;) {
    const { accounts: found } = (await (await fetch(`${url}/api/v1/accounts`)).json()) as {
      readonly accounts: readonly { readonly status: string }[]
    }
    if (found.filter(({ status }) => status === 'ok').length >= accounts) return
    if (performance.now() > end) throw new Error('the daemon did not read every account')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

interface Frames {
  readonly ours: readonly number[]
  readonly other: readonly number[]
}

function rows(accounts: number, frames: Frames, ours: Idle, other: Idle, btop: Idle | null): readonly Row[] {
  const bench = 'dashboard'
  const clock = 'a clock of one line in Ink'
  const size = `${accounts} accounts`
  const memory = ours.residentBytes / other.residentBytes
  const [frame, otherFrame] = [median(frames.ours), median(frames.other)]
  return [
    {
      bench,
      what: `${size}: share of a core over 60 s while nobody touches it and each account is read once`,
      figure: percent(ours.cpuRatio),
      against: `${percent(other.cpuRatio)}, ${clock}${btop === null ? '' : `; ${percent(btop.cpuRatio)}, btop`}`,
      ratio: null,
      budget: percent(CPU_BUDGET),
      held: ours.cpuRatio <= CPU_BUDGET,
    },
    {
      bench,
      what: `${size}: resident memory after that`,
      figure: megabytes(ours.residentBytes),
      against: `${megabytes(other.residentBytes)}, ${clock}`,
      ratio: memory,
      budget: `${MEMORY_BUDGET} ×`,
      held: memory <= MEMORY_BUDGET,
    },
    {
      bench,
      what: `${size}: the first frame with numbers after its start`,
      figure: ms(frame),
      against: `${ms(otherFrame)}, the first of ${clock}`,
      ratio: frame / otherFrame,
      budget: `${FRAME_BUDGET} ×`,
      held: frame / otherFrame <= FRAME_BUDGET,
    },
  ]
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(2)} %`
}
