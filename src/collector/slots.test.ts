import { describe, expect, it } from 'vitest'
import { createSlots } from './slots.ts'

const never = new AbortController().signal

describe('slots', () => {
  it('never give more places than there are, in all and per key', async () => {
    const slots = createSlots({ total: () => 3, perKey: () => 2 })
    let inA = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const giveBack = await slots.acquire('a', never)
        inA += 1
        most = Math.max(most, inA)
        await Promise.resolve()
        inA -= 1
        giveBack()
      }),
    )
    expect(most).toBe(2)
    expect(slots.inUse()).toBe(0)
  })

  it('let another key through while one is full (H32)', async () => {
    const slots = createSlots({ total: () => 3, perKey: () => 2 })
    await slots.acquire('slow', never)
    await slots.acquire('slow', never)
    void slots.acquire('slow', never)
    const giveBack = await slots.acquire('quick', never)
    expect(slots.inUse()).toBe(3)
    giveBack()
  })

  it('serve waiting keys in turn', async () => {
    const slots = createSlots({ total: () => 1, perKey: () => 1 })
    const first = await slots.acquire('a', never)
    const order: string[] = []
    const work = ['a1', 'a2', 'b1'].map(async (name) => {
      const giveBack = await slots.acquire(name.slice(0, 1), never)
      order.push(name)
      giveBack()
    })
    first()
    await Promise.all(work)
    expect(order).toEqual(['a1', 'b1', 'a2'])
  })

  it('forget who stops waiting, and count a place given back twice once', async () => {
    const slots = createSlots({ total: () => 1, perKey: () => 1 })
    const giveBack = await slots.acquire('a', never)
    const control = new AbortController()
    const waiting = slots.acquire('a', control.signal)
    control.abort(new Error('stop'))
    await expect(waiting).rejects.toThrow('stop')
    await expect(slots.acquire('a', control.signal)).rejects.toThrow('stop')
    giveBack()
    giveBack()
    expect(slots.inUse()).toBe(0)
    await slots.acquire('a', never)
    expect(slots.inUse()).toBe(1)
  })
})
