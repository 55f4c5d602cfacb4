import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { basename, win32 } from 'node:path'
import type { LocalHost, LocalProgram, RunOwner } from '../model/provider.ts'

export interface ProgramsOptions {
  readonly platform: string
  /** Runs the system's own tools where there is no /proc. */
  readonly runTool: RunOwner
  /** Default: this process's user. */
  readonly uid?: number | undefined
}

/** Programs of this user, and the ports they listen on. Looks only; where it cannot look, there is nothing to see. */
export function createPrograms({
  platform,
  runTool,
  uid = process.getuid?.(),
}: ProgramsOptions): Pick<LocalHost, 'programs' | 'portsOf'> {
  if (platform === 'linux') return { programs: (name) => fromProc(name, uid), portsOf: portsFromProc }
  if (platform === 'win32') return windowsPrograms(runTool)
  return unixPrograms(runTool)
}

async function fromProc(name: RegExp, uid: number | undefined): Promise<readonly LocalProgram[]> {
  const entries = await readdir('/proc').catch(() => [])
  const pids = entries.filter((entry) => /^\d+$/.test(entry)).map(Number)
  const found = await Promise.all(pids.map((pid) => programFromProc(pid, name, uid)))
  return found.filter((program) => program !== null)
}

async function programFromProc(pid: number, name: RegExp, uid: number | undefined): Promise<LocalProgram | null> {
  try {
    if ((await stat(`/proc/${pid}`)).uid !== uid) return null
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1)
    return argv[0] !== undefined && name.test(basename(argv[0])) ? { pid, argv } : null
  } catch {
    // It ended while it was looked at, or is not ours to see.
    return null
  }
}

/** `/proc/net/tcp` says which sockets listen, `/proc/<pid>/fd` which of them are this program's. */
async function portsFromProc(pid: number): Promise<readonly number[]> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')))
  const sockets = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`/proc/${pid}/net/${table}`, 'utf8').catch(() => '')),
  )
  const ports = tables.flatMap((table) => listeningPorts(table, sockets))
  return [...new Set(ports)].sort((a, b) => a - b)
}

const LISTEN = '0A'

function listeningPorts(table: string, sockets: ReadonlySet<string>): readonly number[] {
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    if (state !== LISTEN || !sockets.has(inode)) return []
    return [Number.parseInt(local.split(':').at(-1) ?? '', 16)]
  })
}

const TOOL_LIMITS = { timeoutMs: 5_000, maxBytes: 4 * 1024 * 1024 }

async function linesOf(runTool: RunOwner, command: string, args: readonly string[]): Promise<readonly string[]> {
  const run = await runTool(command, args, TOOL_LIMITS, new AbortController().signal)
  return run.kind === 'done' ? run.stdout.split(/\r?\n/) : []
}

function unixPrograms(runTool: RunOwner): Pick<LocalHost, 'programs' | 'portsOf'> {
  return {
    async programs(name) {
      const lines = await linesOf(runTool, 'ps', ['-x', '-o', 'pid=,command='])
      return lines.flatMap((line) => programFromLine(line, name, basename))
    },
    async portsOf(pid) {
      const lines = await linesOf(runTool, 'lsof', ['-nP', '-iTCP', '-sTCP:LISTEN', '-a', '-p', String(pid), '-Fn'])
      return portsIn(lines.map((line) => /^n.*:(\d+)$/.exec(line)?.[1]))
    },
  }
}

/** The list is of lines, so arguments with spaces fall apart; the flags that are looked for have none. */
function programFromLine(line: string, name: RegExp, base: (path: string) => string): readonly LocalProgram[] {
  const match = /^\s*(\d+)\s+(.+)$/.exec(line)
  if (match === null) return []
  const command = match[2] ?? ''
  // A path inside an app bundle may hold spaces itself: the program ends where the first flag begins.
  const [program = '', ...flags] = command.split(/\s+(?=--?[A-Za-z])/)
  const path = program.replace(/^"|"$/g, '')
  const argv = [path, ...flags.flatMap((flag) => flag.split(/\s+/))]
  return name.test(base(path)) ? [{ pid: Number(match[1]), argv }] : []
}

function portsIn(texts: readonly (string | undefined)[]): readonly number[] {
  const ports = texts.flatMap((text) => (text !== undefined && /^\d+$/.test(text) ? [Number(text)] : []))
  return [...new Set(ports)].sort((a, b) => a - b)
}

const POWERSHELL = ['-NoProfile', '-NonInteractive', '-Command']

function windowsPrograms(runTool: RunOwner): Pick<LocalHost, 'programs' | 'portsOf'> {
  return {
    async programs(name) {
      const script =
        'Get-CimInstance Win32_Process | Where-Object CommandLine | ForEach-Object { "$($_.ProcessId) $($_.CommandLine)" }'
      const lines = await linesOf(runTool, 'powershell', [...POWERSHELL, script])
      return lines.flatMap((line) => programFromLine(line, name, win32.basename))
    },
    async portsOf(pid) {
      const script = `(Get-NetTCPConnection -State Listen -OwningProcess ${pid}).LocalPort`
      return portsIn(await linesOf(runTool, 'powershell', [...POWERSHELL, script]))
    },
  }
}
