import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import type { AccountState } from '../model/account.ts'
import type { BoardChange } from '../model/engine.ts'
import { plusMs, SECOND_MS } from '../model/time.ts'
import { applyUpdate, createBoardStore } from './board.ts'
import { createBoardFile } from './board-file.ts'
import { testAccount, testFile, testLog, testQuota, testReading } from './testing.ts'

function state(name: string, facts: Partial<AccountState> = {}): AccountState {
  return {
    account: testAccount({ id: `claude/${name}`, name }),
    attempt: null,
    reading: null,
    observedAt: null,
    nextPollAt: null,
    blocks: [],
    staleAfterMs: 900_000,
    ...facts,
  }
}

describe('an update of the board', () => {
  it('says what changed and what went, and leaves the old board alone', () => {
    const [a, b, c] = [state('a'), state('b'), state('c')]
    const before = { accounts: [a, b] }
    const next = applyUpdate(before, { set: [c, a], remove: ['claude/b', 'claude/nobody'] })
    expect(next).toEqual({ board: { accounts: [a, c] }, changed: ['claude/c'], removed: ['claude/b'] })
    expect(before.accounts).toEqual([a, b])
  })

  it('is no change when nothing differs', () => {
    const board = { accounts: [state('a')] }
    expect(applyUpdate(board, { set: board.accounts, remove: ['x'], order: ['claude/a'] }).board).toBe(board)
  })

  it('orders by the given order, the unnamed last', () => {
    const board = { accounts: [state('a'), state('b'), state('c')] }
    const next = applyUpdate(board, { order: ['claude/c', 'claude/a'] })
    expect(next.board.accounts.map(({ account }) => account.name)).toEqual(['c', 'a', 'b'])
  })
})

describe('the board', () => {
  it('tells every listener each change once and in order, also changes that a listener causes', () => {
    const board = createBoardStore(fakeClock().clock, testLog())
    const seen: number[] = []
    board.subscribe((change) => {
      if (change.revision === 1) board.commit({ set: [state('b')] })
    })
    const stop = board.subscribe((change) => seen.push(change.revision))
    board.commit({ set: [state('a')] })
    expect(seen).toEqual([1, 2])
    stop()
    board.commit({ set: [state('c')] })
    expect(seen).toEqual([1, 2])
    expect(board.revision()).toBe(3)
  })

  it('goes on when a listener throws (P01)', () => {
    const log = testLog()
    const board = createBoardStore(fakeClock().clock, log)
    const seen: BoardChange[] = []
    board.subscribe(() => {
      throw new Error('broken listener')
    })
    board.subscribe((change) => seen.push(change))
    board.commit({ set: [state('a')] })
    expect(seen).toHaveLength(1)
    expect(log.lines.map((line) => line.level)).toEqual(['error'])
  })

  it('publishes an account when its window ends and when its reading turns stale', async () => {
    const time = fakeClock()
    const board = createBoardStore(time.clock, testLog())
    const seen: (readonly string[])[] = []
    board.watchTime()
    const now = time.clock.now()
    const quotas = [testQuota({ resetsAt: plusMs(now, 10 * SECOND_MS) })]
    board.commit({ set: [state('a', { observedAt: now, reading: testReading({ quotas }) }), state('b')] })
    board.subscribe((change) => seen.push(change.changed))
    await time.advance(9 * SECOND_MS)
    expect(seen).toEqual([])
    await time.advance(SECOND_MS)
    expect(seen).toEqual([['claude/a']])
    await time.advance(900_000)
    expect(seen).toEqual([['claude/a'], ['claude/a']])
    expect(time.pending()).toBe(0)
  })
})

describe('board.json', () => {
  it('is written after a change, at most once a second, with the newest board', async () => {
    const time = fakeClock()
    const file = testFile()
    let version = 0
    const document = () => ({ schemaVersion: 1, generatedAt: String(version), accounts: [] }) as const
    const boardFile = createBoardFile({ file, clock: time.clock, log: testLog(), document })
    for (; version < 50; version += 1) boardFile.changed()
    await time.advance(0)
    expect(file.writes).toBe(1)
    for (; version < 99; version += 1) boardFile.changed()
    await time.advance(999)
    expect(file.writes).toBe(1)
    await time.advance(1)
    expect(file.writes).toBe(2)
    expect(file.content).toMatchObject({ generatedAt: '99' })
  })

  it('is flushed at the end, and a disk that fails is a warning and tried again', async () => {
    const time = fakeClock()
    const log = testLog()
    const file = testFile()
    const write = file.write
    file.write = () => Promise.reject(new Error('disk full'))
    const document = () => ({ schemaVersion: 1, generatedAt: '', accounts: [] }) as const
    const boardFile = createBoardFile({ file, clock: time.clock, log, document })
    boardFile.changed()
    await boardFile.flush()
    expect(log.lines.map((line) => line.level)).toEqual(['warn'])
    file.write = write
    boardFile.changed()
    await boardFile.flush()
    expect(file.writes).toBe(1)
    expect(time.pending()).toBe(0)
  })
})
