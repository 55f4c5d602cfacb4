import { spawnSync } from 'node:child_process'
import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as age from 'age-encryption'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scanForCanaries } from '../../../test/helpers/canary.ts'
import { Secret } from '../../model/secret.ts'
import { createVaultFile } from './file.ts'
import { SYSTEMD_CREDENTIAL } from './key.ts'
import { passphraseIdentity, passphraseRecipient } from './scrypt.ts'
import { NO_KEY, temporaryFolder, vaultFileOptions, vaultPorts, WITH_PASSPHRASE } from './testing.ts'

const SECRET = new Secret('{"api_key":"sk-or-v1-fake-key-ada-1"}')
const CANARIES = ['sk-or-v1-fake-key-ada-1', 'fake-passphrase-ada', 'AGE-SECRET-KEY-1']

async function keyFile(home: string, mode = 0o600): Promise<string> {
  const path = join(home, 'identity.txt')
  await writeFile(path, `# created: 2026\n# public key: age1fake\n${await age.generateX25519Identity()}\n`, { mode })
  await chmod(path, mode)
  return path
}

describe('the vault file', () => {
  it('opens with a passphrase: the key lies sealed beside it, both 0600 in 0700, nothing readable in them (L11)', async () => {
    const home = temporaryFolder()
    const options = vaultFileOptions(home, WITH_PASSPHRASE)
    const first = createVaultFile(options)
    expect(await first.get('ada')).toBeNull()
    await first.set('ada', SECRET)
    await first.set('__proto__', new Secret('another'))
    const again = createVaultFile(vaultFileOptions(home, WITH_PASSPHRASE))
    expect((await again.get('ada'))?.reveal()).toBe(SECRET.reveal())
    expect((await again.get('__proto__'))?.reveal()).toBe('another')
    expect(await again.get('constructor')).toBeNull()
    for (const path of [options.path, options.sealedKeyPath]) expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(home, 'config'))).mode & 0o777).toBe(0o700)
    expect(await scanForCanaries({ folders: [home] }, CANARIES)).toEqual([])
    expect([await again.delete('ada'), await again.delete('ada'), await again.get('ada')]).toEqual([true, false, null])
  })

  it('opens with an identity file as age-keygen writes it, and with a systemd credential', async () => {
    const home = temporaryFolder()
    const path = await keyFile(home)
    await createVaultFile(vaultFileOptions(home, { ...NO_KEY, keyFile: path })).set('ada', SECRET)
    const credentials = join(home, 'credentials')
    await mkdir(credentials)
    await writeFile(join(credentials, SYSTEMD_CREDENTIAL), await readFile(path), { mode: 0o440 })
    const options = { ...NO_KEY, credentialsDirectory: credentials }
    const store = createVaultFile(vaultFileOptions(home, options, vaultPorts(undefined, credentials)))
    expect((await store.get('ada'))?.reveal()).toBe(SECRET.reveal())
  })

  it('says that a passphrase, a key or a file is the wrong one, and recovers when it is put right', async () => {
    const home = temporaryFolder()
    const options = vaultFileOptions(home, WITH_PASSPHRASE)
    await createVaultFile(options).set('ada', SECRET)
    const wrong = createVaultFile(vaultFileOptions(home, { ...NO_KEY, passphrase: new Secret('other') }))
    await expect(wrong.get('ada')).rejects.toThrow('The passphrase does not open')
    await expect(wrong.set('bob', SECRET)).rejects.toThrow('The passphrase does not open')
    const otherKey = createVaultFile(vaultFileOptions(home, { ...NO_KEY, keyFile: await keyFile(home) }))
    await expect(otherKey.get('ada')).rejects.toThrow('The key does not open')
    const store = createVaultFile(options)
    const whole = await readFile(options.path, 'utf8')
    for (const damage of [
      '',
      'x',
      whole.slice(0, 200),
      whole.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA'),
    ]) {
      await writeFile(options.path, damage)
      await expect(store.get('ada')).rejects.toMatchObject({ name: 'VaultError' })
      await expect(store.set('bob', SECRET)).rejects.toMatchObject({ name: 'VaultError' })
      expect(await readFile(options.path, 'utf8')).toBe(damage)
    }
    await writeFile(options.path, whole)
    expect((await store.get('ada'))?.reveal()).toBe(SECRET.reveal())
  })

  it('never makes another key for a vault whose key is gone', async () => {
    const home = temporaryFolder()
    const options = vaultFileOptions(home, WITH_PASSPHRASE)
    await createVaultFile(options).set('ada', SECRET)
    await writeFile(options.sealedKeyPath, '')
    await expect(createVaultFile(options).set('ada', SECRET)).rejects.toThrow('damaged')
    spawnSync('rm', [options.sealedKeyPath])
    await expect(createVaultFile(options).set('ada', SECRET)).rejects.toThrow('is not there')
    await expect(createVaultFile(options).get('ada')).rejects.toThrow('is not there')
  })

  it('refuses files that others may read, links, and what is not there (C18, C19)', async () => {
    const home = temporaryFolder()
    const options = vaultFileOptions(home, WITH_PASSPHRASE)
    await createVaultFile(options).set('ada', SECRET)
    for (const path of [options.path, options.sealedKeyPath]) {
      await chmod(path, 0o644)
      await expect(createVaultFile(options).get('ada')).rejects.toThrow(`Other users may read ${path} (mode 0644)`)
      await chmod(path, 0o600)
    }
    const wide = await keyFile(home, 0o640)
    const withKey = (path: string) => createVaultFile(vaultFileOptions(home, { ...NO_KEY, keyFile: path })).get('ada')
    await expect(withKey(wide)).rejects.toThrow('mode 0640')
    await chmod(wide, 0o600)
    const link = join(home, 'link')
    await symlink(wide, link)
    await expect(withKey(link)).rejects.toThrow('symbolic link')
    await expect(withKey(join(home, 'nothing'))).rejects.toThrow('is not there')
    await expect(withKey(home)).rejects.toThrow('not a regular file')
    const empty = join(home, 'empty')
    await writeFile(empty, '# nothing\n', { mode: 0o600 })
    await expect(withKey(empty)).rejects.toThrow('holds no age identity')
  })

  it.skipIf(process.getuid?.() !== 0)('refuses a file of another user (needs root to make one)', async () => {
    const home = temporaryFolder()
    const path = await keyFile(home)
    spawnSync('chown', ['12345', path])
    const store = createVaultFile(vaultFileOptions(home, { ...NO_KEY, keyFile: path }))
    await expect(store.set('ada', SECRET)).rejects.toThrow('another user (uid 12345)')
  })

  it('loses no secret when many write at once', async () => {
    const home = temporaryFolder()
    const options = vaultFileOptions(home, { ...NO_KEY, keyFile: await keyFile(home) })
    const names = Array.from({ length: 8 }, (_, index) => `account ${index}`)
    await Promise.all(names.map((name) => createVaultFile(options).set(name, new Secret(`secret of ${name}`))))
    const store = createVaultFile(options)
    for (const name of names) expect((await store.get(name))?.reveal()).toBe(`secret of ${name}`)
  })

  it('takes the passphrase from a file, without its line break', async () => {
    const home = temporaryFolder()
    await createVaultFile(vaultFileOptions(home, WITH_PASSPHRASE)).set('ada', SECRET)
    const passphraseFile = join(home, 'passphrase')
    await writeFile(passphraseFile, 'fake-passphrase-ada\n', { mode: 0o600 })
    const store = createVaultFile(vaultFileOptions(home, { ...NO_KEY, passphraseFile }))
    expect((await store.get('ada'))?.reveal()).toBe(SECRET.reveal())
    const nothing = createVaultFile(vaultFileOptions(home, NO_KEY))
    await expect(nothing.get('ada')).rejects.toThrow('nothing to open the vault file with')
  })
})

describe('the passphrase header', () => {
  const seal = async (recipient: age.Recipient | string, text: string): Promise<Uint8Array> => {
    const encrypter = new age.Encrypter()
    if (typeof recipient === 'string') {
      encrypter.setScryptWorkFactor(12)
      encrypter.setPassphrase(recipient)
    } else encrypter.addRecipient(recipient)
    return encrypter.encrypt(text)
  }

  it('is age’s own: what we seal the library opens, and the other way round', async () => {
    const ours = new age.Decrypter()
    ours.addIdentity(passphraseIdentity('fake passphrase'))
    expect(await ours.decrypt(await seal('fake passphrase', 'hello'), 'text')).toBe('hello')
    const theirs = new age.Decrypter()
    theirs.addPassphrase('fake passphrase')
    expect(await theirs.decrypt(await seal(passphraseRecipient('fake passphrase', age), 'hello'), 'text')).toBe('hello')
  })

  it('is worked on off the main thread', async () => {
    let ticks = 0
    const timer = setInterval(() => {
      ticks += 1
    }, 2)
    await seal(passphraseRecipient('fake passphrase', age), 'hello')
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(3)
  })

  it('refuses a work factor that would take gigabytes, and headers that are none', async () => {
    const identity = passphraseIdentity('fake passphrase')
    const salt = Buffer.alloc(16).toString('base64').replace(/=+$/, '')
    const stanza = (work: string, body = 32) => new age.Stanza(['scrypt', salt, work], new Uint8Array(body))
    for (const bad of [stanza('21'), stanza('30'), stanza('0'), stanza('-1'), stanza('1e1'), stanza('15', 31)]) {
      await expect(async () => identity.unwrapFileKey([bad])).rejects.toThrow('header')
    }
    await expect(async () => identity.unwrapFileKey([stanza('2'), stanza('2')])).rejects.toThrow('header')
    expect(await identity.unwrapFileKey([new age.Stanza(['X25519', 'x'], new Uint8Array(32))])).toBeNull()
    expect(await identity.unwrapFileKey([])).toBeNull()
    expect(await identity.unwrapFileKey([stanza('2')])).toBeNull()
  })

  it('gives nothing but null or its own error for any bytes', async () => {
    const identity = passphraseIdentity('fake passphrase')
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string(), { maxLength: 4 }),
        fc.uint8Array({ maxLength: 40 }),
        async (args, body) => {
          const result = await Promise.resolve(
            identity.unwrapFileKey([new age.Stanza(['scrypt', ...args], body)]),
          ).catch((error: Error) => error.message)
          expect([null, 'a passphrase header that age would not write']).toContain(result)
        },
      ),
      { numRuns: 50 },
    )
  })
})
