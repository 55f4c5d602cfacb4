import { describe, expect, it } from 'vitest'
import { epochMs } from '../../../src/model/index.ts'
import { account, documentOf, quota } from '../testing.ts'
import { ageBoard, applyMessage, type BoardState, emptyBoard } from './board.ts'
import { createStore } from './store.ts'

const NOW = epochMs(Date.parse('2026-11-22T09:00:00Z'))
const work = account()
const home = account({ id: 'codex/home', provider: 'codex' })

function boardOf(): BoardState {
  return applyMessage(emptyBoard(NOW), { kind: 'snapshot', document: documentOf(work, home) }, NOW)
}

describe('the board of the page', () => {
  it('takes a changed account in its place and a new one at the end; the others stay the same objects', () => {
    const before = boardOf()
    const changed = { ...home, status: 'stale' as const }
    const fresh = account({ id: 'codex/new' })
    const after = applyMessage(before, { kind: 'accounts', accounts: [changed, fresh] }, NOW)
    expect(after.document?.accounts.map(({ id }) => id)).toEqual(['claude/work', 'codex/home', 'codex/new'])
    expect(after.document?.accounts[0]).toBe(before.document?.accounts[0])
    expect(after.document?.accounts[1]).toBe(changed)
  })

  it('draws nothing again for a snapshot that says the same, and forgets what is gone', () => {
    const before = boardOf()
    const again = structuredClone(documentOf(work))
    const after = applyMessage(before, { kind: 'snapshot', document: again }, NOW)
    expect(after.document?.accounts).toHaveLength(1)
    expect(after.document?.accounts[0]).toBe(before.document?.accounts[0])
  })

  it('ages by itself: a window that ends is due and a reading gets stale without any message', () => {
    const store = createStore(boardOf())
    ageBoard(store, epochMs(NOW + 60_000))
    expect(store.get().document?.accounts[0]).toBe(work)
    ageBoard(store, epochMs(NOW + 4 * 3_600_000))
    const [aged] = store.get().document?.accounts ?? []
    expect(aged).toMatchObject({ status: 'stale', quotas: [{ due: true, level: 'unknown' }] })
  })

  it('keeps the last values when the line breaks', () => {
    const lost = applyMessage(boardOf(), { kind: 'connection', state: 'lost', since: NOW }, NOW)
    expect(lost.document?.accounts).toHaveLength(2)
    expect(lost.connection.state).toBe('lost')
  })

  it('keeps a bounded number of alerts', () => {
    let board = boardOf()
    for (let count = 0; count < 300; count += 1) board = applyMessage(board, { kind: 'alert', alert: count }, NOW)
    expect(board.alerts).toHaveLength(100)
    expect(board.alerts[0]).toBe(299)
    expect(quota().due).toBe(false)
  })
})
