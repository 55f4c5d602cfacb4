import { describe, expect, it } from 'vitest'
import { ClientError } from '../../../src/client/errors.ts'
import type { LiveEvent } from '../../../src/client/live.ts'
import { type Clock, epochMs } from '../../../src/model/index.ts'
import { account, documentOf } from '../testing.ts'
import { LiveHub } from './hub.ts'
import type { LiveMessage } from './messages.ts'

interface Stream {
  readonly send: (event: LiveEvent) => void
  readonly fail: (error: unknown) => void
  readonly signal: AbortSignal
}

function hubWithStreams() {
  const streams: Stream[] = []
  const waiting: (() => void)[] = []
  const clock: Clock = {
    now: () => epochMs(0),
    monotonicMs: () => 0,
    after: (_delayMs, run) => {
      waiting.push(run)
      return { cancel: () => undefined }
    },
  }
  /** All that was waited for comes true. */
  const advance = (): void => {
    for (const run of waiting.splice(0)) run()
  }
  const client = {
    events: (send: (event: LiveEvent) => void, signal: AbortSignal) =>
      new Promise<void>((_, fail) => void streams.push({ send, fail, signal })),
  }
  return { hub: new LiveHub({ client, clock }), streams, advance }
}

function tab(): { readonly got: LiveMessage[]; post(message: LiveMessage): void } {
  const got: LiveMessage[] = []
  return { got, post: (message) => void got.push(message) }
}

describe('the stream of all tabs', () => {
  it('is opened once, whoever joins, and closed with the last tab', () => {
    const { hub, streams } = hubWithStreams()
    const [one, other] = [tab(), tab()]
    hub.join(one)
    hub.join(other)
    expect(streams).toHaveLength(1)
    hub.leave(one)
    expect(streams[0]?.signal.aborted).toBe(false)
    hub.leave(other)
    expect(streams[0]?.signal.aborted).toBe(true)
    hub.join(one)
    expect(streams).toHaveLength(2)
  })

  it('gives a tab that joins later what is known by then, changes included', () => {
    const { hub, streams, advance } = hubWithStreams()
    hub.join(tab())
    streams[0]?.send({ kind: 'snapshot', document: documentOf(account()) })
    streams[0]?.send({ kind: 'account', account: account({ status: 'stale' }) })
    advance()
    const late = tab()
    hub.join(late)
    expect(late.got[0]).toMatchObject({ kind: 'snapshot', document: { accounts: [{ status: 'stale' }] } })
  })

  it('tells what changed at once in one message, each account as it is last', () => {
    const { hub, streams, advance } = hubWithStreams()
    const one = tab()
    hub.join(one)
    streams[0]?.send({ kind: 'snapshot', document: documentOf() })
    for (const name of ['a', 'b', 'c']) streams[0]?.send({ kind: 'account', account: account({ name }) })
    advance()
    const changes = one.got.filter((message) => message.kind === 'accounts')
    expect(changes).toHaveLength(1)
    expect(changes[0]?.accounts.map(({ name }) => name)).toEqual(['c'])
  })

  it('says that it was refused, and tries again when a tab has signed in', async () => {
    const { hub, streams } = hubWithStreams()
    const one = tab()
    hub.join(one)
    streams[0]?.fail(new ClientError({ message: 'no', status: 401, code: 'unauthorized' }))
    await Promise.resolve()
    await Promise.resolve()
    expect(one.got.at(-1)).toMatchObject({ kind: 'connection', state: 'refused' })
    hub.start()
    expect(streams).toHaveLength(2)
  })
})
