import { QuotaError } from '../../../model/problem.ts'
import type { LocalHost } from '../../../model/provider.ts'
import { parseJson } from '../../shared/parse-json.ts'
import { SERVER_NAMES, type ServerProgram, serverProgram } from './processes.ts'

/** The raw answers of one running language server; null: it has no such method, or said nothing usable. */
export interface ServerAnswers {
  readonly pid: number
  readonly port: number
  readonly userStatus: unknown
  readonly summary: unknown
  readonly modelConfigs: unknown
}

const SERVICE = 'exa.language_server_pb.LanguageServerService'
const BODY = JSON.stringify({
  metadata: { ideName: 'antigravity', extensionName: 'antigravity', locale: 'en', ideVersion: 'unknown' },
})
const PROBE_MS = 2_000
const CALL_MS = 5_000
/** Programs and ports that are tried: a bound on work when something is strange. */
const MOST_PROGRAMS = 4
const MOST_PORTS = 8

type Local = Pick<LocalHost, 'programs' | 'portsOf' | 'ask'>

/** Antigravity's language servers of this user that run now, the newest process first. */
export async function findServers(local: Local): Promise<readonly ServerProgram[]> {
  const programs = await local.programs(SERVER_NAMES)
  const servers = programs.map(serverProgram).filter((program) => program !== null)
  return servers.sort((a, b) => b.pid - a.pid).slice(0, MOST_PROGRAMS)
}

interface Door {
  readonly port: number
  readonly url: string
  readonly csrfToken: string | null
}

/** Asks one server for what it knows. Null: none of its ports answers. */
export async function askServer(
  local: Local,
  program: ServerProgram,
  signal: AbortSignal,
): Promise<ServerAnswers | null> {
  const door = await openDoor(local, program, signal)
  if (door === null) return null
  const call = (method: string): Promise<unknown> => callMethod(local, door, method, signal)
  const [userStatus, summary] = await Promise.all([call('GetUserStatus'), call('RetrieveUserQuotaSummary')])
  const modelConfigs = userStatus === null ? await call('GetCommandModelConfigs') : null
  return { pid: program.pid, port: door.port, userStatus, summary, modelConfigs }
}

/** A port that says 200 to the probe, else one that says anything at all: some builds lack the probe's method. */
async function openDoor(local: Local, program: ServerProgram, signal: AbortSignal): Promise<Door | null> {
  const { plain, csrfToken } = program
  const ports = (await local.portsOf(program.pid)).filter((port) => port !== plain?.port).slice(0, MOST_PORTS)
  const doors: Door[] = [
    ...ports.map((port) => ({ port, url: `https://127.0.0.1:${port}`, csrfToken })),
    ...(plain === null
      ? []
      : [{ port: plain.port, url: `http://127.0.0.1:${plain.port}`, csrfToken: plain.csrfToken }]),
  ]
  let reachable: Door | null = null
  for (const door of doors) {
    const reply = await post(local, door, { method: 'GetUnleashData', timeoutMs: PROBE_MS }, signal)
    if (reply?.status === 200) return door
    if (reply !== null) reachable ??= door
  }
  return reachable
}

async function callMethod(local: Local, door: Door, method: string, signal: AbortSignal): Promise<unknown> {
  const reply = await post(local, door, { method, timeoutMs: CALL_MS }, signal)
  if (reply?.status !== 200) return null
  const parsed = parseJson(reply.body)
  return parsed.state === 'ok' ? parsed.value : null
}

/** Null when nothing answers there (or not in this way of speaking). */
async function post(
  local: Local,
  door: Door,
  { method, timeoutMs }: { readonly method: string; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: string } | null> {
  const headers = {
    'Content-Type': 'application/json',
    'Connect-Protocol-Version': '1',
    ...(door.csrfToken === null ? {} : { 'X-Codeium-Csrf-Token': door.csrfToken }),
  }
  const url = `${door.url}/${SERVICE}/${method}`
  try {
    return await local.ask({ method: 'POST', url, headers, body: BODY, timeoutMs }, signal)
  } catch (error) {
    if (error instanceof QuotaError && !signal.aborted) return null
    throw error
  }
}
