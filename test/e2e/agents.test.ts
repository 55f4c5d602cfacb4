/** What scripts and agents do with tokstat: gates, the best account in a shell, MCP with and without a daemon. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../src/simulator/world.ts'
import { type InstalledMachine, installedMachine } from '../helpers/installed.ts'
import { stopPrograms } from '../helpers/program.ts'
import { lookForTools } from '../helpers/tools.ts'
import { until } from '../helpers/wait.ts'

const PROVIDERS = ['claude', 'codex']

let user: InstalledMachine
const clients: Client[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  await stopPrograms()
  await user.machine.remove()
})

/** Claude has nearly everything left, Codex half of its five hours or what is said. */
function world(codexUsed = 0.5): World {
  const made = createWorld({ seed: 4 })
  const little = { 'all.5h': 0.01, 'all.weekly': 0.01, 'opus.weekly': 0.01 }
  made.add({ provider: 'claude', name: 'ada', pattern: 'silent', startUsed: little })
  made.add({
    provider: 'codex',
    name: 'grace',
    pattern: 'silent',
    startUsed: { 'main.5h': codexUsed, 'main.weekly': 0.1 },
  })
  return made
}

/** So little that Codex is never the better choice, not even in the half hour before its window ends. */
const NEARLY_USED = 0.8

describe('tokstat guard in a script', () => {
  const gate = async (options: string): Promise<string> =>
    (await user.shell(`if tokstat guard ${options} >said 2>&1; then echo work; else echo "stop $?"; fi`)).stdout.trim()

  it('lets it work while enough is left, and tells why not by its exit code', async () => {
    user = await installedMachine(world(), PROVIDERS)
    expect(await gate('--provider claude --min-remaining 50%')).toBe('work')
    expect(await gate('--provider codex --min-remaining 50%')).toBe('work')
    expect(await gate('--provider codex --min-remaining 51%')).toBe('stop 5')
    expect(await gate('--provider codex --quota weekly --min-remaining 51%')).toBe('work')
    expect(await gate('--provider codex --account nobody --min-remaining 1%')).toBe('stop 4')
    expect(await gate('--provider codex --quota weekyl --min-remaining 1%')).toBe('stop 4')
    expect(await gate('--provider codex --min-remaining much')).toBe('stop 4')
  })

  it('stops it with 2 when a login is needed, and 3 when nobody answers', async () => {
    const made = world()
    for (const account of made.accounts) if (account.provider === 'claude') account.condition = { kind: 'signed-out' }
    user = await installedMachine(made, PROVIDERS)
    expect(await gate('--provider claude --min-remaining 1%')).toBe('stop 2')
    await user.machine.remove()
    user = await installedMachine(world(), PROVIDERS, (simulator) =>
      simulator.faults.add({ effect: { kind: 'reply', status: 503 } }),
    )
    expect(await gate('--provider claude --min-remaining 1%')).toBe('stop 3')
  })
})

describe('tokstat best --export', () => {
  const { missing, note } = lookForTools('zsh', 'fish')
  const show = 'echo "$TOKSTAT_BEST_ACCOUNT|$TOKSTAT_BEST_PROVIDER|$TOKSTAT_BEST_RESETS_AT"'

  it.skipIf(missing.length > 0)(`sets its variables in every shell${note}`, async () => {
    user = await installedMachine(world(NEARLY_USED), PROVIDERS)
    const wanted = /^claude\/ada@example\.com\|claude\|\d{4}-\d\d-\d\dT\S+Z\n$/
    for (const name of ['sh', 'bash', 'zsh']) {
      await user.file('script', `set -eu\neval "$(tokstat best --export)"\n${show}\n`)
      expect(await user.shell(`${name} script`), name).toMatchObject({ code: 0, stdout: expect.stringMatching(wanted) })
    }
    await user.file('script', `tokstat best --export | source\n${show}\n`)
    expect(await user.shell('fish script')).toMatchObject({ code: 0, stdout: expect.stringMatching(wanted) })
  })
})

describe('tokstat mcp', () => {
  async function connect(): Promise<Client> {
    const client = new Client({ name: 'a-test', version: '1' })
    const { env, machine } = user
    const transport = new StdioClientTransport({
      command: 'tokstat',
      args: ['mcp'],
      env: { ...env },
      cwd: machine.home,
      stderr: 'ignore',
    })
    await client.connect(transport)
    clients.push(client)
    return client
  }

  const ask = async (client: Client, name: string, args: Record<string, string> = {}) => {
    const { structuredContent, content, isError } = await client.callTool({ name, arguments: args })
    return { data: structuredContent, text: (content as { text: string }[])[0]?.text, isError: isError === true }
  }

  it('answers from the daemon, and by itself when that is gone; a wrong question gets what is right', async () => {
    user = await installedMachine(world(NEARLY_USED), PROVIDERS)
    const daemon = await user.machine.serve()
    await daemon.whenAccounts('all are read', (all) => all.length === 2 && all.every((one) => one.status === 'ok'))
    const client = await connect()
    const before = user.machine.simulator.requests.all.length
    for (const isDaemonThere of [true, false]) {
      if (!isDaemonThere) {
        daemon.program.signal('SIGTERM')
        await daemon.program.ended
        await until('that it is gone is noticed', async () => !(await ask(client, 'quotas')).isError)
      }
      expect((await ask(client, 'quotas', { provider: 'claude' })).data).toMatchObject({
        accounts: [{ id: 'claude/ada@example.com', status: 'ok', isStale: false }],
      })
      expect(
        (await ask(client, 'forecast', { account: 'codex/grace@example.com', quota: 'session' })).data,
      ).toMatchObject({
        forecasts: [{ account: 'codex/grace@example.com', quota: 'session' }],
      })
      expect((await ask(client, 'best_account')).data).toMatchObject({ best: { account: 'claude/ada@example.com' } })
      const wrong = await ask(client, 'quotas', { account: 'claude/adda@example.com' })
      expect(wrong).toMatchObject({ isError: true, text: expect.stringContaining('`claude/ada@example.com`') })
      // What was read a moment ago is not asked for again, whoever would have to ask.
      expect(user.machine.simulator.requests.all.length).toBe(before)
    }
    expect((await ask(client, 'no_such_tool')).isError).toBe(true)
  })

  it('answers all that a file asks before it ends, the last line too where nothing ends it', async () => {
    user = await installedMachine(world(), PROVIDERS)
    const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'a-test', version: '1' } }
    const lines = [
      { id: 1, method: 'initialize', params: hello },
      { method: 'notifications/initialized' },
      { id: 2, method: 'tools/call', params: { name: 'quotas', arguments: {} } },
      { id: 3, method: 'tools/call', params: { name: 'best_account', arguments: {} } },
      { id: 4, method: 'tools/list' },
      { id: 5, method: 'tools/call', params: { name: 'forecast', arguments: {} } },
    ]
    await user.file('asked', lines.map((line) => JSON.stringify({ jsonrpc: '2.0', ...line })).join('\n'))
    for (const command of ['tokstat mcp < asked', 'rm -r .local/state; cat asked | tokstat mcp']) {
      const { code, stdout, stderr } = await user.shell(command)
      const answers = stdout.split('\n').filter((line) => line !== '')
      const ids = answers.map((line) => (JSON.parse(line) as { id: number }).id)
      expect({ command, code, stderr, ids: ids.sort() }).toEqual({
        command,
        code: 0,
        stderr: expect.any(String),
        ids: [1, 2, 3, 4, 5],
      })
      expect(stdout).toContain('"isStale":false')
      expect(stdout).not.toContain('isError')
    }
  })

  it('says that there is no account, and invents none', async () => {
    user = await installedMachine(createWorld({ seed: 1 }), PROVIDERS)
    const client = await connect()
    expect((await ask(client, 'quotas')).data).toMatchObject({
      headline: expect.stringMatching(/no account/i),
      accounts: [],
    })
    expect((await ask(client, 'forecast')).data).toEqual({ forecasts: [] })
    expect((await ask(client, 'best_account')).data).toMatchObject({ best: null })
  })
})
