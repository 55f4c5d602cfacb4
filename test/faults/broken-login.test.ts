import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld } from '../../src/simulator/world.ts'
import { createMachine, FAST_POLLING, type Machine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'

const FILE = '.codex/auth.json'
const DAMAGED = '{"tokens": {"access_tok'
const HINT = 'Run `codex login`, or mend the file; tokstat reads it again by itself.'
const GUARD = ['guard', '--provider', 'codex', '--min-remaining', '10%']

let machine: Machine
/** What every surface says. */
let sentence: string

beforeEach(async () => {
  const world = createWorld({ seed: 7, accounts: { antigravity: 1, codex: 1 } })
  const config = `${FAST_POLLING}\n[providers.codex]\ninterval = "0.4s"\n`
  machine = await createMachine({ world, providers: ['antigravity', 'codex'], config })
  sentence = `The login in ${machine.path(FILE)} cannot be used. The file is not valid JSON. ${HINT}`
})

afterEach(async () => {
  await stopPrograms()
  await machine.remove()
})

const damage = (): Promise<void> => writeFile(machine.path(FILE), DAMAGED)
const flat = (text: string): string => text.replace(/\s+/g, ' ')

describe('C17 a login file that cannot be understood, of which nothing was known before', () => {
  it('is told by list, query, guard and doctor', async () => {
    await damage()
    const list = await machine.run(['list'])
    expect([list.code, flat(list.stdout)]).toEqual([0, expect.stringContaining(sentence)])
    const json = await machine.run(['list', '--json'])
    expect(JSON.parse(json.stdout).accounts).toHaveLength(1)
    expect(flat(json.stderr)).toContain(sentence)
    const query = await machine.run(['query', 'codex'])
    expect([query.code, flat(query.stdout)]).toEqual([2, expect.stringContaining(sentence)])
    expect(flat((await machine.run(['query', 'all'])).stdout)).toContain(sentence)
    const guard = await machine.run(GUARD)
    expect([guard.code, flat(guard.stdout)]).toEqual([2, expect.stringContaining(sentence)])
    const doctor = await machine.run(['doctor'])
    expect([doctor.code, flat(doctor.stdout)]).toEqual([1, expect.stringContaining(HINT)])
    expect(doctor.stdout).not.toContain('known accounts')
  })

  it('is told by a daemon, without its place, and by the commands that ask it', async () => {
    await damage()
    const daemon = await machine.serve()
    const { sources } = (await (await daemon.get('/api/v1/status')).json()) as { sources: { state: string }[] }
    expect(sources.filter(({ state }) => state === 'unreadable')).toEqual([
      {
        source: 'codex-cli',
        state: 'unreadable',
        count: 0,
        providers: ['codex'],
        detail: 'The file is not valid JSON.',
        hint: HINT,
      },
    ])
    expect(JSON.stringify(sources)).not.toContain(machine.home)
    expect(flat((await machine.run(['list'])).stdout)).toContain(sentence)
    expect(flat((await machine.run(GUARD)).stdout)).toContain(sentence)
  })
})

describe('C17 a login file that cannot be understood, and whose account is known', () => {
  it('leaves the account to the next process too, and says what is wrong once', async () => {
    const before = await machine.run(['list', '--json'])
    const [known] = JSON.parse(before.stdout).accounts.filter(
      ({ provider }: { provider: string }) => provider === 'codex',
    )
    expect(known.status).toBe('ok')
    const login = await readFile(machine.path(FILE), 'utf8')
    await damage()
    const daemon = await machine.serve()
    const [kept] = (await daemon.accounts()).filter(({ provider }) => provider === 'codex')
    expect(kept).toMatchObject({
      id: known.id,
      quotas: expect.arrayContaining([expect.objectContaining({ id: 'weekly' })]),
    })
    await daemon.whenAccounts('it says so', (accounts) =>
      accounts.some(({ id, problem }) => id === known.id && problem?.code === 'credential_unreadable'),
    )
    const list = await machine.run(['list'])
    expect(list.stdout.match(/cannot be (used|read)/g)).toHaveLength(1)
    const [account] = (await daemon.accounts()).filter(({ id }) => id === known.id)
    expect([account?.status, account?.quotas.length]).toEqual(['auth_required', known.quotas.length])
    await writeFile(machine.path(FILE), login)
    await daemon.whenAccounts('it is well again', (accounts) =>
      accounts.some(({ id, status }) => id === known.id && status === 'ok'),
    )
  })
})
