import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scanForCanaries } from '../../../test/helpers/canary.ts'
import { AppError } from '../../model/app.ts'
import { Secret } from '../../model/secret.ts'
import { decodeRecord } from '../vault/record.ts'
import { NO_KEY, noKeyring, testVault } from '../vault/testing.ts'
import { createOwnAccounts } from './own-accounts.ts'
import { type FakeDialog, fakeDialog, type LoginScene, loginOptions, loginScene } from './testing.ts'

/** A good key of the simulated OpenRouter, and somebody who types it. */
async function keyScene(facts: Parameters<typeof loginScene>[0] = {}): Promise<LoginScene & { key: string }> {
  const scene = await loginScene(facts)
  const account = scene.world.add({ provider: 'openrouter', name: 'ada' })
  return { ...scene, key: scene.world.grants.session(account).accessToken }
}

function typing(...answers: (string | null)[]): FakeDialog {
  const dialog = fakeDialog()
  dialog.answers.push(...answers)
  return dialog
}

async function keyOf(scene: LoginScene, name: string, kind: 'keyring' | 'vault-file' = 'vault-file') {
  const text = await scene.vault.stores.of(kind).get(name)
  const record = text === null ? null : decodeRecord(text)
  return record?.kind === 'api-key' ? record.apiKey.reveal() : null
}

describe('login with a key', () => {
  it.each(['openrouter', 'nano-gpt'] as const)('%s: asks without echo, tries the key, keeps it', async (provider) => {
    const scene = await loginScene()
    const account = scene.world.add({ provider, name: 'ada' })
    const key = scene.world.grants.session(account).accessToken
    const dialog = typing(key)
    const info = await scene.own.login(loginOptions(provider, { name: 'ada' }), dialog)
    expect(info).toMatchObject({ id: `${provider}/ada`, email: null })
    expect(dialog.questions).toEqual([{ question: expect.stringContaining('not shown'), hidden: true }])
    expect(await keyOf(scene, 'ada')).toBe(key)
    expect(
      await scanForCanaries({ folders: [scene.vault.home], texts: { said: dialog.lines.join('\n') } }, [key]),
    ).toEqual([])
  })

  it('deepseek: the same, by its balance', async () => {
    const scene = await loginScene()
    const host = 'api.deepseek.com'
    scene.simulator.faults.add({ host, effect: { kind: 'reply', status: 200, body: { is_available: true } } })
    const dialog = fakeDialog({ piped: 'sk-fake-deepseek-key\n' })
    await scene.own.login(loginOptions('deepseek', { keyFromStdin: true }), dialog)
    expect(await keyOf(scene, 'deepseek')).toBe('sk-fake-deepseek-key')
    expect(scene.simulator.requests.to(host, '/user/balance')).toHaveLength(1)
  })

  it('reads the key from stdin', async () => {
    const scene = await keyScene()
    const dialog = fakeDialog({ interactive: false, piped: `${scene.key}\r\n` })
    await scene.own.login(loginOptions('openrouter', { keyFromStdin: true }), dialog)
    expect([await keyOf(scene, 'openrouter'), dialog.questions]).toEqual([scene.key, []])
  })

  it('keeps nothing that the service refuses, or cannot judge', async () => {
    const scene = await keyScene()
    const login = (answer: string | null) => scene.own.login(loginOptions('openrouter'), typing(answer))
    await expect(login('sk-or-v1-wrong-key')).rejects.toMatchObject({ exitCode: 2, message: 'Invalid API key: 401' })
    await expect(login('')).rejects.toMatchObject({ exitCode: 4, message: 'API key cannot be empty' })
    await expect(login(null)).rejects.toMatchObject({ exitCode: 4 })
    await expect(login('two words')).rejects.toMatchObject({ exitCode: 4, message: 'That is not an API key.' })
    const effects = [
      [{ kind: 'html' }, 'unexpected_response'],
      [{ kind: 'html', status: 403 }, 'unexpected_response'],
      [{ kind: 'reply', status: 429, body: {} }, 'rate_limited'],
      [{ kind: 'reply', status: 500, body: {} }, 'upstream_unavailable'],
      [{ kind: 'redirect', location: 'https://evil.example/' }, 'unexpected_response'],
      [{ kind: 'reset' }, 'network'],
    ] as const
    for (const [effect, code] of effects) {
      scene.simulator.faults.add({ host: 'openrouter.ai', times: 1, effect })
      await expect(login(scene.key)).rejects.toMatchObject({ exitCode: 3, code })
    }
    expect(await scene.vault.accounts.list()).toEqual([])
    expect(await keyOf(scene, 'openrouter')).toBeNull()
    const script = fakeDialog({ interactive: false })
    await expect(scene.own.login(loginOptions('openrouter'), script)).rejects.toMatchObject({
      hint: expect.stringContaining('--key-stdin'),
    })
  })
})

describe('what login will not do', () => {
  it('is a service that it does not know, and it says which was meant', async () => {
    const { own } = await loginScene()
    await expect(own.login(loginOptions('copilt'), fakeDialog())).rejects.toMatchObject({
      hint: expect.stringMatching(/^Did you mean `copilot`\? /),
    })
  })

  it('names the services that it can log in to, and no other', async () => {
    const { own } = await loginScene()
    const hint =
      'tokstat can log in to antigravity, copilot, deepseek, gemini-cli, nano-gpt, openrouter. `tokstat providers` says how to sign in to the others.'
    await expect(own.login(loginOptions('nope'), fakeDialog())).rejects.toMatchObject({ hint })
    await expect(own.login(loginOptions('claude'), fakeDialog())).rejects.toMatchObject({ code: 'no_login', hint })
  })

  it.each([
    ['nope', {}, 'unknown_provider', 'There is no provider "nope".'],
    ['claude', {}, 'no_login', 'tokstat cannot log in to claude itself'],
    ['copilot', { keyFromStdin: true }, 'bad_argument', '--key-stdin'],
    ['openrouter', { name: '  ' }, 'bad_argument', 'cannot be empty'],
    ['openrouter', { name: 'a/b' }, 'bad_argument', 'without "/"'],
    ['openrouter', { name: 'a\nb' }, 'bad_argument', 'line breaks'],
    ['openrouter', { name: 'x'.repeat(129) }, 'bad_argument', '128'],
  ])('%s %j', async (provider, changes, code, message) => {
    const { own, simulator } = await loginScene()
    const dialog = fakeDialog()
    await expect(own.login(loginOptions(provider, changes), dialog)).rejects.toMatchObject({
      exitCode: 4,
      code,
      message: expect.stringContaining(message),
    })
    expect([dialog.lines, dialog.questions, simulator.requests.all]).toEqual([[], [], []])
  })

  it('starts nothing without a safe place for the secret: no keyring, no key (C25, T41)', async () => {
    const scene = await keyScene()
    const vault = testVault({ key: NO_KEY })
    vault.keyring.fault = noKeyring
    const own = createOwnAccounts({ ...scene.deps, stores: vault.stores, accounts: vault.accounts })
    const dialog = typing(scene.key)
    await expect(own.login(loginOptions('openrouter'), dialog)).rejects.toMatchObject({
      exitCode: 1,
      code: 'vault_unavailable',
      message: expect.stringContaining('writes none in plain text'),
    })
    expect([dialog.questions, scene.simulator.requests.all]).toEqual([[], []])
  })
})

describe('names', () => {
  it('are unique over all providers, whatever their case, unless the account is to be replaced', async () => {
    const scene = await keyScene()
    await scene.own.login(loginOptions('openrouter', { name: 'work' }), typing(scene.key))
    const dialog = typing(scene.key)
    await expect(scene.own.login(loginOptions('nano-gpt', { name: 'Work' }), dialog)).rejects.toMatchObject({
      exitCode: 4,
      code: 'name_taken',
      message: 'There is an account "work" already (openrouter/work).',
      hint: expect.stringContaining('--replace'),
    })
    expect(dialog.questions).toEqual([])
    const other = scene.world.add({ provider: 'openrouter', name: 'bob' })
    const key = scene.world.grants.session(other).accessToken
    const [before] = await scene.vault.accounts.list()
    await scene.own.login(loginOptions('openrouter', { name: 'Work', replace: true }), typing(key))
    const accounts = await scene.vault.accounts.list()
    expect(accounts).toMatchObject([{ name: 'Work', createdAt: before?.createdAt }])
    expect(accounts[0]?.grant).not.toBe(before?.grant)
    expect([await keyOf(scene, 'Work'), await keyOf(scene, 'work')]).toEqual([key, null])
  })

  it('that nobody chose are refused after the login too when they are taken, and the old account stays', async () => {
    const scene = await keyScene()
    await scene.own.login(loginOptions('openrouter'), typing(scene.key))
    const bob = scene.world.grants.session(scene.world.add({ provider: 'openrouter', name: 'bob' })).accessToken
    await expect(scene.own.login(loginOptions('openrouter'), typing(bob))).rejects.toMatchObject({ code: 'name_taken' })
    expect(await keyOf(scene, 'openrouter')).toBe(scene.key)
  })

  it('follow an account from one store to another, and leave no secret behind', async () => {
    const scene = await keyScene()
    await scene.own.login(loginOptions('openrouter', { name: 'ada' }), typing(scene.key))
    scene.vault.keyring.fault = null
    await scene.own.login(loginOptions('openrouter', { name: 'ada', replace: true }), typing(scene.key))
    expect(await scene.vault.accounts.list()).toMatchObject([{ name: 'ada', store: 'keyring' }])
    expect([await keyOf(scene, 'ada', 'keyring'), await keyOf(scene, 'ada')]).toEqual([scene.key, null])
  })
})

describe('when accounts.json cannot be written', () => {
  it('puts the secret back as it was', async () => {
    const scene = await keyScene({ withKeyring: true })
    await mkdir(join(scene.vault.home, 'config'), { mode: 0o700 })
    await writeFile(scene.vault.accountsPath, '{ damaged', { mode: 0o600 })
    await expect(scene.own.login(loginOptions('openrouter'), typing(scene.key))).rejects.toMatchObject({ exitCode: 1 })
    expect(await readFile(scene.vault.accountsPath, 'utf8')).toBe('{ damaged')
    expect(scene.vault.keyring.entries.size).toBe(0)
    await writeFile(scene.vault.accountsPath, '{"accounts":[]}')
    const failing = {
      ...scene.deps,
      accounts: { ...scene.vault.accounts, put: async () => Promise.reject(new Error('full')) },
    }
    await scene.vault.stores.of('keyring').set('openrouter', new Secret('{"api_key":"sk-fake-old-key"}'))
    await expect(createOwnAccounts(failing).login(loginOptions('openrouter'), typing(scene.key))).rejects.toThrow(
      'full',
    )
    expect(await keyOf(scene, 'openrouter', 'keyring')).toBe('sk-fake-old-key')
  })
})

describe('remove', () => {
  it('deletes secret and metadata, and the history only when asked to', async () => {
    const scene = await keyScene({ withKeyring: true })
    await scene.own.login(loginOptions('openrouter', { name: 'ada' }), typing(scene.key))
    await scene.own.login(loginOptions('openrouter', { name: 'bob' }), typing(scene.key))
    expect(await scene.own.removeAccount('ada', { purge: false })).toEqual({
      id: 'openrouter/ada',
      name: 'ada',
      purged: false,
    })
    expect(await scene.own.removeAccount('openrouter/bob', { purge: true })).toMatchObject({ purged: true })
    expect([scene.purged, scene.vault.keyring.entries.size]).toEqual([['openrouter/bob'], 0])
    expect(await scene.vault.accounts.list()).toEqual([])
    expect(await scene.own.removeAccount('openrouter/ada', { purge: true })).toMatchObject({ purged: true })
    await expect(scene.own.removeAccount('openrouter/eve', { purge: true })).rejects.toMatchObject({ exitCode: 4 })
  })

  it('names what there is when there is no such account, and keeps one whose secret it cannot delete', async () => {
    const scene = await keyScene({ withKeyring: true })
    await expect(scene.own.removeAccount('ada', { purge: false })).rejects.toMatchObject({
      exitCode: 4,
      message: "Account 'ada' not found.",
      hint: expect.stringContaining('has not logged in to any account'),
    })
    await scene.own.login(loginOptions('openrouter', { name: 'ada' }), typing(scene.key))
    await expect(scene.own.removeAccount('eve', { purge: false })).rejects.toMatchObject({
      hint: expect.stringContaining('openrouter/ada'),
    })
    await expect(scene.own.removeAccount('openruoter/ada', { purge: false })).rejects.toMatchObject({
      hint: expect.stringContaining('Did you mean `openrouter/ada`?'),
    })
    scene.vault.keyring.fault = noKeyring
    await expect(scene.own.removeAccount('ada', { purge: true })).rejects.toMatchObject({ code: 'vault_unavailable' })
    expect([scene.purged, (await scene.vault.accounts.list()).length]).toEqual([[], 1])
  })

  it('lists the ids when an argument fits two accounts', async () => {
    const scene = await loginScene()
    await mkdir(join(scene.vault.home, 'config'), { mode: 0o700 })
    const accounts = [
      { name: 'a', provider: 'copilot' },
      { name: 'copilot/a', provider: 'openrouter' },
    ]
    await writeFile(scene.vault.accountsPath, JSON.stringify({ accounts }))
    await chmod(scene.vault.accountsPath, 0o644)
    await expect(scene.own.removeAccount('copilot/a', { purge: false })).rejects.toMatchObject({
      exitCode: 4,
      code: 'ambiguous_account',
      message: '"copilot/a" fits more than one account: copilot/a, openrouter/copilot/a.',
    })
  })
})

describe('rename', () => {
  it('moves the secret with the name, also where only the case changes', async () => {
    const scene = await keyScene()
    await scene.own.login(loginOptions('openrouter', { name: 'ada' }), typing(scene.key))
    const [before] = await scene.vault.accounts.list()
    expect(await scene.own.renameAccount('ada', ' work ')).toMatchObject({ id: 'openrouter/work' })
    expect([await keyOf(scene, 'work'), await keyOf(scene, 'ada')]).toEqual([scene.key, null])
    await scene.own.renameAccount('openrouter/work', 'Work')
    expect([await keyOf(scene, 'Work'), await keyOf(scene, 'work')]).toEqual([scene.key, null])
    expect(await scene.vault.accounts.list()).toEqual([{ ...before, name: 'Work' }])
    expect(await scene.own.renameAccount('Work', 'Work')).toMatchObject({ name: 'Work' })
    expect(scene.renamed).toEqual(['openrouter/ada > openrouter/work', 'openrouter/work > openrouter/Work'])
  })

  it('changes nothing when the history refuses, and takes the history back when the secret cannot move', async () => {
    const scene = await keyScene({ withKeyring: true })
    await scene.own.login(loginOptions('openrouter', { name: 'ada' }), typing(scene.key))
    const refuse = async () => Promise.reject(new AppError(4, 'name_taken', 'That name has a history.'))
    const refusing = createOwnAccounts({ ...scene.deps, renameHistory: refuse })
    await expect(refusing.renameAccount('ada', 'work')).rejects.toMatchObject({ exitCode: 4 })
    expect([await keyOf(scene, 'ada', 'keyring'), scene.vault.keyring.entries.size]).toEqual([scene.key, 1])
    scene.vault.keyring.fault = noKeyring
    await expect(scene.own.renameAccount('ada', 'work')).rejects.toMatchObject({ code: 'vault_unavailable' })
    expect(scene.renamed).toEqual(['openrouter/ada > openrouter/work', 'openrouter/work > openrouter/ada'])
    expect(await scene.vault.accounts.list()).toMatchObject([{ name: 'ada' }])
  })

  it('keeps the secret in a keyring that cannot tell case apart', async () => {
    const scene = await keyScene({ withKeyring: true })
    await scene.own.login(loginOptions('openrouter', { name: 'ada' }), typing(scene.key))
    const { entries } = scene.vault.keyring
    const lower = new Map(entries)
    entries.get = (name) => lower.get(name.toLowerCase())
    entries.set = (name, value) => {
      lower.set(name.toLowerCase(), value)
      return entries
    }
    entries.delete = (name) => lower.delete(name.toLowerCase())
    await scene.own.renameAccount('ada', 'Ada')
    expect(await keyOf(scene, 'Ada', 'keyring')).toBe(scene.key)
  })

  it.each([
    ['bob', 'name_taken'],
    ['BOB', 'name_taken'],
    ['', 'bad_argument'],
    ['a/b', 'bad_argument'],
  ])('refuses %j', async (name, code) => {
    const scene = await keyScene()
    await scene.own.login(loginOptions('openrouter', { name: 'ada' }), typing(scene.key))
    await scene.own.login(loginOptions('openrouter', { name: 'bob' }), typing(scene.key))
    await expect(scene.own.renameAccount('ada', name)).rejects.toMatchObject({ exitCode: 4, code })
    await expect(scene.own.renameAccount('eve', 'other')).rejects.toMatchObject({ code: 'unknown_account' })
  })
})
