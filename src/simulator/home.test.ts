import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeHome } from './home.ts'
import { createWorld, type World } from './world.ts'

const START = Date.UTC(2026, 10, 22, 9)

let folder: string
let world: World

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokstat-sim-home-'))
  world = createWorld({
    accounts: { antigravity: 3, 'gemini-cli': 2, claude: 3, codex: 3, copilot: 2, openrouter: 2, 'nano-gpt': 3 },
    clock: { startAt: START, now: () => START },
  })
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function json(path: string): Promise<unknown> {
  return JSON.parse(await readFile(join(folder, path), 'utf8'))
}

function session(id: string): ReturnType<World['grants']['session']> {
  return world.grants.session(world.account(id))
}

describe('a simulated home', () => {
  it('holds the login of every account where its owner would have put it', async () => {
    const home = await writeHome(world, folder)
    const placed = world.accounts.filter((account) => home.places.has(account.id))
    expect(placed.length + home.unplaced.length).toBe(world.accounts.length)
    expect(home.unplaced).toHaveLength(1)
    for (const account of placed) {
      const place = home.places.get(account.id) ?? ''
      const { accessToken, refreshToken } = world.grants.session(account)
      const text = place.startsWith('env ') ? (home.env[place.slice(4)] ?? '') : await readFile(place, 'utf8')
      expect(text, account.id).toContain(account.provider === 'antigravity' ? refreshToken : accessToken)
    }
  })

  it('keeps every login file for its owner alone', async () => {
    const home = await writeHome(world, folder)
    const files = [...home.places.values()].filter((place) => !place.startsWith('env '))
    expect(new Set(files.map((file) => relative(folder, file).split('/')[0])).size).toBeGreaterThan(4)
    for (const file of [...files, join(folder, '.config/tokstat/.env')]) {
      expect((await stat(file)).mode & 0o777, file).toBe(0o600)
    }
  })

  it('writes antigravity-accounts.json as version 4', async () => {
    await writeHome(world, folder)
    const file = await json('.config/opencode/antigravity-accounts.json')
    expect(file).toMatchObject({
      version: 4,
      activeIndex: 0,
      activeIndexByFamily: { claude: 0, gemini: 1 },
      accounts: [
        { email: 'ada@example.com', refreshToken: session('antigravity/ada@example.com').refreshToken },
        { email: 'grace@example.com' },
        { email: 'linus@example.com' },
      ],
    })
  })

  it('writes each tool’s own shape', async () => {
    await writeHome(world, folder)
    expect(await json('.gemini/oauth_creds.json')).toMatchObject({
      token_type: 'Bearer',
      expiry_date: START + 3_600_000,
    })
    expect(await json('.claude/.credentials.json')).toMatchObject({
      claudeAiOauth: { subscriptionType: 'max', rateLimitTier: 'default_claude_max_20x' },
    })
    expect(await json('.codex/auth.json')).toMatchObject({ OPENAI_API_KEY: null, auth_mode: 'chatgpt' })
    const openCode = await json('.local/share/opencode/auth.json')
    expect(openCode).toMatchObject({
      anthropic: { type: 'oauth' },
      openai: { type: 'oauth' },
      'gemini-cli': { refresh: expect.stringMatching(/^1\/\/fake-refresh-.*\|fake-project-.*\|$/) },
      openrouter: { type: 'api' },
    })
  })

  it('gives the environment of a process that sees this home and nothing else', async () => {
    const home = await writeHome(world, folder, { upstream: 'http://127.0.0.1:9' })
    expect(home.env).toMatchObject({ HOME: folder, TOKSTAT_UPSTREAM: 'http://127.0.0.1:9' })
    expect(home.env['OPENROUTER_API_KEY']).toMatch(/^sk-or-v1-fake/)
    for (const [name, value] of Object.entries(home.env)) {
      if (name.startsWith('XDG_')) expect(value.startsWith(folder)).toBe(true)
    }
  })

  it('puts the world’s Google clients beside config.toml', async () => {
    await writeHome(world, folder)
    const lines = await readFile(join(folder, '.config/tokstat/.env'), 'utf8')
    expect(lines).toContain(`GOOGLE_CLIENT_ID=${world.clients.antigravity?.id}\n`)
    expect(lines).toContain(`GEMINI_CLIENT_SECRET=${world.clients['gemini-cli']?.secret}\n`)
  })

  it('writes only the providers it is told to', async () => {
    const home = await writeHome(world, folder, { providers: ['antigravity', 'no-such-provider'] })
    expect([...home.places.keys()].every((id) => id.startsWith('antigravity/'))).toBe(true)
    expect(home.env).not.toHaveProperty('OPENROUTER_API_KEY')
    await expect(stat(join(folder, '.claude'))).rejects.toThrow('ENOENT')
  })
})
