/** A machine on which somebody has installed tokstat: it is on the PATH and has read once. */
import { spawn } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Simulator } from '../../src/simulator/server.ts'
import type { World } from '../../src/simulator/world.ts'
import { createMachine, type Machine } from './machine.ts'
import { type Block, blocksOf } from './markdown.ts'

const ENTRY = join(import.meta.dirname, '..', '..', 'bin', 'tokstat.mjs')

export interface InstalledMachine {
  readonly machine: Machine
  /** What a shell of this user has: the home, and `tokstat` on the PATH. */
  readonly env: Readonly<Record<string, string>>
  /** Puts a program on the PATH of this user. */
  program(name: string, script: string): Promise<void>
  /** Writes below the home, folders included. */
  file(path: string, text: string): Promise<void>
  /** What a bar or a program does with a command of its settings: `sh -c`, and its output. */
  shell(command: string, input?: string): Promise<Output>
}

export interface Output {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `before`: what is wrong with the services when they are read for the first time. */
export async function installedMachine(
  world: World,
  providers: readonly string[],
  before: (simulator: Simulator) => void = () => undefined,
): Promise<InstalledMachine> {
  const machine = await createMachine({ world, providers, config: '[polling]\ntimeout = "2s"\n' })
  const bin = machine.path('bin')
  const env = { ...machine.env, PATH: `${bin}:/usr/bin:/bin`, TZ: 'UTC', LC_ALL: 'C.UTF-8' }
  const file: InstalledMachine['file'] = async (path, text) => {
    await mkdir(dirname(machine.path(path)), { recursive: true })
    await writeFile(machine.path(path), text)
  }
  const program: InstalledMachine['program'] = async (name, script) => {
    await file(join('bin', name), `#!/bin/sh\n${script}\n`)
    await chmod(join(bin, name), 0o755)
  }
  await program('tokstat', `exec "${process.execPath}" "${ENTRY}" "$@"`)
  before(machine.simulator)
  await machine.run(['list'])
  return { machine, env, program, file, shell: (command, input = '') => run(command, input, env, machine.home) }
}

function run(command: string, input: string, env: Readonly<Record<string, string>>, cwd: string): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], { cwd, env: { ...env }, timeout: 60_000 })
    const text = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        text[name] += chunk
      })
    }
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...text }))
  })
}

/** The nth fenced block of a page, as it stands there and with the end of line that a file has. */
export function recipe(page: string, index = 0): string {
  const block: Block | undefined = blocksOf(page)[index]
  if (block === undefined) throw new Error(`${page} has no block ${index}`)
  return `${block.text}\n`
}
