import { spawnSync } from 'node:child_process'
import { chmod, mkdir, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
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
  }, 30_000)
})

describe('a login file that cannot be used', () => {
  /** Puts something in its place; the way back is the old file, moved home. */
  async function broken(put: (path: string) => Promise<unknown>): Promise<void> {
    await start()
    const path = machine.path(GEMINI_FILE)
    await rename(path, `${path}.kept`)
    await put(path)
    await until('its account says so', () => codeOf(gemini()) === 'credential_unreadable')
    const state = live.engine.board().accounts.find(({ account }) => account.id === gemini())
    expect(state?.reading?.quotas.length, 'the last values stay').toBeGreaterThan(0)
    const report = live.engine.sources().find(({ place }) => place === path)
    expect(report?.detail, 'and its place is named').toBeTruthy()
    await readAgain('antigravity')
    await rm(path, { recursive: true, force: true })
    await rename(`${path}.kept`, path)
    await until('it comes back by itself', () => codeOf(gemini()) === 'ok')
  }

  const isRoot = process.getuid?.() === 0
  // Root may read everything: there is nothing to inject then.
  it.skipIf(isRoot)('C17 no permission', () => broken((path) => writeFile(path, '{}', { mode: 0o000 })))

  it('C19 a link to nowhere is no file, a link to a file is followed and stays a link', async () => {
    await start()
    const path = machine.path(GEMINI_FILE)
    await rename(path, machine.path('elsewhere.json'))
    await symlink(machine.path('elsewhere.json'), path)
    await readAgain('gemini-cli')
    expect(codeOf(gemini())).toBe('ok')
    expect((await stat(path)).isFile()).toBe(true)
  })

  it('C20 a FIFO, which would block whoever opens it', () =>
    broken(async (path) => expect(spawnSync('mkfifo', [path]).status).toBe(0)))

  it('C20 a folder', () => broken((path) => mkdir(path)))

  it('C20 a gigabyte of nothing', () =>
    broken(async (path) => {
      await writeFile(path, '')
      await truncate(path, 1024 ** 3)
    }))

  it('C21 UTF-16', () => broken(async (path) => writeFile(path, Buffer.from('\ufeff{"access_token":"x"}', 'utf16le'))))

  it('C21 NUL bytes', () => broken((path) => writeFile(path, '{"access_token":"x"}\0\0\0')))

  it('C21 a comma too many', () => broken((path) => writeFile(path, '{"access_token":"x",}')))

  it('C21 a byte order mark and CRLF are no fault', async () => {
    const text = await textOf(GEMINI_FILE)
    await writeFile(machine.path(GEMINI_FILE), `\ufeff${text.replaceAll('\n', '\r\n')}`)
    await start()
    expect(Object.values(codes())).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
  })

  it('C18 our own files are for their owner alone, whatever the umask was', async () => {
    await start()
    await until('the readings are written', () => stat(machine.path('.local/state/tokstat/board.json')))
    await closeEngine(live)
    for (const name of ['.local/state/tokstat', '.local/state/tokstat/board.json']) {
      const { mode } = await stat(machine.path(name))
      expect((mode & 0o077).toString(8), name).toBe('0')
    }
    await chmod(machine.path(ANTIGRAVITY_FILE), 0o600)
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
