import { describe, expect, it } from 'vitest'
import { type FakeClock, fakeClock } from '../../test/helpers/fake-clock.ts'
import { createFakeEngine, type FakeEngine } from '../../test/helpers/fake-engine.ts'
import { SAMPLE_NOW, sampleAccount, sampleModel, sampleState } from '../../test/helpers/sample-board.ts'
import { runServer } from '../../test/helpers/server.ts'
import { type AccountState, DEFAULT_RULES } from '../model/index.ts'
import type { EventSink } from './event-reader.ts'
import { createEventHub, type EventHub } from './events.ts'

interface TestSink extends EventSink {
  readonly text: () => string
  readonly bytes: () => number
  /** Makes `write` say that the reader does not keep up. */
  stall(): void
  drain(): void
  /** Takes what waits, and then says again that it does not keep up. */
  pass(): void
  leave(): void
  readonly destroyed: () => boolean
}

function testSink(): TestSink {
  const chunks: Buffer[] = []
  let isStalled = false
  let isDestroyed = false
  let onDrain = (): void => undefined
  let onClose = (): void => undefined
  return {
    write(chunk) {
      chunks.push(chunk)
      return !isStalled
    },
    onDrain(run) {
      onDrain = run
    },
    onClose(run) {
      onClose = run
    },
    destroy() {
      isDestroyed = true
      onClose()
    },
    text: () => Buffer.concat(chunks).toString(),
    bytes: () => chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    stall() {
      isStalled = true
    },
    pass: () => onDrain(),
    drain() {
      isStalled = false
      onDrain()
    },
    leave: () => onClose(),
    destroyed: () => isDestroyed,
  }
}

function account(name: string, share: number, resetsInMs: number | null = null): AccountState {
  return sampleState(sampleAccount('antigravity', name), [
    sampleModel('gemini-3-pro', 'Gemini 3 Pro', share, resetsInMs),
  ])
}

interface Setup {
  readonly hub: EventHub
  readonly engine: FakeEngine
  readonly clock: FakeClock
}

function setup(accounts: readonly AccountState[] = [account('ada', 0.5)]): Setup {
  const clock = fakeClock(SAMPLE_NOW)
  const engine = createFakeEngine({ accounts })
  return { clock, engine, hub: createEventHub({ engine, clock: clock.clock, rules: () => DEFAULT_RULES }) }
}

function attach(hub: EventHub, lastEventId?: string): TestSink {
  const sink = testSink()
  hub.attach(sink, lastEventId)
  return sink
}

interface Seen {
  readonly event: string
  readonly id: string
  readonly data: Record<string, unknown>
}

function seen(text: string): Seen[] {
  return text
    .split('\n\n')
    .map((block) => block.split('\n').filter((line) => !line.startsWith(':')))
    .filter((lines) => lines.some((line) => line.startsWith('event: ')))
    .map((lines) => ({
      event: lines.find((line) => line.startsWith('event: '))?.slice(7) ?? '',
      id: lines.find((line) => line.startsWith('id: '))?.slice(4) ?? '',
      data: JSON.parse(lines.find((line) => line.startsWith('data: '))?.slice(6) ?? ''),
    }))
}

describe('the event stream', () => {
  it('begins with a snapshot, then says each account that changed; every event has an id', () => {
    const { hub, engine } = setup([account('ada', 0.5), account('bob', 0.9)])
    const sink = attach(hub)
    const [, bob] = engine.board().accounts
    engine.publish({ accounts: [account('ada', 0.4), ...(bob ? [bob] : [])] })
    const events = seen(sink.text())
    expect(events.map((event) => event.event)).toEqual(['snapshot', 'account'])
    expect(events[1]?.data).toMatchObject({ id: 'antigravity/ada', quotas: [{ remainingRatio: 0.4 }] })
    expect(new Set(events.map((event) => event.id)).size).toBe(2)
  })

  it('sends a fresh snapshot when an account is gone', () => {
    const { hub, engine } = setup([account('ada', 0.5), account('bob', 0.9)])
    const sink = attach(hub)
    engine.publish({ accounts: engine.board().accounts.slice(0, 1) })
    expect(seen(sink.text()).map((event) => event.event)).toEqual(['snapshot', 'snapshot'])
    expect(seen(sink.text())[1]?.data['accounts']).toHaveLength(1)
  })

  it('also says what time alone changes', async () => {
    const { hub, clock } = setup([account('ada', 0.5, 60_000)])
    const sink = attach(hub)
    await clock.advance(59_000)
    expect(seen(sink.text()).filter((event) => event.event === 'account')).toEqual([])
    await clock.advance(1_000)
    const due = seen(sink.text()).filter((event) => event.event === 'account')
    expect(due).toHaveLength(1)
    expect(due[0]?.data).toMatchObject({ quotas: [{ due: true, level: 'unknown' }] })
  })

  it('beats every 15 s, with the id of the last event', async () => {
    const { hub, clock } = setup()
    const sink = attach(hub)
    await clock.advance(31_000)
    const events = seen(sink.text())
    expect(events.map((event) => event.event)).toEqual(['snapshot', 'heartbeat', 'heartbeat'])
    expect(events[1]?.id).toBe(events[0]?.id)
    expect(sink.text().match(/^: ping$/gm)).toHaveLength(2)
  })

  it('beats out of turn when it is told to, and from then on in turn', async () => {
    const { hub, clock } = setup()
    hub.beat()
    const sink = attach(hub)
    await clock.advance(10_000)
    hub.beat()
    await clock.advance(14_000)
    expect(seen(sink.text()).map((event) => event.event)).toEqual(['snapshot', 'heartbeat'])
    await clock.advance(1_000)
    expect(seen(sink.text())).toHaveLength(3)
  })

  it('passes alerts on', () => {
    const { hub } = setup()
    const sink = attach(hub)
    hub.publish('alert', { id: 'a1', message: 'line\nbreak' })
    expect(seen(sink.text())[1]).toMatchObject({ event: 'alert', data: { id: 'a1', message: 'line\nbreak' } })
  })
})

describe('a reader who comes back', () => {
  it('gets exactly what it missed', () => {
    const { hub, engine } = setup()
    const first = attach(hub)
    engine.publish({ accounts: [account('ada', 0.4)] })
    const lastId = seen(first.text()).at(-1)?.id
    first.leave()
    engine.publish({ accounts: [account('ada', 0.3)] })
    engine.publish({ accounts: [account('ada', 0.2)] })
    const events = seen(attach(hub, lastId).text())
    expect(events.map((event) => event.data)).toMatchObject([
      { quotas: [{ remainingRatio: 0.3 }] },
      { quotas: [{ remainingRatio: 0.2 }] },
    ])
    expect(seen(attach(hub, events.at(-1)?.id).text())).toEqual([])
  })

  it('gets a snapshot when the buffer no longer reaches, or the id is from elsewhere, from the future or nonsense', () => {
    const { hub, engine } = setup()
    const oldId = seen(attach(hub).text())[0]?.id ?? ''
    for (let round = 0; round < 600; round += 1) engine.publish({ accounts: [account('ada', round / 600)] })
    const run = oldId.split('-')[0] ?? ''
    for (const id of [oldId, `other-${600}`, `${run}-999999`, `${run}-`, `${run}-1e3`, '', '-1', 'a'.repeat(5000)]) {
      expect(
        seen(attach(hub, id).text()).map((event) => event.event),
        id.slice(0, 20),
      ).toEqual(['snapshot'])
    }
    expect(seen(attach(hub, `${run}-590`).text())).toHaveLength(10)
  })
})

describe('a reader who does not keep up', () => {
  it('holds 64 KiB at most, and continues with the newest state', () => {
    const { hub, engine } = setup()
    const sink = attach(hub)
    sink.stall()
    engine.publish({ accounts: [account('ada', 0.4)] })
    const before = sink.bytes()
    for (let round = 0; round < 500; round += 1) engine.publish({ accounts: [account('ada', round / 1000)] })
    expect(sink.bytes()).toBe(before)
    sink.drain()
    const events = seen(sink.text())
    expect(events.map((event) => event.event)).toEqual(['snapshot', 'account', 'snapshot'])
    expect(events.at(-1)?.data).toMatchObject({ accounts: [{ quotas: [{ remainingRatio: 0.499 }] }] })
    engine.publish({ accounts: [account('ada', 0.7)] })
    expect(seen(sink.text()).at(-1)?.data).toMatchObject({ quotas: [{ remainingRatio: 0.7 }] })
  })

  it('gets the few events it missed, in order, when they fit', () => {
    const { hub, engine } = setup()
    const sink = attach(hub)
    sink.stall()
    for (const share of [0.4, 0.3, 0.2]) engine.publish({ accounts: [account('ada', share)] })
    sink.drain()
    expect(seen(sink.text()).map((event) => event.event)).toEqual(['snapshot', 'account', 'account', 'account'])
  })

  it('is cut after 30 s without progress, and nothing of it stays', async () => {
    const { hub, engine, clock } = setup()
    const good = attach(hub)
    const bad = attach(hub)
    bad.stall()
    engine.publish({ accounts: [account('ada', 0.4)] })
    await clock.advance(29_999)
    expect(bad.destroyed()).toBe(false)
    await clock.advance(1)
    expect(bad.destroyed()).toBe(true)
    expect(good.destroyed()).toBe(false)
    expect(hub.readers()).toBe(1)
  })

  it('is not cut while it makes progress, however slowly', async () => {
    const many = Array.from({ length: 400 }, (_, index) => account(`account-${index}`, 0.5))
    const { hub, clock } = setup(many)
    const sink = testSink()
    sink.stall()
    hub.attach(sink, undefined)
    let rounds = 0
    for (; rounds < 50 && !sink.text().endsWith('\n\n'); rounds += 1) {
      await clock.advance(20_000)
      sink.pass()
    }
    expect(rounds).toBeGreaterThan(3)
    expect(sink.destroyed()).toBe(false)
    expect(seen(sink.text())[0]?.data['accounts']).toHaveLength(400)
  })
})

describe('the end', () => {
  it('cuts every reader and leaves no timer', () => {
    const { hub, clock } = setup([account('ada', 0.5, 60_000)])
    const sinks = [attach(hub), attach(hub)]
    hub.stop()
    expect(sinks.every((sink) => sink.destroyed())).toBe(true)
    expect(clock.pending()).toBe(0)
  })

  it('of one reader frees its timers', () => {
    const { hub, clock, engine } = setup([account('ada', 0.5)])
    const sink = attach(hub)
    const idle = clock.pending()
    sink.stall()
    engine.publish({ accounts: [account('ada', 0.4)] })
    expect(clock.pending()).toBe(idle + 1)
    sink.leave()
    expect(clock.pending()).toBe(idle)
  })
})

describe('over a real socket', () => {
  it('a stalled reader costs the others nothing and is dropped', async () => {
    const many = Array.from({ length: 300 }, (_, index) => account(`account-${index}`, 0.5))
    const server = await runServer({}, { accounts: many })
    try {
      const stalled = await server.open()
      stalled.pause()
      stalled.on('error', () => undefined)
      stalled.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
      await expect.poll(() => server.deps.events.readers()).toBe(1)
      for (let round = 0; round < 60; round += 1) {
        server.engine.publish({ accounts: many.slice(round + 1) })
        await server.clock.advance(1)
      }
      await server.clock.advance(30_000)
      await expect.poll(() => server.deps.events.readers()).toBe(0)
      stalled.destroy()
      const answer = await fetch(`${server.url}/api/v1/events`)
      expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
      expect(answer.headers.get('cache-control')).toBe('no-store')
      await answer.body?.cancel()
    } finally {
      await server.close()
    }
  })
})
