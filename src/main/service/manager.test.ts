import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { ServiceOptions } from '../../model/deploy.ts'
import { machinePorts } from './machine.ts'
import { type Caller, installService, type ServicePorts, serviceState, uninstallService } from './manager.ts'

const ROOT: Caller = {
  platform: 'linux',
  uid: 0,
  user: 'root',
  home: '/root',
  sudoUser: 'ada',
  homeOf: async (user) => (user === 'ada' ? '/home/ada' : null),
  node: '/opt/node/bin/node',
  entry: '/opt/tokstat/bin/tokstat.mjs',
}
const ADA: Caller = { ...ROOT, uid: 1000, user: 'ada', home: '/home/ada', sudoUser: null }
const UNITS = ['tokstat-watchdog.service', 'tokstat-watchdog.timer', 'tokstat.service']

function optionsOf(more: Partial<ServiceOptions> = {}): ServiceOptions {
  return { scope: null, root: null, runAs: null, folder: null, vaultKey: null, dryRun: false, ...more }
}

function fakeRoot(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokstat-root-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface Recorded {
  readonly ports: ServicePorts
  readonly lines: string[]
  readonly files: Map<string, string>
}

/** A machine in memory; `answers` by the beginning of a command line, else success. */
function recorded(answers: Readonly<Record<string, { code: number | null; output: string }>> = {}): Recorded {
  const lines: string[] = []
  const files = new Map<string, string>()
  const ports: ServicePorts = {
    write: async (path, text) => void files.set(path, text),
    link: async (path, to) => void files.set(path, to),
    remove: async (path) => files.delete(path),
    removeEmpty: async () => undefined,
    isBooted: async () => true,
    run: async (command, args) => {
      const line = [command, ...args].join(' ')
      lines.push(line)
      const found = Object.keys(answers).find((start) => line.startsWith(start))
      return (found === undefined ? undefined : answers[found]) ?? { code: 0, output: '' }
    },
  }
  return { ports, lines, files }
}

/** Everything below a folder that is not a folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !lstatSync(join(folder, name)).isDirectory())
    .sort()
}

describe('installing below another root', () => {
  it('writes the units with mode 0644 and the links of an enabled service, and starts nothing (F18)', async () => {
    const root = fakeRoot()
    const { ports, lines } = recorded()
    const change = await installService(optionsOf({ root, folder: '/opt/tokstat' }), ROOT, {
      ...machinePorts,
      run: ports.run,
    })
    const units = join(root, 'etc/systemd/system')
    for (const name of UNITS) expect(statSync(join(units, name)).mode & 0o777, name).toBe(0o644)
    expect(readlinkSync(join(units, 'antigravity-metrics-server.service'))).toBe('tokstat.service')
    const wanted = join(units, 'multi-user.target.wants/tokstat.service')
    expect(readFileSync(wanted, 'utf8'), 'the link leads to the unit').toMatch(/^User=ada$/m)
    expect(readFileSync(join(units, 'tokstat.service.wants/tokstat-watchdog.timer'), 'utf8')).toContain('[Timer]')
    expect(lines).toEqual([])
    expect(change.notes.join()).toContain('Nothing was started')
  })

  it('needs no root of this machine', async () => {
    const root = fakeRoot()
    await installService(optionsOf({ scope: 'system', root }), ADA, machinePorts)
    expect(filesBelow(root)).toHaveLength(6)
  })

  it('is undone by an uninstall, which leaves what it has not written', async () => {
    const root = fakeRoot()
    const units = join(root, 'etc/systemd/system')
    const data = join(root, 'home/ada/.local/share/tokstat')
    for (const folder of [join(units, 'multi-user.target.wants'), data]) mkdirSync(folder, { recursive: true })
    writeFileSync(join(units, 'multi-user.target.wants/cron.service'), '')
    writeFileSync(join(data, 'history.db'), 'a history')
    const before = filesBelow(root)
    await installService(optionsOf({ root }), ROOT, machinePorts)
    expect(filesBelow(root).length).toBe(before.length + 6)
    const change = await uninstallService(optionsOf({ root }), ROOT, machinePorts)
    expect(filesBelow(root)).toEqual(before)
    expect(change.done).toHaveLength(6)
    expect(change.notes.join()).toContain('/home/ada/.local/share/tokstat')
    expect((await uninstallService(optionsOf({ root }), ROOT, machinePorts)).done).toEqual([])
  })
})

describe('installing on this machine', () => {
  it('takes the system for root, as who called sudo, enabled and started at once', async () => {
    const { ports, lines, files } = recorded()
    const change = await installService(optionsOf(), ROOT, ports)
    expect([...files.keys()].sort()).toEqual(UNITS.map((name) => `/etc/systemd/system/${name}`))
    expect(lines).toEqual([
      'systemctl daemon-reload',
      'systemctl enable tokstat.service tokstat-watchdog.timer',
      'systemctl restart tokstat.service tokstat-watchdog.timer',
    ])
    expect(change.notes).toContain('See it with: systemctl status antigravity-metrics-server')
    expect(change.notes.join()).not.toContain('runs as root')
  })

  it('takes the own units for anybody else', async () => {
    const { ports, lines, files } = recorded()
    await installService(optionsOf(), ADA, ports)
    expect([...files.keys()][0]).toBe('/home/ada/.config/systemd/user/tokstat.service')
    expect(lines.every((line) => line.startsWith('systemctl --user '))).toBe(true)
  })

  it('refuses the system to anybody but root, in one sentence and with exit code 1', async () => {
    const { ports, files } = recorded()
    const refused = installService(optionsOf({ scope: 'system' }), ADA, ports)
    await expect(refused).rejects.toMatchObject({ exitCode: 1, hint: expect.stringContaining('sudo') })
    expect(files.size).toBe(0)
  })

  it('says it when it would run as root', async () => {
    const { ports } = recorded()
    const change = await installService(optionsOf(), { ...ROOT, sudoUser: null }, ports)
    expect(change.notes.join()).toContain('It runs as root.')
  })

  it('refuses a user that does not exist, and names that would be more than a name', async () => {
    const { ports, files } = recorded()
    await expect(installService(optionsOf({ runAs: 'nobody-here' }), ROOT, ports)).rejects.toMatchObject({
      exitCode: 4,
    })
    for (const bad of [{ folder: 'relative' }, { folder: '/a\nUser=root' }, { vaultKey: '/k\nExecStart=/bin/sh' }]) {
      await expect(installService(optionsOf(bad), ROOT, ports), JSON.stringify(bad)).rejects.toMatchObject({
        exitCode: 4,
      })
    }
    const odd = { ...ROOT, sudoUser: 'a b', homeOf: async () => '/home/a' }
    await expect(installService(optionsOf(), odd, ports)).rejects.toMatchObject({ exitCode: 4 })
    expect(files.size).toBe(0)
  })

  it('writes nothing when it is only to be shown', async () => {
    const { ports, lines, files } = recorded()
    const change = await installService(optionsOf({ dryRun: true, scope: 'system' }), ADA, ports)
    expect(change.files.map(({ path }) => path).sort()).toEqual(UNITS.map((name) => `/etc/systemd/system/${name}`))
    expect([lines, files.size]).toEqual([[], 0])
  })

  it('enables without starting where systemd does not run: in a chroot, in an image', async () => {
    const { ports, lines, files } = recorded()
    const asleep = { ...ports, isBooted: async () => false }
    const change = await installService(optionsOf(), ROOT, asleep)
    expect(files.get('/etc/systemd/system/antigravity-metrics-server.service')).toBe('tokstat.service')
    expect(change.notes).toEqual(['Nothing was started: systemd does not run here.'])
    await uninstallService(optionsOf(), ROOT, asleep)
    expect([lines, files.size]).toEqual([[], 0])
  })

  it('says what the service manager said when it refuses', async () => {
    const { ports } = recorded({ 'systemctl restart': { code: 1, output: 'Job for tokstat.service failed.\nmore' } })
    await expect(installService(optionsOf(), ROOT, ports)).rejects.toMatchObject({
      exitCode: 1,
      message: 'systemctl restart tokstat.service tokstat-watchdog.timer failed: Job for tokstat.service failed.',
    })
  })

  it('is undone by an uninstall, also where the service was gone already', async () => {
    const { ports, lines, files } = recorded({ 'systemctl disable': { code: 1, output: 'Unit does not exist' } })
    await installService(optionsOf(), ROOT, ports)
    await uninstallService(optionsOf(), ROOT, ports)
    expect(files.size).toBe(0)
    expect(lines.slice(-2)).toEqual([
      'systemctl disable --now tokstat-watchdog.timer tokstat.service',
      'systemctl daemon-reload',
    ])
  })
})

describe('programs of the system', () => {
  it('get no key of ours (L09)', async () => {
    vi.stubEnv('TOKSTAT_PASSPHRASE', 'a fake passphrase')
    vi.stubEnv('XDG_RUNTIME_DIR', '/run/user/1')
    onTestFinished(() => {
      vi.unstubAllEnvs()
    })
    const { output } = await machinePorts.run('env', [])
    expect(output).toContain('XDG_RUNTIME_DIR=/run/user/1')
    expect(output).not.toContain('TOKSTAT_PASSPHRASE')
  })
})

describe('the single executable', () => {
  it('is the whole command line of its service: there is no script beside it', async () => {
    const exe = { ...ROOT, node: '/usr/local/bin/tokstat', entry: null }
    const linux = recorded()
    await installService(optionsOf(), exe, linux.ports)
    const unit = [...linux.files].find(([path]) => path.endsWith('/tokstat.service'))?.[1]
    expect(unit).toContain('ExecStart=/usr/local/bin/tokstat serve\n')
    const mac = recorded()
    await installService(
      optionsOf(),
      { ...exe, platform: 'darwin', uid: 501, user: 'ada', home: '/Users/ada' },
      mac.ports,
    )
    expect([...mac.files.values()].join('')).toContain(
      '    <string>/usr/local/bin/tokstat</string>\n    <string>serve</string>\n  </array>',
    )
    const windows = recorded()
    const program = 'C:\\tokstat.exe'
    await installService(
      optionsOf(),
      { ...exe, platform: 'win32', uid: null, home: 'C:\\Users\\ada', node: program },
      windows.ports,
    )
    expect([...windows.files.values()].join('')).toContain('<Arguments>serve</Arguments>')
  })
})

describe('other systems', () => {
  const MAC: Caller = { ...ADA, platform: 'darwin', uid: 501, home: '/Users/ada', entry: '/Users/ada/R&D/tokstat.mjs' }
  const WINDOWS: Caller = {
    ...ADA,
    platform: 'win32',
    uid: null,
    home: 'C:\\Users\\ada',
    node: 'C:\\node.exe',
    entry: 'C:\\Program Files\\tokstat\\bin\\tokstat.mjs',
  }

  it('a user of macOS without a number is never taken for root', async () => {
    const { ports, lines } = recorded()
    await expect(installService(optionsOf(), { ...MAC, uid: null }, ports)).rejects.toThrow('no user number')
    expect(lines.filter((line) => line.includes('gui/'))).toEqual([])
  })

  it('macOS gets an agent of the user, started again after a failure', async () => {
    const { ports, lines, files } = recorded()
    await installService(optionsOf(), MAC, ports)
    const text = files.get('/Users/ada/Library/LaunchAgents/tokstat.plist') ?? ''
    expect(text).toContain('<string>/Users/ada/R&amp;D/tokstat.mjs</string>')
    expect(text).toContain('<key>SuccessfulExit</key>\n    <false/>')
    expect(lines).toEqual([
      'launchctl bootout gui/501/tokstat',
      'launchctl bootstrap gui/501 /Users/ada/Library/LaunchAgents/tokstat.plist',
    ])
    await uninstallService(optionsOf(), MAC, ports)
    expect(files.size).toBe(0)
    await expect(installService(optionsOf({ scope: 'system' }), MAC, ports)).rejects.toMatchObject({ exitCode: 4 })
  })

  describe('the agent of macOS', () => {
    /** What launchd would run, with a program that ends as `script` says. */
    async function agent(script: string): Promise<ChildProcess> {
      const { ports, files } = recorded()
      await installService(optionsOf(), { ...MAC, node: process.execPath, entry: '/e.mjs' }, ports)
      const [, list = ''] = /<array>([\s\S]*?)<\/array>/.exec([...files.values()].join('')) ?? []
      const words = [...list.matchAll(/<string>([\s\S]*?)<\/string>/g)].map(([, word = '']) =>
        word.replaceAll('&quot;', '"').replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&'),
      )
      expect(words.slice(-3)).toEqual([process.execPath, '/e.mjs', 'serve'])
      const [program = '', ...args] = [...words.slice(0, -2), '-e', script]
      return spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: '/usr/bin:/bin' } })
    }
    const codeOf = async (child: ChildProcess): Promise<unknown> => (await once(child, 'close'))[0]

    it.each([
      ['ends as the program does', 1, 1],
      ['ends well as the program does', 0, 0],
      ['ends well with settings that cannot be used, which do not get better by trying again', 4, 0],
    ])('%s', async (_what, code, seen) => {
      expect(await codeOf(await agent(`process.exit(${code})`))).toBe(seen)
    })

    it('hands a stop on, and waits until the program has ended in its own way', async () => {
      const script = `process.on('SIGTERM', () => setTimeout(() => { console.log('done'); process.exit(0) }, 50))
        setInterval(() => undefined, 1000); console.log('up')`
      const child = await agent(script)
      let said = ''
      child.stdout?.on('data', (chunk) => {
        if (!said.includes('up') && String(chunk).includes('up')) child.kill('SIGTERM')
        said += String(chunk)
      })
      expect([await codeOf(child), said]).toEqual([0, 'up\ndone\n'])
    })
  })

  it('Windows gets a task at log-on without rights of an administrator', async () => {
    const { ports, lines, files } = recorded()
    await installService(optionsOf(), WINDOWS, ports)
    const text = [...files.values()][0] ?? ''
    expect(text).toContain('<Arguments>&quot;C:\\Program Files\\tokstat\\bin\\tokstat.mjs&quot; serve</Arguments>')
    expect(text).toContain('<RunLevel>LeastPrivilege</RunLevel>')
    expect(lines.at(-2)).toMatch(/^schtasks \/Create \/F \/TN tokstat \/XML /)
    expect(lines.at(-1)).toBe('schtasks /Run /TN tokstat')
  })
})

describe('the state of the service', () => {
  it('is what systemd says of the own one, else of the one of the system', async () => {
    const loaded = { code: 0, output: 'LoadState=loaded\nActiveState=active\n' }
    const absent = { code: 0, output: 'LoadState=not-found\nActiveState=inactive\n' }
    const own = recorded({ 'systemctl --user show': loaded })
    expect(await serviceState(ADA, own.ports)).toMatchObject({ scope: 'user', state: 'active' })
    const system = recorded({
      'systemctl --user show': absent,
      'systemctl show': { ...loaded, output: 'LoadState=loaded\nActiveState=failed\n' },
    })
    expect(await serviceState(ADA, system.ports)).toMatchObject({ scope: 'system', state: 'failed' })
    const none = recorded({ systemctl: { code: null, output: 'spawn systemctl ENOENT' } })
    expect(await serviceState(ADA, none.ports)).toMatchObject({ scope: null, state: 'not installed' })
  })
})
