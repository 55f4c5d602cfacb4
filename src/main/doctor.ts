import { stat } from 'node:fs/promises'
import type { LoadedConfig } from '../config/load.ts'
import type { DoctorCheck, DoctorReport } from '../model/app.ts'
import type { SourceReport } from '../model/credential.ts'
import type { AccountDocument, AccountsDocument } from '../model/document.ts'
import type { Context } from './context.ts'
import type { DaemonLink } from './daemon-link.ts'

export interface DoctorInput {
  readonly context: Context
  readonly version: string
  readonly loaded: LoadedConfig
  readonly daemon: DaemonLink | null
  /** Which store a new account of ours would go to. */
  readonly vault: DoctorCheck
  readonly sources: readonly SourceReport[]
  /** The last readings, as they look now; null: none yet. */
  readonly document: AccountsDocument | null
}

/** What was found where, what is wrong, what to do. Looks locally; asks no service. */
export async function doctorReport(input: DoctorInput): Promise<DoctorReport> {
  const checks = [
    program(input),
    ...configChecks(input),
    ...(await folderChecks(input.context)),
    daemonCheck(input),
    input.vault,
    ...environmentChecks(input.context),
    ...loginChecks(input.sources),
    ...accountChecks(input.document),
  ]
  return { checks, sources: input.sources }
}

function program({ version, context }: DoctorInput): DoctorCheck {
  const detail = `tokstat ${version} on Node ${process.versions.node}, ${context.environment.platform}`
  return { title: 'Program', state: 'ok', detail, hint: null }
}

function configChecks({ loaded, context }: DoctorInput): readonly DoctorCheck[] {
  if (loaded.problems.length === 0) {
    const detail = loaded.exists
      ? context.paths.config
      : `${context.paths.config} does not exist: every setting has its default`
    return [{ title: 'Settings', state: 'ok', detail, hint: null }]
  }
  return loaded.problems.map((problem) => ({
    title: 'Settings',
    state: 'problem',
    detail: `${problem.path}${problem.line === null ? '' : `:${problem.line}`}: ${problem.message}`,
    hint:
      problem.suggestion === null
        ? 'Mend it, then run `tokstat config check`.'
        : `Did you mean "${problem.suggestion}"?`,
  }))
}

/** Our own folders and files must be ours alone: what lies open may hold e-mails. */
async function folderChecks({ paths, environment }: Context): Promise<readonly DoctorCheck[]> {
  if (environment.platform === 'win32') return []
  const checks: DoctorCheck[] = []
  for (const place of [paths.state, paths.board, paths.accounts, paths.vault]) {
    const found = await stat(place).catch(() => null)
    if (found === null || (found.mode & 0o077) === 0) continue
    const mode = found.isDirectory() ? '700' : '600'
    checks.push({
      title: 'Permissions',
      state: 'warning',
      detail: `${place} can be read by other users of this machine.`,
      hint: `chmod ${mode} ${place}`,
    })
  }
  return checks
}

function daemonCheck({ daemon, version }: DoctorInput): DoctorCheck {
  if (daemon === null) {
    return {
      title: 'Daemon',
      state: 'info',
      detail: 'not running; commands ask by themselves',
      hint: 'Start it with `tokstat serve`.',
    }
  }
  const detail = `running at ${daemon.file.url}, process ${daemon.file.pid}, version ${daemon.version}`
  if (daemon.version === version) return { title: 'Daemon', state: 'ok', detail, hint: null }
  return { title: 'Daemon', state: 'warning', detail, hint: `This command is ${version}: restart the daemon.` }
}

function environmentChecks({ environment }: Context): readonly DoctorCheck[] {
  const checks: DoctorCheck[] = []
  if (environment.upstream !== null) {
    checks.push({
      title: 'Upstream',
      state: 'warning',
      detail: `TOKSTAT_UPSTREAM is set: every request goes to ${environment.upstream.origin}.`,
      hint: 'Unset it to ask the real services.',
    })
  }
  const proxies = Object.keys(environment.proxyVariables()).filter((name) => !/^no_proxy$/i.test(name))
  if (proxies.length > 0) {
    checks.push({ title: 'Proxy', state: 'info', detail: `requests go through ${proxies.join(', ')}`, hint: null })
  }
  return checks
}

function loginChecks(sources: readonly SourceReport[]): readonly DoctorCheck[] {
  const total = sources.reduce((sum, report) => sum + report.count, 0)
  const summary: DoctorCheck =
    total > 0
      ? { title: 'Logins', state: 'ok', detail: `${total} found`, hint: null }
      : {
          title: 'Logins',
          state: 'problem',
          detail: 'none found',
          hint: sources.some((report) => report.state === 'unreadable')
            ? 'Mend the login file that is named below.'
            : 'Sign in with one of its tools: `tokstat providers` says how for each service.',
        }
  const broken = sources
    .filter((report) => report.state === 'unreadable')
    .map(
      (report): DoctorCheck => ({
        title: 'Login file',
        state: 'problem',
        detail: `${report.place}: ${report.detail ?? 'It cannot be read.'}`,
        hint: report.hint,
      }),
    )
  return [summary, ...broken]
}

/** What sends people to the doctor helps nobody who is there. */
function hintOf({ problem }: AccountDocument): string | null {
  return problem?.hint?.includes('tokstat doctor') === true ? 'See its login file above.' : (problem?.hint ?? null)
}

function accountChecks(document: AccountsDocument | null): readonly DoctorCheck[] {
  if (document === null) return [{ title: 'Readings', state: 'info', detail: 'none yet', hint: 'Run `tokstat list`.' }]
  return document.accounts
    .filter((account) => account.problem !== null)
    .map((account) => ({
      title: account.id,
      state: account.status === 'stale' || account.status === 'rate_limited' ? 'warning' : 'problem',
      detail: account.problem?.message ?? account.status,
      hint: hintOf(account),
    }))
}
