/** Status lines by the hundred, over whatever lies where the last readings should be: they answer, and none stays. */
import { execFileSync, spawn } from 'node:child_process'
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sampleDocument } from '../helpers/sample-document.ts'
import { until } from '../helpers/wait.ts'

const ENTRY = join(import.meta.dirname, '..', '..', 'bin', 'tokstat.mjs')
const BOARD = JSON.stringify(sampleDocument)
const FORMAT = '{count} accounts'
const RIGHT = `${sampleDocument.accounts.length} accounts\n`
const NONE = 'no data yet\n'

let home = ''
let board = ''

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tokstat-lines-'))
  board = join(home, '.local', 'state', 'tokstat', 'board.json')
  mkdirSync(dirname(board), { recursive: true })
})

afterEach(() => rmSync(home, { recursive: true, force: true }))

interface Ended {
  readonly pid: number
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

type Stdout = 'read' | 'closed' | number

/** One status line; `stdout`: read by us, closed by us at once, or a descriptor of ours. */
function line(stdout: Stdout = 'read'): Promise<Ended> {
  const child = spawn(process.execPath, [ENTRY, 'statusline', '--format', FORMAT], {
    cwd: home,
    env: { HOME: home, PATH: '/usr/bin:/bin' },
    stdio: ['ignore', typeof stdout === 'number' ? stdout : 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Buffer) => {
      said[name] += String(chunk)
    })
  }
  if (stdout === 'closed') child.stdout?.destroy()
  return new Promise((resolve) => child.once('close', (code) => resolve({ pid: child.pid ?? -1, code, ...said })))
}

/** All are started before the first is waited for. */
function lines(count: number, stdout?: Stdout): Promise<readonly Ended[]> {
  return Promise.all(Array.from({ length: count }, () => line(stdout)))
}

/** Processes whose home is ours: whatever a status line could have left behind. */
function left(): readonly string[] {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      return readFileSync(join('/proc', name, 'environ'), 'utf8').includes(`HOME=${home}\0`)
    } catch {
      // Gone, or somebody else's.
      return false
    }
  })
}

/** What may lie in the place of the last readings. */
const ODDITIES: readonly (readonly [what: string, lay: () => void, expected: string])[] = [
  ['nothing', () => undefined, NONE],
  ['half a file', () => writeFileSync(board, BOARD.slice(0, BOARD.length / 2)), NONE],
  ['an empty file', () => writeFileSync(board, ''), NONE],
  ['bytes that are no text', () => writeFileSync(board, Buffer.from([0xff, 0xfe, 0x7b])), NONE],
  ['a gigabyte', () => writeHuge(), NONE],
  ['a folder', () => mkdirSync(board), NONE],
  ['a pipe that nobody writes to', () => void execFileSync('mkfifo', [board]), NONE],
]

const onLinux = it.runIf(existsSync('/proc/self/environ'))

describe('status lines', () => {
  onLinux(
    'answer 500 at once, and leave no process and no file behind',
    async () => {
      writeFileSync(board, BOARD)
      const started = lines(500)
      expect(left().length).toBeGreaterThan(1)
      const ends = await started
      expect(ends.filter(({ code, stdout, stderr }) => code !== 0 || stdout !== RIGHT || stderr !== '')).toEqual([])
      expect(new Set(ends.map(({ pid }) => pid)).size).toBe(500)
      expect(left()).toEqual([])
      expect(readdirSync(dirname(board))).toEqual(['board.json'])
    },
    300_000,
  )

  it.each(ODDITIES)('answer over %s', async (_what, lay, expected) => {
    lay()
    const ends = await lines(8)
    expect(ends.map(({ code, stdout, stderr }) => ({ code, stdout, stderr }))).toEqual(
      Array(8).fill({ code: 0, stdout: expected, stderr: '' }),
    )
  })

  onLinux('answer while somebody else holds a lock on the file', async () => {
    writeFileSync(board, BOARD)
    const holder = spawn('flock', ['--exclusive', board, 'sh', '-c', 'echo held; read _'])
    try {
      await new Promise((resolve) => holder.stdout.once('data', resolve))
      expect((await lines(8)).map(({ code, stdout }) => ({ code, stdout }))).toEqual(
        Array(8).fill({ code: 0, stdout: RIGHT }),
      )
    } finally {
      holder.stdin.end('\n')
    }
  })

  it('say nothing when their reader is gone', async () => {
    writeFileSync(board, BOARD)
    const ends = await lines(8, 'closed')
    expect(ends.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(8).fill({ code: 0, stderr: '' }))
  })

  onLinux(
    'end by themselves when the pipe is full and nobody reads it',
    async () => {
      writeFileSync(board, BOARD)
      const pipe = join(home, 'full')
      execFileSync('mkfifo', [pipe])
      const reader = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK)
      const writer = openSync(pipe, constants.O_WRONLY)
      try {
        expect(() => {
          for (;;) writeSync(reader, 'x'.repeat(4096))
        }).toThrow('EAGAIN')
        const ends = await lines(4, writer)
        expect(ends.map(({ stderr }) => stderr)).toEqual(Array(4).fill(''))
        await until('they are gone', () => left().length === 0)
      } finally {
        closeSync(reader)
        closeSync(writer)
      }
    },
    60_000,
  )
})

function writeHuge(): void {
  writeFileSync(board, '{')
  truncateSync(board, 1_073_741_824)
}
