/** kill -9 at any moment between reading, commit, send and answer: no alert is lost, and a repeat has the same id. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { KILL_SEED, killMoments, killRounds } from '../helpers/kills.ts'
import { type Receiver, startReceiver } from '../helpers/receiver.ts'
import { until } from '../helpers/wait.ts'

const ROUNDS = killRounds(30, 8)
const WRITER = join(import.meta.dirname, '..', 'helpers', 'alert-writer.ts')

let folder = ''
let receiver: Receiver
const children = new Set<ChildProcess>()

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokstat-alert-kill-'))
  receiver = await startReceiver()
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await receiver.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Writer {
  readonly child: ChildProcess
  /** What is safe. Throws with its own words when it has ended by itself. */
  readonly said: () => readonly number[]
}

function start(first: number | '-'): Writer {
  const child = spawn(process.execPath, [WRITER, join(folder, 'history.db'), receiver.url, String(first)])
  children.add(child)
  let text = ''
  let errors = ''
  child.stderr?.on('data', (data) => {
    errors += String(data)
  })
  child.stdout?.on('data', (data) => {
    text += String(data)
  })
  // The last line may be cut; what is not a whole line was not acknowledged.
  const said = (): readonly number[] => {
    if (child.exitCode !== null) throw new Error(`the writer ended with ${child.exitCode}: ${errors}`)
    return text.split('\n').slice(0, -1).map(Number)
  }
  return { child, said }
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => resolve())
    child.kill('SIGKILL')
  })
}

/** Account → ids under which it was told of. */
function told(): ReadonlyMap<number, ReadonlySet<string>> {
  const ids = new Map<number, Set<string>>()
  for (const { body } of receiver.got) {
    const [alert] = JSON.parse(body)
    const number = Number(/user-(\d+)$/.exec(alert.labels.account)?.[1])
    ids.set(number, (ids.get(number) ?? new Set()).add(alert.annotations.id))
  }
  return ids
}

it(
  `loses no alert in ${ROUNDS} kills with seed ${KILL_SEED}, and tells of each under one id (A07, A08, A14)`,
  async () => {
    const acknowledged: number[] = []
    const random = killMoments()
    let answers = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      // Some answers are lost on the way: taken, and not known to be.
      receiver.answer = () => {
        answers += 1
        return answers % 7 === 0 ? 'drop' : 200
      }
      const first = (acknowledged.at(-1) ?? -1) + 1_000
      const { child, said } = start(first)
      const wanted = 5 + Math.floor(random() * 23)
      await until('commits', () => said().length >= wanted)
      await kill(child)
      acknowledged.push(...said())
    }
    receiver.answer = () => 200
    const last = start('-')
    const isAllTold = (): boolean => {
      const ids = told()
      return acknowledged.every((number) => ids.has(number))
    }
    await until('every alert', isAllTold, 90_000 + ROUNDS * 1_000)
    await kill(last.child)
    const ids = told()
    expect(acknowledged.length).toBeGreaterThan(ROUNDS * 5)
    expect([...ids.values()].filter((one) => one.size !== 1)).toEqual([])
  },
  120_000 + ROUNDS * 10_000,
)
