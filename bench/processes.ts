/** Programs of their own for everything that is measured: nothing shares a process with what it is held against. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
export const TOKSTAT = join(ROOT, 'bin', 'tokstat.mjs')
const START_LIMIT_MS = 60_000
const MS_A_TICK = 10

/** A folder that is gone when `work` is done. */
export async function withFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'tokstat-bench-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}

/** Milliseconds from start to end of a Node program, its output read from a pipe, as a bar does. Rejects when it fails. */
export function timeProgram(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let complaint = ''
    child.stdout.resume()
    child.stderr.on('data', (chunk) => {
      complaint += chunk
    })
    child.once('error', reject)
    child.once('exit', (code) => {
      const took = performance.now() - began
      if (code === 0) resolve(took)
      else reject(new Error(`${args.join(' ')} ended with ${code}: ${complaint}`))
    })
  })
}

/** User and system time of the programs that have ended so far, in milliseconds: only of those that were waited for. */
export function endedCpuMs(): number {
  // The name in parentheses may hold blanks; what follows is `state` and the numbers from the fourth on.
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\)\s/, '')
    .split(' ')
  return (Number(fields[13]) + Number(fields[14])) * MS_A_TICK
}

/** An empty Node program: what every start is held against. */
export function emptyProgram(folder: string): string {
  const file = join(folder, 'empty.mjs')
  writeFileSync(file, '')
  return file
}

/** A program of bench/programs/ that answers one message with one message. */
export interface Helper {
  readonly pid: number
  ask<Answer>(question: unknown): Promise<Answer>
  stop(): Promise<void>
}

export function startHelper(name: string): Helper {
  const child = fork(join(import.meta.dirname, 'programs', `${name}.ts`), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  return {
    pid: child.pid ?? 0,
    ask: (question) =>
      new Promise((resolve, reject) => {
        const onExit = (code: number | null): void => reject(new Error(`${name} ended with ${code}`))
        child.once('exit', onExit)
        child.once('message', (answer) => {
          child.off('exit', onExit)
          resolve(answer as never)
        })
        child.send(question as never)
      }),
    stop: () => ended(child),
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

export interface Serving {
  readonly pid: number
  readonly url: string
  stop(): Promise<void>
}

/** `tokstat serve` on a free port; resolves when it says that it answers. */
export async function startServe(env: NodeJS.ProcessEnv, cwd: string, flags: readonly string[] = []): Promise<Serving> {
  const port = await freePort()
  const child = spawn(process.execPath, [TOKSTAT, 'serve', '--port', String(port), ...flags], {
    env,
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const url = `http://127.0.0.1:${port}`
  await new Promise<void>((resolve, reject) => {
    let said = ''
    const late = setTimeout(() => reject(new Error(`serve did not start: ${said}`)), START_LIMIT_MS)
    child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${said}`)))
    child.stderr.on('data', (chunk) => {
      said += chunk
      if (!said.includes(url)) return
      clearTimeout(late)
      resolve()
    })
  })
  return { pid: child.pid ?? 0, url, stop: () => ended(child) }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** Resident memory in bytes, as Linux counts it. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? Number.NaN) * 1024
}

export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}

/** Waits until something is true; rejects when it takes too long. */
export async function until(what: string, isTrue: () => Promise<boolean>, limitMs = 120_000): Promise<void> {
  const end = performance.now() + limitMs
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${limitMs / 1000} s`)
    await pause(50)
  }
}
