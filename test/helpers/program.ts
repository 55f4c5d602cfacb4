/** The built program as a child process: what a user runs, and nothing of the test's own process in it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { until } from './wait.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const ENTRY = join(ROOT, 'bin', 'tokstat.mjs')

export interface ProgramOptions {
  /** The whole environment, but for PATH and TZ: a test never passes its own on. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Default: the built program. */
  readonly entry?: string
  /** The words that start it instead, for another Node, or for a program that needs none. */
  readonly program?: readonly [string, ...string[]]
}

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Finished extends Ended {
  readonly stdout: string
  readonly stderr: string
}

export interface Program {
  readonly pid: number
  /** Everything it has written so far. */
  stdout(): string
  stderr(): string
  /** Waits for a line on stderr (where a daemon speaks) and returns the match. Throws when it ends before. */
  line(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray>
  signal(name: NodeJS.Signals): void
  /** Closes our end of its stdout and stderr, as a terminal or `head` that goes away does. */
  hangUp(): void
  readonly ended: Promise<Ended>
}

const running = new Set<ChildProcess>()

/** Starts `tokstat` with these arguments. `stopPrograms` ends whatever a test has left. */
export function startProgram(args: readonly string[], options: ProgramOptions): Program {
  const [file, ...first] = options.program ?? [process.execPath, options.entry ?? ENTRY]
  if (!existsSync(join(ROOT, 'dist', 'main.mjs'))) throw new Error('tokstat is not built: run `npm run build` first')
  const child = spawn(file, [...first, ...args], {
    cwd: options.cwd,
    env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, TZ: 'UTC', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8')
    child[name].on('data', (chunk: string) => {
      text[name] += chunk
    })
    child[name].on('error', () => undefined)
  }
  let end: Ended | null = null
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child)
      end = { code, signal }
      resolve(end)
    })
  })
  const line = async (pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray> => {
    const found = await until(
      `${pattern} on stderr`,
      () => pattern.exec(text.stderr) ?? (end === null ? null : 'ended'),
      deadlineMs,
    ).catch((error: Error) => {
      throw new Error(`${error.message}; it said:\n${text.stderr}${text.stdout}`)
    })
    if (found !== 'ended') return found
    throw new Error(`it ended with ${JSON.stringify(end)} before ${pattern}; it said:\n${text.stderr}${text.stdout}`)
  }
  return {
    pid: child.pid ?? -1,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    line,
    signal: (name) => void child.kill(name),
    hangUp: () => {
      child.stdout.destroy()
      child.stderr.destroy()
    },
    ended,
  }
}

/** Runs `tokstat` to its end. */
export async function runProgram(args: readonly string[], options: ProgramOptions): Promise<Finished> {
  const program = startProgram(args, options)
  const ended = await program.ended
  return { ...ended, stdout: program.stdout(), stderr: program.stderr() }
}

/** Ends what is still running; for `afterEach`. */
export async function stopPrograms(): Promise<void> {
  const left = [...running]
  await Promise.all(
    left.map(
      (child) =>
        new Promise<void>((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve()
          child.once('exit', () => resolve())
          child.kill('SIGKILL')
        }),
    ),
  )
}
