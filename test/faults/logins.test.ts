import { spawnSync } from 'node:child_process'
import { lstat, mkdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closeEngine } from '../../src/main/parts.ts'
import { createWorld } from '../../src/simulator/world.ts'
import {
  ANTIGRAVITY_FILE,
  createMachine,
  type LiveEngine,
  type Machine,
  openMachineEngine,
} from '../helpers/machine.ts'
import { REWRITE_MODES, rewriteAsOwner } from '../helpers/owner-tool.ts'
import { stopPrograms } from '../helpers/program.ts'
import { until } from '../helpers/wait.ts'

const GEMINI_FILE = '.gemini/oauth_creds.json'

let machine: Machine
let live: LiveEngine

beforeEach(async () => {
  const world = createWorld({ seed: 41, accounts: { antigravity: 4, 'gemini-cli': 1 } })
  machine = await createMachine({ world })
  live = await openMachineEngine(machine)
})

afterEach(async () => {
  await closeEngine(live)
  await stopPrograms()
  await machine.remove()
})

async function start(): Promise<void> {
  await live.engine.start()
  await until('every account is read', () => {
    const { accounts } = live.engine.board()
    return accounts.length === machine.world.accounts.length && accounts.every((state) => state.reading !== null)
  })
}

const codes = (): Record<string, string> =>
  Object.fromEntries(
    live.engine.board().accounts.map(({ account, attempt }) => [account.id, attempt?.problem?.code ?? 'ok']),
  )
const codeOf = (id: string): string | undefined => codes()[id]
const gemini = (): string => machine.world.accounts.find(({ provider }) => provider === 'gemini-cli')?.id ?? ''
const textOf = (name: string): Promise<string> => readFile(machine.path(name), 'utf8')

/** Waits until every account of one provider has been read once more, all of them well. */
async function readAgain(provider: string): Promise<void> {
  const since = Date.now()
  await until(`${provider} is read again`, () =>
    live.engine
      .board()
      .accounts.filter(({ account }) => account.provider === provider)
      .every(({ observedAt, attempt }) => (observedAt ?? 0) > since && attempt?.problem === null),
  )
}

describe('a login file while its owner writes it', () => {
  it.each(REWRITE_MODES)('C14, C15 %s: no account leaves, none is signed out', async (mode) => {
    await start()
    const seen = new Set<string>()
    let fewest = Number.POSITIVE_INFINITY
    live.engine.subscribe(({ board }) => {
      fewest = Math.min(fewest, board.accounts.length)
      for (const { attempt } of board.accounts) seen.add(attempt?.problem?.code ?? 'ok')
    })
    const text = await textOf(ANTIGRAVITY_FILE)
    for (let round = 0; round < 6; round += 1) {
      // Shorter and longer in turn, so that an old tail would show.
      const next = round % 2 === 0 ? JSON.stringify(JSON.parse(text)) : text
      await rewriteAsOwner(machine.path(ANTIGRAVITY_FILE), next, mode, () => pause(60))
    }
    await readAgain('antigravity')
    expect(fewest).toBe(5)
    expect([...seen]).toEqual(['ok'])
  })

  it('C15 a file that is absent for a second flaps nothing', async () => {
    await start()
    await rename(machine.path(GEMINI_FILE), machine.path('.gemini/away.json'))
    await pause(1000)
    expect(live.engine.board().accounts).toHaveLength(5)
    await rename(machine.path('.gemini/away.json'), machine.path(GEMINI_FILE))
    await readAgain('gemini-cli')
    expect(codeOf(gemini())).toBe('ok')
  })

  it('C16 a logout for good is followed: the account leaves, and nothing more is asked for it', async () => {
    await start()
    await rm(machine.path(GEMINI_FILE))
    await until('it has left', () => codeOf(gemini()) === undefined, 18_000)
    const asked = machine.simulator.requests.of(gemini()).length
    await readAgain('antigravity')
    expect(machine.simulator.requests.of(gemini())).toHaveLength(asked)
    expect(Object.values(codes())).toEqual(['ok', 'ok', 'ok', 'ok'])
  }, 120_000)
})

/** Every way in which a login file cannot be used, by the name of the account whose file it is. */
const BROKEN: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  fifo: async (path) => expect(spawnSync('mkfifo', [path]).status).toBe(0),
  folder: (path) => mkdir(path),
  gigabyte: async (path) => {
    await writeFile(path, '')
    await truncate(path, 1024 ** 3)
  },
  utf16: (path) => writeFile(path, Buffer.from('\ufeff{"access_token":"x"}', 'utf16le')),
  nul: (path) => writeFile(path, '{"access_token":"x"}\0\0\0'),
  comma: (path) => writeFile(path, '{"access_token":"x",}'),
  // Root may read everything: there is nothing to inject then.
  ...(process.getuid?.() === 0 ? {} : { forbidden: (path: string) => writeFile(path, '{}', { mode: 0o000 }) }),
}

describe('login files that cannot be used, each of another account', () => {
  const idOf = (name: string): string => `antigravity/${name}@example.com`
  const pathOf = (name: string): string => machine.path(`.cli-proxy-api/antigravity-${name}.json`)

  it('C17, C20, C21: each account says so and keeps its values, no other notices, and it comes back by itself', async () => {
    const names = Object.keys(BROKEN)
    await mkdir(machine.path('.cli-proxy-api'))
    for (const name of names) {
      const account = machine.world.add({ provider: 'antigravity', name })
      const { refreshToken } = machine.world.grants.session(account)
      const { email, project } = account
      const login = { type: 'antigravity', email, refresh_token: refreshToken, project_id: project, access_token: '' }
      await writeFile(pathOf(name), JSON.stringify(login))
    }
    await start()
    for (const [name, put] of Object.entries(BROKEN)) {
      await rename(pathOf(name), machine.path(`${name}.kept`))
      await put(pathOf(name))
    }
    await until('each of them says so', () => names.every((name) => codeOf(idOf(name)) === 'credential_unreadable'))
    for (const name of names) {
      const state = live.engine.board().accounts.find(({ account }) => account.id === idOf(name))
      expect(state?.reading?.quotas.length, name).toBeGreaterThan(0)
      const report = live.engine.sources().find(({ place }) => place === pathOf(name))
      expect(report?.detail, `the place of ${name} is named`).toBeTruthy()
    }
    await readAgain('gemini-cli')
    for (const name of names) {
      await rm(pathOf(name), { recursive: true, force: true })
      await rename(machine.path(`${name}.kept`), pathOf(name))
    }
    await until('each comes back by itself', () => Object.values(codes()).every((code) => code === 'ok'))
  })

  it('C19 a link is followed to its file, and stays a link', async () => {
    await start()
    const path = machine.path(GEMINI_FILE)
    await rename(path, machine.path('elsewhere.json'))
    await symlink(machine.path('elsewhere.json'), path)
    await readAgain('gemini-cli')
    expect(codeOf(gemini())).toBe('ok')
    expect((await lstat(path)).isSymbolicLink()).toBe(true)
  })

  it('C21 a byte order mark and CRLF are no fault', async () => {
    const text = await textOf(GEMINI_FILE)
    await writeFile(machine.path(GEMINI_FILE), `\ufeff${text.replaceAll('\n', '\r\n')}`)
    await start()
    expect(Object.values(codes())).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
  })

  it('C18 our own files are for their owner alone', async () => {
    await start()
    await until('the readings are written', () => stat(machine.path('.local/state/tokstat/board.json')))
    await closeEngine(live)
    for (const name of ['.local/state/tokstat', '.local/state/tokstat/board.json']) {
      const { mode } = await stat(machine.path(name))
      expect((mode & 0o077).toString(8), name).toBe('0')
    }
  })
})

describe('what stands in the login files', () => {
  it('S21 entries of every form: each good one is read, a broken one hides none', async () => {
    const path = machine.path('.local/share/opencode/auth.json')
    await mkdir(machine.path('.local/share/opencode'), { recursive: true })
    const late = machine.world.add({ provider: 'gemini-cli', name: 'late' })
    const { refreshToken } = machine.world.grants.session(late)
    const mixed = {
      'gemini-cli': {
        type: 'oauth',
        refresh: `${refreshToken}|${late.project}|`,
        access: '',
        expires: 0,
        email: late.email,
      },
      google: 7,
      anthropic: null,
      openai: { type: 'oauth' },
      __proto__: { type: 'api', key: 'fake-key' },
      future: { kind: ['unknown'] },
    }
    await writeFile(path, JSON.stringify(mixed))
    await start()
    expect(codeOf('gemini-cli/late@example.com')).toBe('ok')
    expect(Object.keys(codes())).toHaveLength(6)
  })

  it('S22, S23 one login in three places is one account with three sources, two people stay two', async () => {
    const entries = JSON.parse(await textOf(ANTIGRAVITY_FILE)).accounts as { email: string; refreshToken: string }[]
    const [first] = entries
    await writeFile(machine.path('antigravity-accounts.json'), JSON.stringify({ version: 3, accounts: [first] }))
    await mkdir(machine.path('.cli-proxy-api'))
    await writeFile(
      machine.path('.cli-proxy-api/antigravity-one.json'),
      JSON.stringify({
        type: 'antigravity',
        email: first?.email,
        refresh_token: first?.refreshToken,
        access_token: '',
        expired: '',
      }),
    )
    await start()
    const account = live.engine.board().accounts.find((state) => state.account.email === first?.email)?.account
    expect(account?.sources).toEqual(expect.arrayContaining(['antigravity-accounts', 'cli-proxy-api']))
    expect(live.engine.board().accounts).toHaveLength(5)
  })

  it('H11 a 401 ends as soon as the owner has signed in again, without a restart and without an alarm for others', async () => {
    await start()
    const ada = machine.world.account('antigravity/ada@example.com')
    machine.world.grants.revoke(ada)
    await until('it needs a login', () =>
      ['credential_expired', 'credential_revoked', 'signed_out'].includes(codeOf(ada.id) ?? ''),
    )
    const { refreshToken } = machine.world.grants.signIn(ada)
    await machine.changeAccounts((accounts) =>
      accounts.map((account) => (account.email === ada.email ? { ...account, refreshToken } : account)),
    )
    await until('it is well again', () => codeOf(ada.id) === 'ok')
    expect(Object.values(codes())).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
  })
})

describe('a pause that a service asked for', () => {
  it('H03 binds the refresh button, fifty times, and the next two processes', async () => {
    await closeEngine(live)
    const ada = machine.world.account('antigravity/ada@example.com')
    ada.condition = { kind: 'rate-limited', retryAfterSeconds: 3600 }
    const asked = (): number =>
      machine.simulator.requests.of(ada.id).filter(({ path }) => /Models|Summary/.test(path)).length
    let before = 0
    for (let round = 0; round < 3; round += 1) {
      const daemon = await machine.serve()
      await daemon.whenAccounts('the others are read, it is not', (accounts) =>
        accounts.every(({ id, status }) => status === (id === ada.id ? 'rate_limited' : 'ok')),
      )
      if (round === 0) before = asked()
      for (let press = 0; press < 50; press += 1) {
        await daemon.get(`/api/v1/refresh/${encodeURIComponent(ada.id)}`, { method: 'POST' })
      }
      await machine.run(['refresh', ada.id])
      daemon.program.signal(round === 1 ? 'SIGKILL' : 'SIGTERM')
      await daemon.program.ended
    }
    expect(before).toBeGreaterThan(0)
    expect(asked()).toBe(before)
  })
})
