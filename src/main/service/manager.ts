import { AppError } from '../../model/app.ts'
import type { ServiceChange, ServiceOptions, ServiceState } from '../../model/deploy.ts'
import { LABEL, launchdFile, windowsTask } from './other-systems.ts'
import { assertWritable, type ServiceFile, type ServiceSpec } from './spec.ts'
import { ALIAS, enablingLinks, ownFolders, systemdFiles, UNIT, WATCHDOG_TIMER } from './systemd.ts'

/** What the manager does to the machine; tests give it a folder and a list. */
export interface ServicePorts {
  readonly write: (path: string, text: string) => Promise<void>
  readonly link: (path: string, to: string) => Promise<void>
  /** Whether something was there to be removed. */
  readonly remove: (path: string) => Promise<boolean>
  /** Removes a folder when it is empty. */
  readonly removeEmpty: (path: string) => Promise<void>
  /** Whether systemd runs this machine: a chroot or an image has its files and not it. */
  readonly isBooted: () => Promise<boolean>
  /** Runs a program of the system; its output, or why not. */
  readonly run: (
    command: string,
    args: readonly string[],
  ) => Promise<{ readonly code: number | null; readonly output: string }>
}

export interface Caller {
  readonly platform: NodeJS.Platform
  /** Who runs this; null where the system has no numbers for users. */
  readonly uid: number | null
  readonly user: string
  readonly home: string
  /** `$SUDO_USER`. */
  readonly sudoUser: string | null
  readonly homeOf: (user: string) => Promise<string | null>
  readonly node: string
  readonly entry: string | null
}

/** Where units of the system belong, and those of a user below the home. */
const SYSTEM_FOLDER = '/etc/systemd/system'
const USER_FOLDER = '.config/systemd/user'

interface Plan {
  readonly spec: ServiceSpec
  /** Before every path: the folder of a machine that is being packed; empty for this one. */
  readonly root: string
}

/** Resolves the options to one service. Throws AppError 1 where the caller has not the rights. */
async function planOf(options: ServiceOptions, caller: Caller): Promise<Plan> {
  const scope = options.scope ?? (caller.uid === 0 ? 'system' : 'user')
  const root = options.root?.replace(/\/+$/, '') ?? ''
  if (scope === 'system' && caller.platform !== 'linux') {
    throw new AppError(
      4,
      'no_system_scope',
      'On this system tokstat runs as a service of a user.',
      'Leave --system out.',
    )
  }
  if (scope === 'system' && caller.uid !== 0 && root === '' && !options.dryRun) {
    throw new AppError(
      1,
      'not_root',
      'A service of the system is installed as root.',
      'Run it with sudo, or use --user for a service of your own.',
    )
  }
  const user = scope === 'system' ? (options.runAs ?? caller.sudoUser ?? caller.user) : caller.user
  const home = user === caller.user ? caller.home : await caller.homeOf(user)
  if (home === null) throw new AppError(4, 'unknown_user', `There is no user ${user} here.`, 'Name one: --run-as NAME')
  const { node, entry } = caller
  const spec = { scope, user, home, node, entry, folder: options.folder ?? home, vaultKey: options.vaultKey }
  assertWritable(spec)
  return { spec, root }
}

/** Writes the service's files and starts it, at once and at every boot or log-on. */
export async function installService(
  options: ServiceOptions,
  caller: Caller,
  ports: ServicePorts,
): Promise<ServiceChange> {
  const plan = await planOf(options, caller)
  const files = filesOf(plan, caller.platform)
  if (options.dryRun) return { files, done: [], notes: [] }
  for (const file of files) await ports.write(file.path, file.text)
  const done = files.map(({ path }) => `wrote ${path}`)
  if (caller.platform !== 'linux')
    return { files, done: [...done, ...(await register(plan, caller, ports))], notes: [] }
  if (plan.root !== '' || !(await ports.isBooted())) {
    for (const { link, to } of enablingLinks(plan.spec.scope)) {
      await ports.link(`${unitFolder(plan)}/${link}`, to)
      done.push(`linked ${unitFolder(plan)}/${link}`)
    }
    const why = plan.root === '' ? 'systemd does not run here' : `the files are for the machine below ${plan.root}`
    return { files, done, notes: [`Nothing was started: ${why}.`] }
  }
  await systemctl(plan, ports, 'daemon-reload')
  await systemctl(plan, ports, 'enable', UNIT, WATCHDOG_TIMER)
  await systemctl(plan, ports, 'restart', UNIT, WATCHDOG_TIMER)
  return { files, done: [...done, 'enabled and started'], notes: notesOf(plan.spec) }
}

/** Stops the service and removes what `installService` has written, and nothing else. */
export async function uninstallService(
  options: ServiceOptions,
  caller: Caller,
  ports: ServicePorts,
): Promise<ServiceChange> {
  const plan = await planOf(options, caller)
  const files = filesOf(plan, caller.platform)
  if (options.dryRun) return { files, done: [], notes: [] }
  const done: string[] = []
  const isLive = caller.platform === 'linux' && plan.root === '' && (await ports.isBooted())
  if (caller.platform !== 'linux') await unregister(caller, ports)
  else if (isLive) {
    // A service that is not there cannot be disabled: what follows removes whatever is left of it.
    await ports.run('systemctl', [...scopeFlags(plan), 'disable', '--now', WATCHDOG_TIMER, UNIT])
  }
  const links = caller.platform === 'linux' ? enablingLinks(plan.spec.scope).map(({ link }) => link) : []
  for (const path of [...links.map((link) => `${unitFolder(plan)}/${link}`), ...files.map((file) => file.path)]) {
    if (await ports.remove(path)) done.push(`removed ${path}`)
  }
  for (const folder of links.filter((link) => link.includes('/'))) {
    await ports.removeEmpty(`${unitFolder(plan)}/${folder.slice(0, folder.indexOf('/'))}`)
  }
  if (isLive) await systemctl(plan, ports, 'daemon-reload')
  const kept = ownFolders(plan.spec).join(', ')
  return { files: [], done, notes: [`Settings, accounts and history stay where they are: ${kept}.`] }
}

/** What the system's own manager says. Whether tokstat answers is asked elsewhere. */
export async function serviceState(caller: Caller, ports: ServicePorts): Promise<ServiceState> {
  if (caller.platform === 'darwin') {
    const { code } = await ports.run('launchctl', ['print', `${guiDomain(caller)}/${LABEL}`])
    return code === 0 ? { scope: 'user', unit: LABEL, state: 'active' } : NOT_INSTALLED
  }
  if (caller.platform === 'win32') {
    const { code } = await ports.run('schtasks', ['/Query', '/TN', LABEL])
    return code === 0 ? { scope: 'user', unit: LABEL, state: 'installed' } : NOT_INSTALLED
  }
  for (const scope of ['user', 'system'] as const) {
    const flags = scope === 'user' ? ['--user'] : []
    const { output } = await ports.run('systemctl', [...flags, 'show', '--property=LoadState,ActiveState', UNIT])
    const value = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(output)?.[1] ?? ''
    if (value('LoadState') === 'loaded') return { scope, unit: UNIT, state: value('ActiveState') }
  }
  return NOT_INSTALLED
}

const NOT_INSTALLED: ServiceState = { scope: null, unit: UNIT, state: 'not installed' }

function filesOf(plan: Plan, platform: NodeJS.Platform): readonly ServiceFile[] {
  if (platform === 'darwin') return [launchdFile(plan.spec)]
  if (platform === 'win32') return [windowsTask(plan.spec)]
  return systemdFiles(plan.spec, unitFolder(plan))
}

function unitFolder({ spec, root }: Plan): string {
  return `${root}${spec.scope === 'system' ? SYSTEM_FOLDER : `${spec.home}/${USER_FOLDER}`}`
}

function scopeFlags({ spec }: Plan): readonly string[] {
  return spec.scope === 'user' ? ['--user'] : []
}

async function systemctl(plan: Plan, ports: ServicePorts, ...args: readonly string[]): Promise<void> {
  const whole = [...scopeFlags(plan), ...args]
  const { code, output } = await ports.run('systemctl', whole)
  if (code === 0) return
  const line = `systemctl ${whole.join(' ')}`
  throw new AppError(
    1,
    'service_manager_failed',
    `${line} failed: ${output.trim().split('\n')[0]?.replace(/\.$/, '') || 'it said nothing'}.`,
    plan.spec.scope === 'system' ? `Look at: journalctl -u ${UNIT}` : `Look at: journalctl --user -u ${UNIT}`,
  )
}

/** launchd's name for the caller's own session. A caller without a number is never taken for root. */
function guiDomain({ uid }: Caller): string {
  if (uid !== null) return `gui/${uid}`
  throw new AppError(
    1,
    'no_user_number',
    'launchd needs a user number, and this user has no user number.',
    'Run it as a user with a login.',
  )
}

async function register({ spec }: Plan, caller: Caller, ports: ServicePorts): Promise<readonly string[]> {
  await unregister(caller, ports)
  const isMac = caller.platform === 'darwin'
  const { code, output } = isMac
    ? await ports.run('launchctl', ['bootstrap', guiDomain(caller), launchdFile(spec).path])
    : await ports.run('schtasks', ['/Create', '/F', '/TN', LABEL, '/XML', windowsTask(spec).path])
  if (code !== 0) throw new AppError(1, 'service_manager_failed', `The service was not taken: ${output.trim()}.`)
  if (!isMac) await ports.run('schtasks', ['/Run', '/TN', LABEL])
  return ['registered and started']
}

/** There may be none: that is what is wanted. */
async function unregister(caller: Caller, ports: ServicePorts): Promise<void> {
  if (caller.platform === 'darwin') await ports.run('launchctl', ['bootout', `${guiDomain(caller)}/${LABEL}`])
  else {
    await ports.run('schtasks', ['/End', '/TN', LABEL])
    await ports.run('schtasks', ['/Delete', '/F', '/TN', LABEL])
  }
}

function notesOf({ scope, user }: ServiceSpec): readonly string[] {
  if (scope === 'user') {
    return [
      `See it with: systemctl --user status ${UNIT}`,
      `It runs while you are logged in; to keep it afterwards: loginctl enable-linger ${user}`,
    ]
  }
  const asRoot = user === 'root' ? ['It runs as root. Better run it as who is signed in: --run-as NAME'] : []
  return [`See it with: systemctl status ${ALIAS.replace('.service', '')}`, 'Its log: journalctl -u tokstat', ...asRoot]
}
