import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { Clock } from '../model/ports.ts'
import type { OwnerLimits, OwnerRun, RunOwner } from '../model/provider.ts'
import { findOnPath } from './lookup.ts'

export interface ChildRunnerOptions {
  readonly clock: Clock
  /** The whole environment of the child: nothing of ours is passed on by itself. */
  readonly env: Readonly<Record<string, string>>
  /** The text of PATH. */
  readonly searchPath: string
  readonly platform: string
  /** Where it runs. */
  readonly cwd: string
  /** From TERM to KILL; default five seconds. */
  readonly killAfterMs?: number
}

/** Children of ours that live at the same time. */
const MOST_AT_ONCE = 2
const KILL_AFTER_MS = 5_000
/** How long output may still come after the program itself has ended; a grandchild may hold the pipe for ever. */
const LAST_WORDS_MS = 500

/**
 * Runs other programs so that none can hang, flood or outlive us: found on PATH, no shell, a process group of its own,
 * output drained while it runs and bounded, TERM at the deadline and KILL five seconds later (`killAfterMs`), the rest of the group
 * killed when the program has ended (P04-P06). At most two at once. Never rejects.
 */
export function createChildRunner(options: ChildRunnerOptions): RunOwner {
  let running = 0
  const waiting: (() => void)[] = []
  return async (command, args, limits, signal) => {
    const path = await findOnPath(command, options.searchPath, options.platform)
    if (path === null) return { kind: 'missing' }
    while (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
    running += 1
    try {
      return signal.aborted ? { kind: 'stopped' } : await runChild({ path, args, limits, signal, options })
    } finally {
      running -= 1
      waiting.shift()?.()
    }
  }
}

interface Job {
  readonly path: string
  readonly args: readonly string[]
  readonly limits: OwnerLimits
  readonly signal: AbortSignal
  readonly options: ChildRunnerOptions
}

function runChild({ path, args, limits, signal, options }: Job): Promise<OwnerRun> {
  return new Promise((resolve) => {
    const run = new ChildRun(limits, options, resolve)
    try {
      const child = spawn(path, args, {
        shell: false,
        detached: options.platform !== 'win32',
        windowsHide: true,
        env: options.env,
        cwd: options.cwd,
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      run.follow(child, signal)
    } catch {
      // Node refuses some arguments before anything has started (a NUL byte, a file that is no program).
      resolve({ kind: 'failed' })
    }
  })
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

class ChildRun {
  readonly #limits: OwnerLimits
  readonly #options: ChildRunnerOptions
  readonly #resolve: (run: OwnerRun) => void
  readonly #chunks: Buffer[] = []
  #bytes = 0
  /** Why we ended it; null: it ends by itself. */
  #reason: OwnerRun | null = null
  #timers: { cancel(): void }[] = []

  constructor(limits: OwnerLimits, options: ChildRunnerOptions, resolve: (run: OwnerRun) => void) {
    this.#limits = limits
    this.#options = options
    this.#resolve = resolve
  }

  follow(child: Child, signal: AbortSignal): void {
    const { clock } = this.#options
    const stop = (): void => this.#end(child, { kind: 'stopped' })
    signal.addEventListener('abort', stop, { once: true })
    this.#timers.push(clock.after(this.#limits.timeoutMs, () => this.#end(child, { kind: 'timeout' })))
    child.stdout.on('data', (chunk: Buffer) => this.#take(child, chunk))
    // Read and thrown away: an unread pipe stops its writer. What it says may hold anything, so it is not kept.
    child.stderr.resume()
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => undefined)
    if (this.#limits.input !== undefined) child.stdin.write(this.#limits.input)
    if (this.#limits.converse === undefined) child.stdin.end()
    else this.#answer(child)
    child.once('error', () => this.#finish(child, signal, stop, { kind: 'failed' }))
    child.once('exit', (exitCode) => {
      const done = (): void => this.#finish(child, signal, stop, { kind: 'done', exitCode, stdout: this.#text() })
      child.once('close', done)
      this.#timers.push(clock.after(LAST_WORDS_MS, done))
    })
  }

  #take(child: Child, chunk: Buffer): void {
    if (this.#reason !== null) return
    this.#bytes += chunk.length
    if (this.#bytes > this.#limits.maxBytes) {
      this.#end(child, { kind: 'too_large' })
      return
    }
    this.#chunks.push(chunk)
    this.#answer(child)
  }

  #answer(child: Child): void {
    const said = this.#text()
    const answer = this.#limits.converse?.(said)
    if (answer === null) this.#end(child, { kind: 'done', exitCode: 0, stdout: said })
    else if (answer !== undefined && answer !== '') child.stdin.write(answer)
  }

  #text(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }

  #end(child: Child, reason: OwnerRun): void {
    if (this.#reason !== null) return
    this.#reason = reason
    this.#signal(child, 'SIGTERM')
    this.#timers.push(
      this.#options.clock.after(this.#options.killAfterMs ?? KILL_AFTER_MS, () => this.#signal(child, 'SIGKILL')),
    )
  }

  #signal(child: Child, signal: NodeJS.Signals): void {
    if (child.pid === undefined) return
    try {
      if (this.#options.platform === 'win32') child.kill(signal)
      else process.kill(-child.pid, signal)
    } catch {
      // The whole group has ended already.
    }
  }

  #finish(child: Child, signal: AbortSignal, stop: () => void, outcome: OwnerRun): void {
    for (const timer of this.#timers) timer.cancel()
    this.#timers = []
    signal.removeEventListener('abort', stop)
    // Whatever it has left behind in its group must not live on, nor keep our pipes open.
    this.#signal(child, 'SIGKILL')
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
    this.#resolve(this.#reason ?? outcome)
  }
}
