import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccountDocument } from '../../src/model/document.ts'
import { createWorld, type World } from '../../src/simulator/world.ts'
import { type CanaryFinding, scanForCanaries } from '../helpers/canary.ts'
import { type Echo, type EchoServer, startEcho } from '../helpers/echo.ts'
import { ANTIGRAVITY_FILE, createMachine, FAST_POLLING, type Machine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'
import { until } from '../helpers/wait.ts'

/** Where secrets belong: the owners' files, and the file that holds the user's OAuth clients. */
const OWNERS = [ANTIGRAVITY_FILE, '.gemini/oauth_creds.json', '.local/share/opencode/auth.json', '.config/tokstat/.env']
const ROUTES = [
  '/',
  '/metrics',
  '/healthz',
  '/readyz',
  '/api/openapi.json',
  '/api/v1/accounts',
  '/api/v1/quotas',
  '/api/v1/providers',
  '/api/v1/best',
  '/api/v1/schema/accounts.json',
  '/v0/management/quota/status',
  '/v0/management/quota/status/antigravity',
  '/v0/management/quota/available?model=claude-sonnet-4-6',
  '/v0/management/quota-exceeded/switch-project',
  '/no-such-route',
]
const COMMANDS = [
  'list',
  'list --json',
  'list --refresh --json',
  'list --cached --json',
  'list --schema',
  'quota list',
  'quota show --provider antigravity',
  'refresh --json',
  'best --json',
  'guard --provider antigravity --min-remaining 10% --json',
  'query antigravity --json',
  'query gemini-cli',
  'query all --json',
  'providers --json',
  'doctor --json',
  'doctor',
  'explain --json',
  'metrics',
  'config check --json',
  'config path --json',
  'config schema',
  'completion bash',
  'version --json',
  'nonsense --token',
]

const world: World = createWorld({ seed: 11, accounts: { antigravity: 14, 'gemini-cli': 3 } })
const texts: Record<string, string> = {}
let machine: Machine
let echo: EchoServer
let accounts: readonly AccountDocument[]

/** Every way in which a service may throw a secret back at whoever asked with it; each befalls one account. */
const SHAPES: readonly ((secret: string) => Echo)[] = [
  (secret) => ({ status: 401, body: `{"error":{"message":"Bearer ${secret} is not known"}}` }),
  (secret) => ({
    status: 403,
    body: JSON.stringify({ error: { status: secret, message: `no access for ${secret}` } }),
  }),
  (secret) => ({ status: 500, body: `stack trace: Authorization: Bearer ${secret}` }),
  (secret) => ({ status: 429, headers: { 'retry-after': secret }, body: JSON.stringify({ error: secret }) }),
  (secret) => ({ status: 200, headers: { 'content-type': 'text/html' }, body: `<html>${secret}</html>` }),
  (secret) => ({ status: 200, body: `{"broken": "${secret}` }),
  (secret) => ({ status: 200, headers: { 'content-encoding': secret }, body: '{}' }),
  (secret) => ({ status: 302, headers: { location: `https://elsewhere.example.com/?token=${secret}` }, body: '' }),
  (secret) => ({ status: 400, headers: { 'www-authenticate': `Bearer error="${secret}"` }, body: `{"m":"${secret}"}` }),
  (secret) => ({ status: 200, body: JSON.stringify({ models: [secret], groups: secret, error: { message: secret } }) }),
]
const TOKEN_SHAPES: readonly ((form: string) => Echo)[] = [
  (form) => ({ status: 400, body: JSON.stringify({ error: 'invalid_grant', error_description: form }) }),
  (form) => ({ status: 401, body: JSON.stringify({ error: 'invalid_client', error_description: form }) }),
  (form) => ({ status: 500, body: form }),
]

async function startMachine(): Promise<void> {
  machine = await createMachine({ world, config: FAST_POLLING })
  const names = world.accounts.filter(({ provider }) => provider === 'antigravity').map(({ name }) => name)
  const named = <Shape>(shapes: readonly Shape[], from: number): ReadonlyMap<string, Shape> =>
    new Map(shapes.map((shape, index) => [names[from + index] ?? 'nobody', shape]))
  echo = await startEcho({
    upstream: machine.simulator.url,
    services: named(SHAPES, 0),
    tokens: named(TOKEN_SHAPES, SHAPES.length),
  })
}

beforeAll(async () => {
  await startMachine()
  const env = { TOKSTAT_LOG: 'debug', TOKSTAT_UPSTREAM: echo.url }
  for (const line of COMMANDS) {
    const run = await machine.run(line.split(' '), env)
    texts[`${line}: stdout`] = run.stdout
    texts[`${line}: stderr`] = run.stderr
  }
  const daemon = await machine.serve([], env)
  const stream = collect(await daemon.get('/api/v1/events'))
  accounts = await daemon.whenAccounts('every account has been asked', (all) =>
    all.every((one) => one.status !== 'pending'),
  )
  const asked = machine.simulator.requests.all.length
  await until('polling goes on', () => machine.simulator.requests.all.length > asked + 60)
  for (const route of ROUTES) {
    for (const accept of ['application/json', 'text/html', 'application/openmetrics-text;version=1.0.0']) {
      const answer = await daemon.get(route, { headers: { accept } })
      texts[`GET ${route} ${accept}`] = JSON.stringify([...answer.headers]) + (await answer.text())
    }
  }
  for (const account of world.accounts.slice(0, 12)) {
    const answer = await daemon.get(`/api/v1/refresh/${encodeURIComponent(account.id)}`, { method: 'POST' })
    texts[`POST refresh ${account.id}`] = await answer.text()
  }
  for (const line of ['list --json', 'doctor --json', 'query antigravity --json']) {
    const run = await machine.run(line.split(' '), env)
    texts[`${line}, beside the daemon`] = run.stdout + run.stderr
  }
  daemon.program.signal('SIGTERM')
  texts['the event stream'] = await stream
  await daemon.program.ended
  texts['serve: stdout'] = daemon.program.stdout()
  texts['serve: stderr'] = daemon.program.stderr()
}, 120_000)

afterAll(async () => {
  await stopPrograms()
  await echo.stop()
  await machine.remove()
})

/** What a stream brings until it ends or is cut. */
async function collect(answer: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  try {
    for await (const chunk of answer.body ?? []) text += decoder.decode(chunk, { stream: true })
  } catch {
    // Cut at the stop of the daemon; what came before is what counts.
  }
  return text
}

async function writtenFiles(): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const entry of await readdir(machine.home, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const name = relative(machine.home, path)
    if (!OWNERS.includes(name)) found[`file ${name}`] = await readFile(path, 'latin1')
  }
  return found
}

const show = (findings: readonly CanaryFinding[]): readonly string[] =>
  findings.map(({ where, form, secret }) => `${where}: ${form} of ${world.secrets()[secret]?.slice(0, 14)}…`)

describe('at debug level, while services throw secrets back', () => {
  it('no token and no client secret is in any output, answer, metric, event or log (L01, L02, L03, L05)', async () => {
    expect(Object.keys(texts).length).toBeGreaterThan(100)
    expect(texts['serve: stderr']).toContain('"level":"debug"')
    expect(texts['the event stream']).toContain('event: snapshot')
    expect(texts['GET /metrics application/json']).toContain('tokstat_account_up')
    expect(show(await scanForCanaries({ texts }, world.secrets()))).toEqual([])
  })

  it('nor in any file that we write', async () => {
    const files = await writtenFiles()
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(['file .local/state/tokstat/board.json', 'file .config/tokstat/config.toml']),
    )
    expect(show(await scanForCanaries({ texts: files }, world.secrets()))).toEqual([])
  })

  it('every echo was thrown, and each of those accounts has failed in its own way', () => {
    expect(echo.thrown.size).toBe(SHAPES.length + TOKEN_SHAPES.length)
    const codes = new Set(accounts.map((account) => account.problem?.code ?? 'ok'))
    expect([...codes].sort()).toEqual(
      expect.arrayContaining(['credential_revoked', 'forbidden', 'ok', 'rate_limited', 'unexpected_response']),
    )
    expect(texts['serve: stderr']).toContain('Token Expired')
  })

  it('the scan would see one: the owners’ files are full of them, and query shows them only when told to', async () => {
    const own = await scanForCanaries(
      { texts: { file: await readFile(machine.path(ANTIGRAVITY_FILE), 'utf8') } },
      world.secrets(),
    )
    expect(own.length).toBeGreaterThan(10)
    const shown = await machine.run(['query', 'antigravity', '--show-secrets', '--json'], {
      TOKSTAT_UPSTREAM: echo.url,
    })
    expect((await scanForCanaries({ texts: { shown: shown.stdout } }, world.secrets())).length).toBeGreaterThan(0)
    expect(texts['query antigravity --json: stdout']).toContain('ya29.f...')
    expect(texts['query gemini-cli: stdout'], 'a word about tokens is no secret').toContain('REQUESTS')
  })
})
