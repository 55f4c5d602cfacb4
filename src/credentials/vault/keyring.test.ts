import { execFile, execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { scanForCanaries } from '../../../test/helpers/canary.ts'
import { fakeClock } from '../../../test/helpers/fake-clock.ts'
import { Secret } from '../../model/secret.ts'
import { createKeyring } from './keyring.ts'
import { fakeKeyring, temporaryFolder } from './testing.ts'

const SECRET = 'fake-keyring-secret-ada-0123456789'

describe('the keyring', () => {
  it('keeps secrets under service tokstat, pinned to Secret Service, and is not loaded before it is used', async () => {
    const fake = fakeKeyring()
    let loads = 0
    const { clock } = fakeClock()
    const store = createKeyring({
      clock,
      load: () => {
        loads += 1
        return fake.load()
      },
    })
    expect(loads).toBe(0)
    expect(await store.get('ada')).toBeNull()
    await store.set('ada', new Secret(SECRET))
    expect((await store.get('ada'))?.reveal()).toBe(SECRET)
    expect([await store.delete('ada'), await store.delete('ada')]).toEqual([true, false])
    expect(loads).toBe(1)
    expect(new Set(fake.opened)).toEqual(new Set(['tokstat/ada@secret-service']))
  })

  it('gives up after 5 s, and does not pile up calls for a minute after that (C25)', async () => {
    const fake = fakeKeyring()
    const time = fakeClock()
    const store = createKeyring({ clock: time.clock, load: fake.load })
    fake.fault = () => new Promise(() => {})
    const slow = store.get('ada').catch((error: unknown) => error)
    await time.advance(4_999)
    await time.advance(1)
    expect(await slow).toMatchObject({ name: 'VaultError', message: expect.stringContaining('5 s') })
    const calls = fake.opened.length
    await expect(store.get('ada')).rejects.toThrow('5 s')
    expect(fake.opened).toHaveLength(calls)
    fake.fault = null
    await time.advance(60_000)
    expect(await store.get('ada')).toBeNull()
    expect(time.pending()).toBe(0)
  })

  it('says when this installation has no keyring at all, as the single executable has none', async () => {
    const load = async () =>
      Promise.reject(Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' }))
    const store = createKeyring({ clock: fakeClock().clock, load })
    await expect(store.get('ada')).rejects.toMatchObject({
      name: 'VaultError',
      message: 'This installation of tokstat cannot use the keyring of the system.',
      hint: expect.stringContaining('npm'),
    })
  })

  it.each([
    ["Couldn't access platform secure storage: the unlock prompt was dismissed", 'is locked'],
    ['D-Bus error: org.freedesktop.Secrets was not provided', 'no keyring that works'],
  ])('says what %j means', async (text, meaning) => {
    const fake = fakeKeyring()
    fake.fault = async () => Promise.reject(new Error(text))
    const store = createKeyring({ clock: fakeClock().clock, load: fake.load })
    await expect(store.set('ada', new Secret(SECRET))).rejects.toThrow(meaning)
    await expect(store.set('ada', new Secret(SECRET))).rejects.not.toThrow(SECRET)
  })
})

const TOOLS = ['dbus-run-session', 'gnome-keyring-daemon', 'secret-tool']
const INSTALL = 'apt-get install -y --no-install-recommends dbus gnome-keyring libsecret-tools'
const missing = process.platform === 'linux' ? TOOLS.filter((tool) => !isInstalled(tool)) : TOOLS
const inCi = process.env['CI'] === 'true' && process.platform === 'linux'

function isInstalled(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Uses the real store in a process of its own: the bus of the session is found through its environment. */
const PROGRAM = (module: string, clock: string, secret: string): string => `
import { createKeyring } from ${JSON.stringify(module)}
import { systemClock } from ${JSON.stringify(clock)}
import { Secret } from ${JSON.stringify(secret)}
const store = createKeyring({ clock: systemClock() })
const report = []
const name = 'fake account'
try {
  report.push(await store.get(name))
  await store.set(name, new Secret(${JSON.stringify(SECRET)}))
  report.push((await store.get(name)).reveal() === ${JSON.stringify(SECRET)})
  if (process.argv[2] === 'delete') report.push(await store.delete(name), await store.get(name))
} catch (error) {
  report.push(error.name + ': ' + error.message)
}
console.log(JSON.stringify(report))
`

describe.skipIf(missing.length > 0 && !inCi)(`a real keyring (else: ${INSTALL})`, () => {
  async function session(script: string): Promise<string> {
    const home = temporaryFolder()
    const program = join(home, 'program.ts')
    const at = (path: string): string => join(import.meta.dirname, path)
    await writeFile(program, PROGRAM(at('keyring.ts'), at('../../platform/clock.ts'), at('../../model/secret.ts')))
    const { stdout } = await promisify(execFile)(
      'dbus-run-session',
      ['--', 'bash', '-c', script.replaceAll('PROGRAM', `'${process.execPath}' '${program}'`)],
      { env: { PATH: process.env['PATH'] ?? '', HOME: home, XDG_RUNTIME_DIR: home }, timeout: 60_000 },
    )
    // The program itself holds the secret in plain: it must be out of the way before the home is looked through.
    await writeFile(program, '')
    expect(await scanForCanaries({ folders: [home] }, [SECRET])).toEqual([])
    return stdout
  }

  const UNLOCK = 'printf "pw\\n" | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1'

  it('stores, returns and deletes; secret-tool sees it as service tokstat', async () => {
    const lookup = 'secret-tool lookup service tokstat username "fake account"'
    const lines = (
      await session(`${UNLOCK}; PROGRAM keep; ${lookup}; echo; PROGRAM delete; ${lookup} || echo gone`)
    ).split('\n')
    expect(lines.filter((line) => line !== '')).toEqual([
      '[null,true]',
      SECRET,
      expect.stringMatching(/^\[.*true,null\]$/),
      'gone',
    ])
  })

  it('without a keyring says so at once, and nothing lands in the kernel keyring instead', async () => {
    const started = performance.now()
    const out = await session('PROGRAM keep')
    expect(out).toMatch(/VaultError: (There is no keyring that works here|The keyring of this system)/)
    expect(performance.now() - started).toBeLessThan(30_000)
  })
})
