import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { scanForCanaries } from '../../../test/helpers/canary.ts'
import type { Credential } from '../../model/credential.ts'
import type { AccessContext } from '../../model/ports.ts'
import { Secret } from '../../model/secret.ts'
import { epochMs } from '../../model/time.ts'
import { systemClock } from '../../platform/clock.ts'
import { createSendHttp } from '../../platform/http.ts'
import { memoryLog } from '../../platform/testing.ts'
import type { SimAccount } from '../../simulator/account.ts'
import { type Simulator, startSimulator } from '../../simulator/server.ts'
import { createWorld } from '../../simulator/world.ts'
import { makeCredential } from '../credential.ts'
import { createOwnAccess, type OwnAccess } from './own-access.ts'
import { decodeRecord, encodeRecord, type RecordedClient } from './record.ts'
import { NO_KEY, type TestVault, testVault, WITH_PASSPHRASE } from './testing.ts'

/** OpenAI's tokens rotate: an invented provider of ours with that endpoint stands for such a service. */
const POLICIES = {
  codex: { tokenUrl: 'https://auth.openai.com/oauth/token', rotates: true },
  antigravity: { tokenUrl: 'https://oauth2.googleapis.com/token', rotates: false },
}

interface Scene {
  readonly vault: TestVault
  readonly simulator: Simulator
  readonly account: SimAccount
  readonly credential: Credential
  readonly context: AccessContext
  /** Another process of the same user. */
  process(): OwnAccess
  stored(): Promise<string | null>
}

async function scene(provider: 'codex' | 'antigravity', vault = testVault({ key: NO_KEY })): Promise<Scene> {
  const world = createWorld()
  const account = world.add({ provider, name: 'ada' })
  const simulator = await startSimulator({ world })
  onTestFinished(() => simulator.stop())
  const name = 'ada work'
  const client: RecordedClient | null =
    provider === 'antigravity' && world.clients.antigravity
      ? { id: world.clients.antigravity.id, secret: new Secret(world.clients.antigravity.secret) }
      : { id: 'fake-client', secret: null }
  const refreshToken = new Secret(world.grants.signIn(account).refreshToken ?? '')
  await vault.stores.of('keyring').set(name, encodeRecord({ kind: 'grant', refreshToken, client }))
  const clock = systemClock()
  const send = createSendHttp({ clock, upstream: new URL(simulator.url), log: memoryLog().log })
  const { signal } = new AbortController()
  return {
    vault,
    simulator,
    account,
    credential: makeCredential({
      provider,
      source: 'vault',
      owner: 'tokstat',
      origin: vault.accountsPath,
      slot: name,
      name,
      fingerprint: 'f'.repeat(16),
      signInHint: `tokstat login ${provider} --replace`,
      extra: { store: 'keyring' },
    }),
    context: { now: clock.now(), signal, send: (request) => send({ ...request, timeoutMs: 5_000 }, signal) },
    process: () =>
      createOwnAccess({ stores: vault.stores, ports: vault.ports, stateFolder: vault.stateFolder, policies: POLICIES }),
    async stored() {
      const text = await vault.stores.of('keyring').get(name)
      const record = text === null ? null : decodeRecord(text)
      return record?.kind === 'grant' ? record.refreshToken.reveal() : null
    },
  }
}

function later(context: AccessContext, ms: number): AccessContext {
  return { ...context, now: epochMs(context.now + ms) }
}

describe('a grant that does not rotate', () => {
  it('is refreshed once for its token’s life, however many ask, and its secret is fetched only then', async () => {
    const { process, credential, context, simulator, account, vault } = await scene('antigravity')
    const access = process()
    const looks = vault.keyring.opened.length
    const tokens = await Promise.all(Array.from({ length: 100 }, () => access.access(credential, context)))
    expect(new Set(tokens.map((token) => token.reveal())).size).toBe(1)
    expect(simulator.world.grants.refreshCount(account.id)).toBe(1)
    const after = vault.keyring.opened.length
    expect(after).toBeGreaterThan(looks)
    await access.access(credential, context)
    expect(vault.keyring.opened.length).toBe(after)
  })

  it('may be sent again after any failure, and is never written', async () => {
    const { process, credential, context, simulator, stored } = await scene('antigravity')
    const before = await stored()
    simulator.faults.add({ host: 'oauth2.googleapis.com', times: 1, effect: { kind: 'lose-reply' } })
    const access = process()
    await expect(access.access(credential, context)).rejects.toMatchObject({ status: 'unreachable' })
    expect((await access.access(credential, context)).reveal()).toMatch(/^ya29\.fake-access/)
    expect(await stored()).toBe(before)
  })

  it('keeps its token when the answer brings none or an empty one, and when it brings no access token (C09, C10)', async () => {
    const { process, credential, context, simulator, stored } = await scene('antigravity')
    const before = await stored()
    const body = { access_token: 'ya29.fake-access-other', expires_in: 3600, refresh_token: '' }
    const host = 'oauth2.googleapis.com'
    simulator.faults.add({ host, times: 1, effect: { kind: 'reply', status: 200, body } })
    expect((await process().access(credential, context)).reveal()).toBe('ya29.fake-access-other')
    simulator.faults.add({ host, times: 1, effect: { kind: 'empty' } })
    await expect(process().access(credential, context)).rejects.toMatchObject({ code: 'unexpected_response' })
    expect(await stored()).toBe(before)
    expect((await process().access(credential, context)).reveal()).toMatch(/^ya29/)
  })

  it('ends with invalid_grant until another sign-in, and asks no more (C06)', async () => {
    const { process, credential, context, simulator, account } = await scene('antigravity')
    simulator.world.grants.revoke(account)
    const access = process()
    for (let round = 0; round < 3; round += 1) {
      await expect(access.access(credential, context)).rejects.toMatchObject({
        code: 'credential_revoked',
        hint: expect.stringContaining('tokstat login antigravity --replace'),
      })
    }
    expect(simulator.requests.all.filter((request) => request.host === 'oauth2.googleapis.com')).toHaveLength(1)
    access.keepOnly(new Set())
    await expect(access.access(credential, context)).rejects.toMatchObject({ code: 'credential_revoked' })
    expect(simulator.requests.all.filter((request) => request.host === 'oauth2.googleapis.com')).toHaveLength(2)
  })

  it('after a 401 refreshes once, and not again within a minute', async () => {
    const { process, credential, context } = await scene('antigravity')
    const access = process()
    const first = await access.access(credential, context)
    expect(await access.renew(credential, first, context)).toBeNull()
    const second = await access.renew(credential, first, later(context, 120_000))
    expect(second?.reveal()).not.toBe(first.reveal())
    expect((await access.access(credential, later(context, 120_000))).reveal()).toBe(second?.reveal())
  })
})

describe('a grant whose tokens are single-use', () => {
  it('is spent once at a time over processes, each reading what the one before saved (C02, C03)', async () => {
    const { process, credential, context, simulator, account, stored } = await scene('codex')
    const tokens = await Promise.all(Array.from({ length: 6 }, () => process().access(credential, context)))
    expect(new Set(tokens.map((token) => token.reveal())).size).toBe(6)
    expect(simulator.world.grants.events.map((event) => event.kind)).not.toContain('reused')
    expect(simulator.world.grants.refreshCount(account.id)).toBe(6)
    expect(await stored()).toBe(simulator.world.grants.session(account).refreshToken)
    expect((await process().access(credential, context)).reveal()).not.toBe('')
  })

  it.each(['lose-reply', 'invalid-json', 'cut'] as const)(
    'is never sent again when its reply was lost (%s), here or in another process, until a new sign-in (C04)',
    async (kind) => {
      const { process, credential, context, simulator, account, vault } = await scene('codex')
      const effect = kind === 'cut' ? { kind, afterBytes: 20 } : { kind }
      simulator.faults.add({ host: 'auth.openai.com', times: 1, effect })
      const access = process()
      await expect(access.access(credential, context)).rejects.toMatchObject({ name: 'QuotaError' })
      for (const other of [access, process(), process()]) {
        await expect(other.access(credential, context)).rejects.toMatchObject({
          code: 'credential_expired',
          hint: expect.stringContaining('tokstat login codex --replace'),
        })
      }
      expect(simulator.world.grants.refreshCount(account.id)).toBe(1)
      const again = new Secret(simulator.world.grants.signIn(account).refreshToken ?? '')
      const record = encodeRecord({ kind: 'grant', refreshToken: again, client: { id: 'fake-client', secret: null } })
      await vault.stores.of('keyring').set('ada work', record)
      expect((await process().access({ ...credential, fingerprint: 'new' }, context)).reveal()).not.toBe('')
      expect(simulator.world.grants.events.map((event) => event.kind)).not.toContain('reused')
    },
  )

  it.each([
    [429, 'rate_limited'],
    [503, 'upstream_unavailable'],
  ])('may be sent again after a %s, which is an answer', async (status, code) => {
    const { process, credential, context, simulator } = await scene('codex')
    simulator.faults.add({ host: 'auth.openai.com', times: 1, effect: { kind: 'reply', status, body: {} } })
    const access = process()
    await expect(access.access(credential, context)).rejects.toMatchObject({ code })
    expect((await access.access(credential, context)).reveal()).not.toBe('')
  })

  it('is not spent while it could not be saved (C05)', async () => {
    const { process, credential, context, simulator, vault, account } = await scene('codex')
    vault.keyring.entries.set = () => {
      throw new Error('locked')
    }
    await expect(process().access(credential, context)).rejects.toMatchObject({ code: 'credential_unreadable' })
    expect(simulator.requests.all).toEqual([])
    expect(simulator.world.grants.refreshCount(account.id)).toBe(0)
  })

  it('lives on in memory when saving fails after all, keeps others off, and is saved at the next chance (C05)', async () => {
    const { process, credential, context, simulator, vault, stored, account } = await scene('codex')
    const set = vault.keyring.entries.set.bind(vault.keyring.entries)
    let writes = 0
    vault.keyring.entries.set = (key, value) => {
      writes += 1
      if (writes === 2) throw new Error('locked')
      return set(key, value)
    }
    const access = process()
    const before = await stored()
    const first = await access.access(credential, context)
    expect(await stored()).toBe(before)
    await expect(process().access(credential, context)).rejects.toMatchObject({ code: 'credential_expired' })
    const muchLater = later(context, 30 * 86_400_000)
    expect((await access.access(credential, muchLater)).reveal()).not.toBe(first.reveal())
    expect(await stored()).toBe(simulator.world.grants.session(account).refreshToken)
    expect(simulator.world.grants.events.map((event) => event.kind)).not.toContain('reused')
  })

  it('stays removed when it is removed while it is refreshed (C28)', async () => {
    const { process, credential, context, simulator, vault, stored } = await scene('codex')
    simulator.faults.add({ host: 'auth.openai.com', delayMs: 100, effect: { kind: 'delay' } })
    const refresh = process().access(credential, context)
    while (simulator.requests.all.length === 0) await new Promise((resolve) => setImmediate(resolve))
    vault.keyring.entries.delete('ada work')
    await refresh
    expect(await stored()).toBeNull()
  })

  it('leaves no lock and no note behind, and nowhere a secret in plain', async () => {
    const vault = testVault({ key: WITH_PASSPHRASE })
    const { process, credential, context, simulator } = await scene('codex', vault)
    await process().access(credential, context)
    expect(await readdir(join(vault.stateFolder, 'grants'))).toEqual([])
    simulator.faults.add({ host: 'auth.openai.com', times: 1, effect: { kind: 'lose-reply' } })
    await process()
      .access(credential, context)
      .catch(() => undefined)
    expect(await readdir(join(vault.stateFolder, 'grants'))).toEqual([expect.stringMatching(/\.json$/)])
    expect(await scanForCanaries({ folders: [vault.home] }, simulator.world.secrets())).toEqual([])
  })
})

describe('what a store has for an account', () => {
  it('is used as it is for keys and tokens, the older tokstat’s too', async () => {
    const { process, credential, context, vault } = await scene('antigravity')
    const put = (text: string) => vault.keyring.entries.set('ada work', text)
    const access = process()
    put('{"api_key":"sk-fake-key"}')
    const key = await access.access(credential, context)
    expect(key.reveal()).toBe('sk-fake-key')
    expect(await access.renew(credential, key, context)).toBeNull()
    put('{"access_token":"gho_fake","refresh_token":"","expires_at":"2020-01-01T00:00:00Z"}')
    expect((await access.renew(credential, key, context))?.reveal()).toBe('gho_fake')
    expect((await access.access(credential, context)).reveal()).toBe('gho_fake')
  })

  it.each([
    [null, 'signed_out'],
    ['', 'credential_unreadable'],
    ['not json', 'credential_unreadable'],
    ['{"mcpOAuth":{}}', 'credential_unreadable'],
    ['{"refresh_token":"1//fake-refresh"}', 'client_missing'],
  ])('may be missing or another program’s: %j (C26)', async (text, code) => {
    const { process, credential, context, vault, simulator } = await scene('antigravity')
    vault.keyring.entries.clear()
    if (text !== null) vault.keyring.entries.set('ada work', text)
    await expect(process().access(credential, context)).rejects.toMatchObject({ name: 'QuotaError', code })
    expect(simulator.requests.all).toEqual([])
  })

  it('may be out of reach (C25)', async () => {
    const { process, credential, context, vault } = await scene('antigravity')
    vault.keyring.fault = async () => Promise.reject(new Error('the collection is locked'))
    await expect(process().access(credential, context)).rejects.toMatchObject({
      code: 'credential_unreadable',
      message: 'The keyring of this system is locked.',
      hint: 'Unlock it, then try again.',
    })
  })

  it('is written and read in one form', () => {
    for (const record of [
      { kind: 'api-key', apiKey: new Secret('a') },
      { kind: 'token', accessToken: new Secret('b') },
      { kind: 'grant', refreshToken: new Secret('c'), client: null },
      { kind: 'grant', refreshToken: new Secret('c'), client: { id: 'd', secret: null } },
    ] as const) {
      expect(encodeRecord(decodeRecord(encodeRecord(record)) ?? record).reveal()).toBe(encodeRecord(record).reveal())
      expect(String(encodeRecord(record))).toBe('[secret]')
    }
  })
})
