import { text } from 'node:stream/consumers'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { describe, expect, it } from 'vitest'
import { fakeApp } from '../../../test/helpers/fake-cli.ts'
import { fakeClock } from '../../../test/helpers/fake-clock.ts'
import type { BestDocument } from '../../model/best.ts'
import { countOwed, lastLineEnded } from './owed.ts'
import { createMcpServer } from './server.ts'

const BEST: BestDocument = { best: null, others: [], excluded: [] }

/** A server whose `best_account` answers when the test says so. */
async function slowServer() {
  const waiting: (() => void)[] = []
  const app = fakeApp(undefined, {
    best: () => new Promise((resolve) => void waiting.push(() => resolve(BEST))),
  })
  const server = createMcpServer(async () => app, '0.0.0-test', 'UTC')
  const client = new Client({ name: 'a-test', version: '1' })
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
  const owed = countOwed(serverSide)
  await Promise.all([server.connect(serverSide), client.connect(clientSide)])
  const ask = (signal?: AbortSignal) =>
    client.callTool({ name: 'best_account', arguments: {} }, undefined, signal === undefined ? {} : { signal })
  return { owed, ask, waiting }
}

describe('what a server owes', () => {
  it('is paid when the last answer is out', async () => {
    const { owed, ask, waiting } = await slowServer()
    const time = fakeClock()
    expect(await owed.settled(1_000, time.clock)).toBe(0)
    const answers = [ask(), ask()]
    await time.advance(0)
    let left: number | null = null
    void owed.settled(1_000, time.clock).then((count) => (left = count))
    waiting[0]?.()
    await answers[0]
    await time.advance(999)
    expect(left).toBe(null)
    waiting[1]?.()
    await answers[1]
    await time.advance(0)
    expect(left).toBe(0)
    expect(time.pending()).toBe(0)
  })

  it('is given up after a while, and counted', async () => {
    const { owed, ask } = await slowServer()
    const time = fakeClock()
    void ask().catch(() => undefined)
    void ask().catch(() => undefined)
    await time.advance(0)
    const left = owed.settled(1_000, time.clock)
    await time.advance(1_000)
    expect(await left).toBe(2)
  })

  it('does not count what was called off', async () => {
    const { owed, ask } = await slowServer()
    const time = fakeClock()
    const stop = new AbortController()
    const answer = ask(stop.signal)
    await time.advance(0)
    const left = owed.settled(1_000, time.clock)
    stop.abort()
    await expect(answer).rejects.toThrow()
    expect(await left).toBe(0)
  })
})

describe('the last line', () => {
  it.each([
    [['{}\n{', '}'], '{}\n{}\n'],
    [['{}\n'], '{}\n'],
    [[], ''],
  ])('%j becomes %j', async (chunks, whole) => {
    const input = lastLineEnded()
    for (const chunk of chunks) input.write(chunk)
    input.end()
    expect(await text(input)).toBe(whole)
  })
})
