import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeApp } from '../../../test/helpers/fake-cli.ts'
import type { App } from '../../model/app.ts'
import type { AccountAnswer } from './answers.ts'
import { createMcpServer } from './server.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** The SDK's own client, connected to the server. */
async function connect(app: App = fakeApp()): Promise<Client> {
  const server = createMcpServer(async () => app, '0.0.0-test', 'UTC')
  const client = new Client({ name: 'a-test', version: '1' })
  const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
  await Promise.all([server.connect(serverSide), client.connect(clientSide)])
  closing.push(() => client.close())
  return client
}

interface Answer {
  readonly content: readonly { readonly text: string }[]
  readonly structuredContent?: { readonly accounts?: readonly AccountAnswer[]; readonly forecasts?: readonly unknown[] }
  readonly isError?: boolean
}

async function ask(client: Client, name: string, args: object = {}) {
  const result = (await client.callTool({ name, arguments: { ...args } })) as Answer
  return { isError: result.isError === true, text: result.content[0]?.text ?? '', data: result.structuredContent ?? {} }
}

describe('tokstat mcp', () => {
  it('offers three tools, and none that changes anything', async () => {
    const client = await connect()
    const { tools } = await client.listTools()
    expect(tools.map((tool) => tool.name)).toEqual(['quotas', 'forecast', 'best_account'])
    for (const tool of tools) expect(tool.annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false })
    expect(client.getInstructions()).toContain('null is unknown')
    expect(client.getServerVersion()).toMatchObject({ name: 'tokstat', version: '0.0.0-test' })
  })

  it('answers with words and numbers, the same in text and data', async () => {
    const { data, text } = await ask(await connect(), 'quotas', { provider: 'claude' })
    expect(JSON.parse(text)).toEqual(data)
    expect(data).toMatchObject({
      headline: expect.stringMatching(/^Claude: Session \(5 h\) limit reached/),
      accounts: [{ id: 'claude/work', plan: 'Max 20x', isStale: false }],
    })
    expect(data.accounts?.[0]?.quotas).toContainEqual({
      id: 'weekly',
      label: 'Weekly',
      left: '64% left',
      remainingRatio: 0.64,
      resetsAt: '2026-11-27T09:00:00Z',
      verdict: 'Getting low, still learning',
    })
  })

  it('tells what is not known as unknown, never as 0', async () => {
    const { data } = await ask(await connect(), 'quotas', { account: 'copilot/home' })
    expect(data.accounts?.[0]).toMatchObject({
      status: 'auth_required',
      problem: expect.stringContaining('Signed out'),
      quotas: [{ left: 'resetting', remainingRatio: null }],
    })
  })

  it('forecasts only what has a reset, and says when it is still learning', async () => {
    const { data } = await ask(await connect(), 'forecast', { account: 'claude/work' })
    expect(data.forecasts).toMatchObject([{ quota: 'session' }, { quota: 'weekly' }, { quota: 'weekly.opus' }])
    expect(data.forecasts?.[1]).toMatchObject({ forecast: null, pace: null })
  })

  it('names the best account, and asks nobody again for what is fresh', async () => {
    const modes: string[] = []
    const app = fakeApp()
    const counting: App = {
      ...app,
      snapshot: async (options) => {
        modes.push(options.mode)
        return app.snapshot(options)
      },
    }
    const client = await connect(counting)
    const { data } = await ask(client, 'best_account', { provider: 'codex' })
    expect(data).toMatchObject({ best: { account: 'codex/ada@example.com', remainingRatio: 0.72 } })
    await ask(client, 'quotas')
    expect(modes).toEqual(['fresh'])
  })

  it.each([
    ['quotas', { account: 'nobody' }, 'Known accounts'],
    ['quotas', { provider: 'claud' }, 'claude'],
    ['best_account', { provider: 'nobody' }, 'Known providers'],
    ['best_account', { model: 'zzz' }, 'Known models'],
    ['best_account', { pool: 'clade' }, 'Did you mean `claude`?'],
    ['quotas', { provider: 'claude', quota: 'weekyl' }, 'Did you mean `weekly`?'],
    ['forecast', { quota: 'weekyl' }, 'Did you mean `weekly`?'],
  ])('says what is wrong with the question: %s %j', async (tool, args, hint) => {
    const result = await ask(await connect(), tool, args)
    expect(result.isError).toBe(true)
    expect(result.text).toContain(hint)
  })

  it('hides what is wrong inside from nobody, and goes on', async () => {
    const client = await connect(fakeApp(undefined, { best: async () => Promise.reject(new Error('a fault of ours')) }))
    expect((await ask(client, 'best_account')).isError).toBe(true)
    expect((await ask(client, 'quotas')).isError).toBe(false)
  })
})
