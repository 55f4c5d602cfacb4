import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import { createFakeEngine } from '../../test/helpers/fake-engine.ts'
import { SAMPLE_NOW, sampleAccount, sampleState } from '../../test/helpers/sample-board.ts'
import { makeQuota } from '../model/quota.ts'
import { epochMs, HOUR_MS } from '../model/time.ts'
import { writeDemoPast } from './demo-past.ts'

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

function read(name: string, ids: readonly string[] = ['session', 'weekly']) {
  const windows = ids.map((id) =>
    makeQuota({
      id,
      label: id,
      kind: 'window',
      usedRatio: 0.5,
      remainingRatio: 0.5,
      windowSeconds: 18_000,
      resetsAt: epochMs(SAMPLE_NOW + HOUR_MS),
    }),
  )
  return sampleState(sampleAccount('claude', name), windows)
}

function demo() {
  const engine = createFakeEngine({ accounts: [] })
  const fake = fakeClock()
  const written: string[] = []
  const history = {
    backfill: (account: string, commits: Iterable<unknown>) => {
      written.push(`${account} ${[...commits].length}`)
      return 1
    },
  }
  const stop = writeDemoPast({ engine, history, clock: fake.clock, log: SILENT, speed: 1 })
  return { engine, fake, written, stop }
}

describe('the past of a demo', () => {
  it('is written a quota at a time, once every account has been asked, and once', async () => {
    const { engine, fake, written } = demo()
    const pending = { ...read('bob'), attempt: null, reading: null, observedAt: null }
    engine.publish({ accounts: [read('ada'), pending] })
    await fake.advance(10_000)
    expect(written).toEqual([])
    engine.publish({ accounts: [read('ada'), read('bob')] })
    await fake.advance(20)
    expect(written).toEqual(['claude/ada 840'])
    engine.publish({ accounts: [read('ada'), read('bob')] })
    await fake.advance(1_000)
    expect(written).toEqual(['claude/ada 840', 'claude/ada 840', 'claude/bob 840', 'claude/bob 840'])
    engine.publish({ accounts: [read('ada'), read('bob'), read('late')] })
    await fake.advance(1_000)
    expect(written).toHaveLength(6)
    expect(fake.pending()).toBe(0)
  })

  it('is written of a quota that a service tells later, too', async () => {
    const { engine, fake, written } = demo()
    engine.publish({ accounts: [read('ada', ['weekly'])] })
    await fake.advance(1_000)
    engine.publish({ accounts: [read('ada')] })
    await fake.advance(1_000)
    expect(written).toEqual(['claude/ada 840', 'claude/ada 840'])
  })

  it('ends where it is when the demo ends', async () => {
    const { engine, fake, written, stop } = demo()
    engine.publish({ accounts: [read('ada')] })
    await fake.advance(20)
    stop()
    engine.publish({ accounts: [read('ada'), read('bob')] })
    await fake.advance(1_000)
    expect(written).toEqual(['claude/ada 840'])
    expect(fake.pending()).toBe(0)
  })
})
