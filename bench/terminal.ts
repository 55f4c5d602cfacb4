/** Programs on a terminal of their own (a pty of `script`), and what they cost while nobody touches them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { residentBytes } from './processes.ts'

const TICKS_A_SECOND = 100
const LIMIT_MS = 30_000

export interface OnTerminal {
  readonly pid: number
  /** From its start until what was waited for stood on the screen. */
  readonly firstFrameMs: number
  stop(): Promise<void>
}

export interface TerminalProgram {
  /** A command line of `sh`; words with blanks in quotes. */
  readonly command: string
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** What its first whole frame says. */
  readonly shows: RegExp
}

/** Starts a program on a terminal of 160 × 50 and waits for its first frame. Rejects when that does not come. */
export async function startOnTerminal({ command, env, cwd, shows }: TerminalProgram): Promise<OnTerminal> {
  const began = performance.now()
  const mark = `TOKSTAT_BENCH_TERMINAL=${process.pid}-${began}`
  const [name = '', value = ''] = mark.split('=')
  const child = spawn('script', ['-qfec', `stty cols 160 rows 50; exec ${command}`, '/dev/null'], {
    env: { ...env, [name]: value, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${command} showed nothing like ${shows}`)), LIMIT_MS)
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`${command} ended: ${said.slice(-400)}`)))
    child.stdout.on('data', (chunk) => {
      said = (said + String(chunk)).slice(-100_000)
      if (!shows.test(said)) return
      clearTimeout(late)
      resolve()
    })
  })
  const firstFrameMs = performance.now() - began
  const pid = inner(child, mark)
  return { pid, firstFrameMs, stop: () => ended(child, pid) }
}

/** `script` runs the program as its child: the one that carries our mark and is not `script` itself. */
function inner(script: ChildProcess, mark: string): number {
  const found = readdirSync('/proc').find((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === script.pid) return false
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark)
    } catch {
      // Gone, or somebody else's.
      return false
    }
  })
  if (found === undefined) throw new Error('the program on the terminal was not found')
  return Number(found)
}

/** The program ends as by a signal of its user; `script` follows it. */
function ended(script: ChildProcess, pid: number): Promise<void> {
  return new Promise((resolve) => {
    if (script.exitCode !== null || script.signalCode !== null) return resolve()
    script.once('exit', () => resolve())
    process.kill(pid, 'SIGTERM')
  })
}

export interface Idle {
  /** Share of one core. */
  readonly cpuRatio: number
  readonly residentBytes: number
}

/** What programs cost over the same stretch of time, so that what else the machine does weighs on all of them. */
export async function idleCosts(pids: readonly number[], forMs: number): Promise<readonly Idle[]> {
  const before = pids.map(cpuSeconds)
  const began = performance.now()
  await new Promise((resolve) => setTimeout(resolve, forMs))
  const seconds = (performance.now() - began) / 1000
  return pids.map((pid, index) => ({
    cpuRatio: (cpuSeconds(pid) - (before[index] ?? Number.NaN)) / seconds,
    residentBytes: residentBytes(pid),
  }))
}

/** User and system time of a process so far, as Linux counts it. */
function cpuSeconds(pid: number): number {
  // The name in parentheses may hold blanks; what follows is `state` and the numbers from the fourth on.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\)\s/, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}
