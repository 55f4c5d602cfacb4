import { describe, expect, it } from 'vitest'
import { ClientError } from '../../../src/client/errors.ts'
import type { LiveEvent } from '../../../src/client/live.ts'
import { type AccountsDocument, type Clock, epochMs } from '../../../src/model/index.ts'
import { account, documentOf } from '../testing.ts'
import { LiveHub } from './hub.ts'
import type { BoardKeeper, KeptBoard } from './keep-board.ts'
import type { LiveMessage } from './messages.ts'

interface Stream {
  readonly send: (event: LiveEvent) => void
  readonly fail: (error: unknown) => void
  readonly signal: AbortSignal
}

/** What another page kept, and what this one does. */
interface TestKeeper extends BoardKeeper {
  readonly written: AccountsDocument[]
  isForgotten: boolean
}

function keeper(old: KeptBoard | null): TestKeeper {
  let newest: (() => AccountsDocument) | null = null
  return {
    written: [],
    isForgotten: false,
    read: async () => old,
    changed(document) {
      newest = document
    },
    heard: () => undefined,
    flush() {
      if (newest !== null) this.written.push(newest())
      newest = null
    },
    async forget() {
      this.isForgotten = true
    },
  }
}

const settled = (): Promise<void> => new Promise((done) => setTimeout(done, 0))

function hubWithStreams(kept: BoardKeeper | null = null) {
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
  return { hub: new LiveHub({ client, clock, kept }), streams, advance }
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

describe('a tab that has just signed in', () => {
  it('is not signed out again by the answer to what was asked before', async () => {
    const { hub, streams } = hubWithStreams()
    const one = tab()
    hub.join(one)
    hub.asked('start', one)
    expect(streams).toHaveLength(2)
    expect(streams[0]?.signal.aborted).toBe(true)
    streams[0]?.fail(new ClientError({ message: 'no', status: 401, code: 'unauthorized' }))
    await settled()
    expect(one.got.at(-1)).toMatchObject({ state: 'connecting' })
    streams[1]?.send({ kind: 'connection', state: 'open' })
    hub.asked('start', one)
    expect(streams).toHaveLength(2)
  })
})

describe('a page that finds no daemon', () => {
  const OLD_AT = -3_600_000
  const old: KeptBoard = { document: documentOf(account({ name: 'kept' })), at: OLD_AT }

  it('shows what was kept, and since when there is no word', async () => {
    const { hub, streams } = hubWithStreams(keeper(old))
    const [one, late] = [tab(), tab()]
    hub.join(one)
    streams[0]?.send({ kind: 'connection', state: 'lost' })
    await settled()
    hub.join(late)
    for (const { got } of [one, late]) {
      expect(got).toContainEqual({ kind: 'snapshot', document: old.document })
      expect(got.at(-1)).toEqual({ kind: 'connection', state: 'lost', since: OLD_AT })
    }
  })

  it('shows it also when nobody refuses and nobody answers', async () => {
    const { hub, advance } = hubWithStreams(keeper(old))
    const one = tab()
    hub.join(one)
    await settled()
    expect(one.got.some(({ kind }) => kind === 'snapshot')).toBe(false)
    advance()
    await settled()
    expect(one.got).toContainEqual({ kind: 'snapshot', document: old.document })
  })

  it('never shows it once the daemon has spoken', async () => {
    const { hub, streams, advance } = hubWithStreams(keeper(old))
    const one = tab()
    hub.join(one)
    streams[0]?.send({ kind: 'connection', state: 'open' })
    streams[0]?.send({ kind: 'snapshot', document: documentOf(account({ name: 'new' })) })
    streams[0]?.send({ kind: 'connection', state: 'lost' })
    advance()
    await settled()
    expect(JSON.stringify(one.got)).not.toContain('kept')
    expect(one.got.at(-1)).toMatchObject({ state: 'lost', since: 0 })
  })

  it('keeps the newest state for the next page when the line breaks and when the last tab goes', () => {
    const kept = keeper(null)
    const { hub, streams } = hubWithStreams(kept)
    const one = tab()
    hub.join(one)
    streams[0]?.send({ kind: 'snapshot', document: documentOf(account()) })
    streams[0]?.send({ kind: 'connection', state: 'open' })
    streams[0]?.send({ kind: 'connection', state: 'lost' })
    // Not before a tab has said that this is worth keeping: a demo is not.
    expect(kept.written).toHaveLength(0)
    streams[0]?.send({ kind: 'connection', state: 'open' })
    hub.asked('keep', one)
    streams[0]?.send({ kind: 'connection', state: 'lost' })
    expect(kept.written).toHaveLength(1)
    streams[0]?.send({ kind: 'account', account: account({ name: 'newest' }) })
    hub.leave(one)
    expect(kept.written.at(-1)?.accounts.map(({ name }) => name)).toEqual(['newest'])
  })

  it('keeps nothing for whoever was signed out', async () => {
    const kept = keeper(old)
    const { hub, streams } = hubWithStreams(kept)
    const [one, late] = [tab(), tab()]
    hub.join(one)
    streams[0]?.send({ kind: 'snapshot', document: documentOf(account()) })
    hub.asked('forget', one)
    expect(kept.isForgotten).toBe(true)
    expect(streams[0]?.signal.aborted).toBe(true)
    expect(one.got.at(-1)).toMatchObject({ state: 'refused' })
    hub.join(late)
    await settled()
    expect(late.got.some(({ kind }) => kind === 'snapshot')).toBe(false)
  })
})
