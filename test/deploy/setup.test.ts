import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { lookForTools } from '../helpers/tools.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const SETUP = join(ROOT, 'setup.sh')
const ENV = { PATH: process.env['PATH'], HOME: tmpdir() }
const { missing, note } = lookForTools('shellcheck')

function run(command: string, args: readonly string[], env: Readonly<Record<string, string | undefined>> = ENV) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env })
  return { code: status, text: `${stdout}${stderr}` }
}

/** A namespace in which we are root, and whose mounts nobody else sees. */
const asRoot = (script: string) => run('unshare', ['--map-root-user', '--mount', 'sh', '-euc', script])
const canBeRoot = asRoot('true').code === 0
if (!canBeRoot && process.env['CI'] === 'true') throw new Error('CI must allow unshare --map-root-user')
const rootNote = canBeRoot ? '' : ' (skipped: no user namespaces on this machine)'

function fakeRoot(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokstat-setup-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !lstatSync(join(folder, name)).isDirectory())
    .sort()
}

describe('setup.sh', () => {
  it('refuses anybody but root, with exit code 1 and what to type', () => {
    const nobody = run('unshare', ['--user', SETUP])
    if (nobody.text.includes('unshare:')) return expect(canBeRoot).toBe(false)
    return expect(nobody).toEqual({ code: 1, text: 'setup.sh: Please run as root: sudo ./setup.sh\n' })
  })

  it('explains itself, and refuses an option it does not know', () => {
    expect(run(SETUP, ['--help'])).toMatchObject({
      code: 0,
      text: expect.stringContaining('sudo ./setup.sh --root DIR'),
    })
    expect(run(SETUP, ['--rooot', '/x']).code).toBe(4)
  })

  it.skipIf(!canBeRoot)(
    `--root writes a service below a folder, and --uninstall takes all of it away${rootNote}`,
    () => {
      const root = fakeRoot()
      const accounts = join(ROOT, 'antigravity-accounts.json')
      const hadAccounts = existsSync(accounts)
      const installed = asRoot(`'${SETUP}' --root '${root}'`)
      expect(installed.code, installed.text).toBe(0)
      const unit = readFileSync(join(root, 'etc/systemd/system/antigravity-metrics-server.service'), 'utf8')
      expect(unit).toContain(`WorkingDirectory=${ROOT}\n`)
      expect(unit).toMatch(/^ExecStart=\/\S+\/node \S+\/bin\/tokstat\.mjs serve$/m)
      expect(filesBelow(root)).toHaveLength(6)
      expect(existsSync(accounts), 'an empty accounts file would hide a good one').toBe(hadAccounts)
      const removed = asRoot(`'${SETUP}' --uninstall --root '${root}'`)
      expect(removed.code, removed.text).toBe(0)
      expect(filesBelow(root)).toEqual([])
    },
  )

  it.skipIf(!canBeRoot)(`installs into the real folder of a machine that is not booted${rootNote}`, () => {
    // The folder is an empty one of the namespace's own: this machine's units are not touched.
    const units = '/etc/systemd/system'
    const inside = asRoot(
      `mkdir -p ${units}; mount -t tmpfs none ${units}; mount -t tmpfs none /run; '${SETUP}'; find ${units} ! -type d; echo ---; '${SETUP}' --uninstall; echo ---; find ${units} ! -type d`,
    )
    expect(inside.code, inside.text).toBe(0)
    const [installed = '', , left = 'nothing was printed'] = inside.text.split('---\n')
    expect(installed).toContain('/etc/systemd/system/multi-user.target.wants/tokstat.service')
    expect(inside.text).toContain('Nothing was started: systemd does not run here.')
    expect(left.split('\n').filter((line) => line.startsWith('/'))).toEqual([])
  })

  it.skipIf(missing.length > 0)(`is a clean shell script, as are those that try it on a booted machine${note}`, () => {
    const scripts = ['test/boot/run.sh', 'test/boot/inside.sh', 'test/image/run.sh'].map((name) => join(ROOT, name))
    expect(run('shellcheck', [SETUP, ...scripts])).toEqual({ code: 0, text: '' })
  })
})
