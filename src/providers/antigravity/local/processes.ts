import type { LocalProgram } from '../../../model/provider.ts'

/** File names that the language server and `agy` have on the three systems (2026). */
export const SERVER_NAMES =
  /^(language[_-]server(_macos(_arm)?|_linux(_x64|_arm(64)?)?|_windows_(x64|arm64))?(\.exe)?|agy(\.exe)?)$/i

/** A running program that serves Antigravity's quota, and how it wants to be asked. */
export interface ServerProgram {
  readonly pid: number
  /** `agy` asks for no token. */
  readonly csrfToken: string | null
  /** The port that speaks plain HTTP, with a token of its own; null: none named. */
  readonly plain: { readonly port: number; readonly csrfToken: string | null } | null
}

/** What its arguments say; null: another editor's server, or one that cannot be asked. */
export function serverProgram({ pid, argv }: LocalProgram): ServerProgram | null {
  const [path = ''] = argv
  const isAgy = /(^|[\\/])agy(\.exe)?$/i.test(path)
  if (!isAgy && !isAntigravity(argv)) return null
  const csrfToken = flagOf(argv, 'csrf_token')
  if (!isAgy && csrfToken === null) return null
  const port = Number(flagOf(argv, 'extension_server_port') ?? Number.NaN)
  const isPort = Number.isInteger(port) && port > 0 && port < 65_536
  const plain = isPort ? { port, csrfToken: flagOf(argv, 'extension_server_csrf_token') ?? csrfToken } : null
  return { pid, csrfToken, plain }
}

/** Many editors ship a program of this name. The exact flag decides; the path only where there is no flag. */
function isAntigravity(argv: readonly string[]): boolean {
  const folder = flagOf(argv, 'app_data_dir')
  if (folder !== null) return /^antigravity(-ide)?$/i.test(folder)
  return /[\\/]antigravity( ide)?(\.app)?[\\/]/i.test(argv[0] ?? '')
}

/** The value of `--name value` or `--name=value`; null: not there. */
function flagOf(argv: readonly string[], name: string): string | null {
  for (const [index, argument] of argv.entries()) {
    if (argument.startsWith(`--${name}=`)) return argument.slice(name.length + 3) || null
    const next = argv[index + 1]
    if (argument === `--${name}`) return next === undefined || next === '' || next.startsWith('--') ? null : next
  }
  return null
}
