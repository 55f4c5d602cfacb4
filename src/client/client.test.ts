import { createServer, type Server, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { type FakeClock, fakeClock } from '../../test/helpers/fake-clock.ts'
import { sampleAccount, sampleModel, sampleState } from '../../test/helpers/sample-board.ts'
import { type RunningServer, runServer, TEST_TOKEN } from '../../test/helpers/server.ts'
import { aRule, aWorld, left } from '../alerts/testing.ts'
import { HOUR_MS } from '../model/index.ts'
import type { ServerDeps } from '../server/deps.ts'
import { type Client, createClient, type Fetch } from './client.ts'
import type { LiveEvent } from './live.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function connect(
  url: string,
  token: string | null = null,
  fetch: Fetch = globalThis.fetch,
): { client: Client; clock: FakeClock } {
  const clock = fakeClock()
  return { clock, client: createClient({ url, token, fetch, clock: clock.clock }) }
}

async function start(
  more: Partial<ServerDeps> = {},
): Promise<{ server: RunningServer; client: Client; clock: FakeClock }> {
  const server = await runServer(more)
  closing.push(() => server.close())
  return { server, ...connect(server.url, more.token ?? null) }
}

describe('the client', () => {
  it('reads every document of a real server', async () => {
    const { client, server } = await start({ token: TEST_TOKEN })
    expect((await client.health()).instance).toBe('test-instance')
    const document = await client.accounts()
    expect(document.accounts).toHaveLength(15)
    expect((await client.account('nano-gpt/nano "quoted" \\ name'))?.provider).toBe('nano-gpt')
    expect(await client.account('claude/nobody')).toBeNull()
    expect((await client.quotas()).length).toBeGreaterThan(10)
    expect((await client.providers())[0]?.id).toBe('codex')
    expect((await client.best({ provider: 'claude' })).best?.account).toBe('claude/work')
    const across = await client.burnAcross({ provider: 'claude', windowSeconds: 18_000, zone: 'Europe/Berlin' })
    expect(across?.groups).toMatchObject([{ provider: 'claude', windowSeconds: 18_000, days: [] }])
    expect(await client.cycles()).toEqual({ cycles: [], truncated: false })
    expect(await client.comparison({ since: '30d' })).toEqual({ quotas: [] })
    expect(await client.metrics()).toContain('tokstat_account_up{')
    server.engine.onRefresh(async () => [])
    expect(await client.refresh('claude/work')).toEqual([])
    expect(server.engine.asked).toEqual([['claude/work']])
  })

  it('says to a real server what a person says about alerts; what is over is null', async () => {
    const made = aWorld({ rules: [aRule({ when: { kind: 'exhausted' }, name: 'spent' })] })
    await made.read('claude/work', [left(0)])
    const { client } = await start({ alerts: made.alerts, token: TEST_TOKEN })
    const id = (await client.alertsOverview({ firing: true, limit: 9 })).alerts[0]?.id ?? ''
    const { alertDesk } = client
    expect(await alertDesk.snooze(id, HOUR_MS)).toMatchObject({ id, snoozedUntil: '2026-11-22T10:00:00Z' })
    expect(await alertDesk.acknowledge(id)).toMatchObject({ id, acknowledgedAt: '2026-11-22T09:00:00Z' })
    const target = { rule: null, account: 'claude/work', quota: 'session' }
    const snooze = await alertDesk.snoozeTarget(target, 2.5 * HOUR_MS)
    expect(snooze).toMatchObject({ ...target, until: '2026-11-22T11:30:00Z' })
    expect((await client.alertsOverview({ limit: 9 })).snoozes).toHaveLength(2)
    expect(await alertDesk.unsnooze(snooze.id)).toEqual(snooze)
    expect(await alertDesk.unsnooze(snooze.id)).toBeNull()
    expect(await alertDesk.snooze('nothing', HOUR_MS)).toBeNull()
    expect(await alertDesk.acknowledge('nothing')).toBeNull()
    await expect(alertDesk.snoozeTarget({ ...target, rule: 'loud' }, HOUR_MS)).rejects.toMatchObject({ status: 400 })
  })

  it('takes a refresh that came too soon for every account as an answer, and a ban as a refusal', async () => {
    const { client, server } = await start()
    const cooldown = { account: 'claude/work', provider: 'claude', outcome: 'cooldown' } as const
    server.engine.onRefresh(async () => [{ ...cooldown, observedAt: null, retryAt: null, problem: null }])
    expect(await client.refresh('claude/work')).toMatchObject([{ account: 'claude/work', outcome: 'cooldown' }])
    const banned: Fetch = async () => ({ ok: false, status: 429, text: async () => '{"code":"banned"}', body: null })
    await expect(connect('http://x', null, banned).client.refresh(null)).rejects.toMatchObject({ code: 'banned' })
  })

  it('tells a refusal with the words, the code and the time of the server', async () => {
    const { server } = await start({ token: TEST_TOKEN })
    await expect(connect(server.url).client.accounts()).rejects.toMatchObject({
      name: 'ClientError',
      status: 401,
      code: 'unauthorized',
      hint: expect.stringContaining('Bearer'),
    })
  })

  it('tells that nothing answers, that something else does, and that it took too long', async () => {
    await expect(connect('http://127.0.0.1:1').client.health()).rejects.toMatchObject({ code: 'offline', status: null })
    const stranger: Fetch = async () => ({ ok: true, status: 200, text: async () => '<html>', body: null })
    await expect(connect('http://x', null, stranger).client.accounts()).rejects.toMatchObject({
      code: 'unexpected_response',
    })
    const broken: Fetch = async () => ({ ok: false, status: 502, text: async () => 'Bad Gateway', body: null })
    await expect(connect('http://x', null, broken).client.accounts()).rejects.toMatchObject({
      status: 502,
      code: 'unexpected_response',
    })
    const silent: Fetch = (_url, init) =>
      new Promise((_resolve, reject) => init.signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    const { client, clock } = connect('http://x', null, silent)
    const asked = expect(client.accounts()).rejects.toMatchObject({ code: 'offline' })
    await clock.advance(5_000)
    await asked
    expect(clock.pending()).toBe(0)
  })
})

/** A server that speaks the stream by hand: each connection is given to the test. */
async function scripted(
  onConnect: (response: ServerResponse, lastEventId: string | undefined) => void,
): Promise<string> {
  const server: Server = createServer((incoming, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'text/event-stream' })
    const id = incoming.headers['last-event-id']
    onConnect(outgoing, typeof id === 'string' ? id : undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

describe('live events', () => {
  it('arrive as they happen, from a real server', async () => {
    const { client, server } = await start()
    const stop = new AbortController()
    const seen: LiveEvent[] = []
    const following = client.events((event) => seen.push(event), stop.signal)
    await expect.poll(() => seen.length).toBe(2)
    server.engine.publish({
      accounts: [
        ...server.engine.board().accounts,
        sampleState(sampleAccount('claude', 'more'), [sampleModel('m', 'M', 0.5)]),
      ],
    })
    await expect.poll(() => seen.length).toBe(3)
    expect(seen.map((event) => event.kind)).toEqual(['connection', 'snapshot', 'account'])
    expect(seen[2]).toMatchObject({ account: { id: 'claude/more' } })
    stop.abort()
    await following
    await expect.poll(() => server.deps.events.readers()).toBe(0)
  })

  it('come back after a cut line, from where they were, with growing waits', async () => {
    const asked: (string | undefined)[] = []
    const url = await scripted((response, lastEventId) => {
      asked.push(lastEventId)
      if (asked.length === 1) response.write(': hello\n\nevent: heartbeat\nid: r-1\ndata: {}\n\n')
      if (asked.length === 4) response.write('event: heartbeat\nid: r-2\ndata: {}\n\n')
      else setImmediate(() => response.destroy())
    })
    const { client, clock } = connect(url)
    const stop = new AbortController()
    const seen: LiveEvent[] = []
    const following = client.events((event) => seen.push(event), stop.signal)
    const lost = (): number => seen.filter((event) => event.kind === 'connection' && event.state === 'lost').length
    for (const [round, waitMs] of [500, 1_000, 2_000].entries()) {
      await expect.poll(lost).toBe(round + 1)
      await clock.advance(waitMs - 1)
      expect(asked).toHaveLength(round + 1)
      await clock.advance(1)
      await expect.poll(() => asked.length).toBe(round + 2)
    }
    await expect.poll(() => seen.filter((event) => event.kind === 'heartbeat').length).toBe(2)
    expect(asked).toEqual([undefined, 'r-1', 'r-1', 'r-1'])
    stop.abort()
    await following
    expect(clock.pending()).toBe(0)
  })

  it('give up a line that says nothing for 45 s', async () => {
    let connections = 0
    const url = await scripted((response) => {
      connections += 1
      response.write(': hello\n\n')
    })
    const { client, clock } = connect(url)
    const stop = new AbortController()
    const seen: LiveEvent[] = []
    const following = client.events((event) => seen.push(event), stop.signal)
    await expect.poll(() => seen.length).toBe(1)
    await expect.poll(() => clock.pending()).toBe(1)
    await clock.advance(46_000)
    await expect.poll(() => seen.length).toBe(2)
    expect(seen[1]).toEqual({ kind: 'connection', state: 'lost' })
    await clock.advance(500)
    await expect.poll(() => connections).toBe(2)
    stop.abort()
    await following
  })

  it('end at once with a refused token: asking again would only be counted', async () => {
    const { server } = await start({ token: TEST_TOKEN })
    const { client } = connect(server.url)
    await expect(client.events(() => undefined, new AbortController().signal)).rejects.toMatchObject({ status: 401 })
  })
})
