import { execFile } from 'node:child_process'
import { chmod, lstat, mkdir, readFile, rename, rm, rmdir, symlink, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { isSea } from 'node:sea'
import { passedOn } from '../../platform/passed-on.ts'
import { packageFolder } from '../../platform/version.ts'
import type { Caller, ServicePorts } from './manager.ts'

/** How long a program of the system may take: starting waits until tokstat answers. */
const LIMIT_MS = 60_000

/** What service managers need to know of us: where they are, and no key or passphrase. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'SYSTEMROOT',
  'USERPROFILE',
] as const

/** The machine itself: files with mode 0644 that are there whole or not at all, and the system's own programs. */
export const machinePorts: ServicePorts = {
  async write(path, text) {
    await mkdir(dirname(path), { recursive: true })
    const fresh = `${path}.new`
    await writeFile(fresh, text)
    await chmod(fresh, 0o644)
    await rename(fresh, path)
  },
  async link(path, to) {
    await mkdir(dirname(path), { recursive: true })
    await rm(path, { force: true })
    await symlink(to, path)
  },
  async remove(path) {
    const isThere = await lstat(path).then(
      () => true,
      () => false,
    )
    await rm(path, { force: true })
    return isThere
  },
  async removeEmpty(path) {
    // Not empty, or not there: both are as they should be.
    await rmdir(path).catch(() => undefined)
  },
  // What sd_booted(3) looks at.
  isBooted: () =>
    lstat('/run/systemd/system').then(
      (found) => found.isDirectory(),
      () => false,
    ),
  run: (command, args) =>
    new Promise((resolve) => {
      const env = passedOn(PASSED_ON, (name) => process.env[name] ?? null)
      execFile(command, args, { timeout: LIMIT_MS, env }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
        resolve({ code, output: `${stdout}${stderr}` || (error?.message ?? '') })
      })
    }),
}

/** Who has called, and what this installation is. `sudoUser` is `$SUDO_USER`. */
export function thisCaller(sudoUser: string | null): Caller {
  const { username, homedir, uid } = userInfo()
  return {
    platform: process.platform,
    uid: uid < 0 ? null : uid,
    user: username,
    home: homedir,
    sudoUser: sudoUser === null || sudoUser === 'root' ? null : sudoUser,
    homeOf,
    node: process.execPath,
    entry: isSea() ? null : join(packageFolder() ?? import.meta.dirname, 'bin', 'tokstat.mjs'),
  }
}

/** The home of a user, as the system has it; null: there is no such user. */
async function homeOf(user: string): Promise<string | null> {
  const { code, output } = await machinePorts.run('getent', ['passwd', user])
  // A system without getent has the file.
  const text = code === null ? await readFile('/etc/passwd', 'utf8').catch(() => '') : output
  const line = text.split('\n').find((one) => one.startsWith(`${user}:`))
  return line?.split(':')[5] || null
}
