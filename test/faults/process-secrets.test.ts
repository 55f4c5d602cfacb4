import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/cli/registry.ts'
import { createWorld } from '../../src/simulator/world.ts'
import { scanForCanaries } from '../helpers/canary.ts'
import { createMachine, type Machine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'

const ENTRY = join(import.meta.dirname, '../../bin/tokstat.mjs')
const KEY = 'sk-or-v1-fake-key-of-a-person'
let machine: Machine

afterEach(async () => {
  await stopPrograms()
  await machine?.remove()
})

describe('what other programs of this machine can see of us', () => {
  it('L04 no option of any command takes a secret: a file, or a pipe', async () => {
    const options = await Promise.all(COMMANDS.map(async ({ load }) => (await load()).options ?? []))
    const flags = options.flat().map((option) => option.flags)
    expect(flags.length).toBeGreaterThan(30)
    const secret = flags.filter((flag) => /token|key|secret|pass/i.test(flag) && flag.includes('<'))
    for (const flag of secret) expect(flag).toMatch(/<file>$|^--keychain-service <name>$/)
    expect(flags).toContain('--key-stdin')
  })

  it.runIf(process.platform === 'linux')('L09 the program of the keyring gets no key and no passphrase', async () => {
    const world = createWorld({ seed: 7, accounts: { antigravity: 1 } })
    machine = await createMachine({ world })
    const [bin, seen] = [machine.path('bin'), machine.path('seen')]
    await mkdir(bin)
    await writeFile(join(bin, 'secret-tool'), `#!/bin/sh\n/usr/bin/env > '${seen}'\n`, { mode: 0o755 })
    const secrets = { OPENROUTER_API_KEY: KEY, TOKSTAT_PASSPHRASE: 'a fake passphrase', GOOGLE_CLIENT_SECRET: 'fake' }
    await machine.run(['list'], { ...secrets, PATH: `${bin}:/usr/bin:/bin`, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/x' })
    const environment = await readFile(seen, 'utf8')
    expect(environment).toContain('DBUS_SESSION_BUS_ADDRESS=unix:path=/x')
    for (const name of Object.keys(secrets)) expect(environment).not.toContain(`${name}=`)
  })

  it.runIf(existsSync('/proc/self/cmdline'))('L04 a daemon and a login show no secret in their arguments', async () => {
    const world = createWorld({ seed: 7, accounts: { antigravity: 2 } })
    machine = await createMachine({ world })
    const passphrase = machine.path('passphrase')
    await writeFile(passphrase, 'a fake passphrase that is long', { mode: 0o600 })
    const daemon = await machine.serve()
    await daemon.whenAccounts('both are read', (all) => all.length === 2 && all.every((one) => one.status === 'ok'))
    const login = spawn(process.execPath, [ENTRY, 'login', 'openrouter', '--key-stdin'], {
      cwd: machine.home,
      env: { ...machine.env, TOKSTAT_PASSPHRASE_FILE: passphrase },
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    let said = ''
    login.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    // The end of the pipe is what it waits for: it runs for as long as we look.
    login.stdin.write(KEY)
    const texts = {
      daemon: await of(daemon.program.pid, 'cmdline'),
      'environment of the daemon': await of(daemon.program.pid, 'environ'),
      login: await of(login.pid ?? 0, 'cmdline'),
      'environment of the login': await of(login.pid ?? 0, 'environ'),
    }
    expect(texts.daemon).toContain('serve')
    expect(texts.login).toContain('openrouter --key-stdin')
    login.stdin.end()
    await once(login, 'close')
    expect(said).not.toContain(KEY)
    expect(await scanForCanaries({ texts }, [KEY, 'a fake passphrase that is long', ...world.secrets()])).toEqual([])
  })
})

async function of(pid: number, name: 'cmdline' | 'environ'): Promise<string> {
  return (await readFile(`/proc/${pid}/${name}`, 'utf8')).replaceAll('\0', ' ')
}

describe('a machine whose zone is none', () => {
  it.each(['Garbage', 'Mars/Base', ':/no/such/file', ''])('T16 TZ=%j: it starts, lists and serves', async (TZ) => {
    const world = createWorld({ seed: 7, accounts: { antigravity: 1 } })
    machine = await createMachine({ world })
    const list = await machine.run(['list'], { TZ })
    expect(list.stderr).not.toMatch(/RangeError|Invalid time zone/i)
    expect(list.code).toBe(0)
    expect(list.stdout).toMatch(/\d+% /)
    const daemon = await machine.serve([], { TZ })
    expect((await daemon.get('/healthz')).status).toBe(200)
    expect((await daemon.get('/metrics')).status).toBe(200)
  })
})
