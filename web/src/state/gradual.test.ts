import { describe, expect, it } from 'vitest'
import type { LiveMessage } from '../live/messages.ts'
import { account, documentOf } from '../testing.ts'
import { gradually } from './gradual.ts'

function gradual(isHidden = false) {
  const got: LiveMessage[] = []
  const frames: (() => void)[] = []
  const send = gradually(
    (message) => void got.push(message),
    (run) => void frames.push(run),
    () => isHidden,
  )
  const frame = (): void => frames.shift()?.()
  const ids = (): string[] => got.flatMap((one) => (one.kind === 'accounts' ? one.accounts.map(({ id }) => id) : []))
  return { send, frame, got, ids, frames }
}

const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => account({ id: `a/${from + index}` }))

describe('messages about many accounts', () => {
  it('come in parts, a part a frame, in their order and none twice', () => {
    const { send, frame, ids, frames } = gradual()
    send({ kind: 'accounts', accounts: many(30) })
    expect(ids()).toEqual([])
    while (frames.length > 0) frame()
    expect(ids()).toEqual(many(30).map(({ id }) => id))
  })

  it('come at once when they are few, or when nobody looks', () => {
    const few = gradual()
    few.send({ kind: 'accounts', accounts: many(3) })
    expect(few.ids()).toHaveLength(3)
    const hidden = gradual(true)
    hidden.send({ kind: 'accounts', accounts: many(300) })
    expect(hidden.ids()).toHaveLength(300)
  })

  it('end with the newest state of each, and never with one older than a snapshot', () => {
    const { send, frame, got, frames } = gradual()
    send({ kind: 'accounts', accounts: many(30) })
    send({ kind: 'accounts', accounts: [account({ id: 'a/29', name: 'newest' })] })
    send({ kind: 'snapshot', document: documentOf() })
    while (frames.length > 0) frame()
    expect(got.map(({ kind }) => kind)).toEqual(['snapshot'])
    const other = gradual()
    other.send({ kind: 'accounts', accounts: many(30) })
    other.send({ kind: 'accounts', accounts: [account({ id: 'a/0', name: 'newest' })] })
    while (other.frames.length > 0) other.frame()
    const states = other.got.flatMap((one) => (one.kind === 'accounts' ? one.accounts : []))
    expect(states.filter(({ id }) => id === 'a/0').map(({ name }) => name)).toEqual(['newest'])
  })
})
