import path from 'node:path'
import { AppError } from '../../model/app.ts'

/** A service to be written: everything in it is absolute and resolved, so that writing it is a pure function. */
export interface ServiceSpec {
  readonly scope: 'user' | 'system'
  /** Who it runs as; in user scope the person that installs it. */
  readonly user: string
  readonly home: string
  /** The Node that runs it: one that is new enough, by its whole path. Or the single executable, which has its own. */
  readonly node: string
  /** `bin/tokstat.mjs` of this installation; null: the single executable has no script beside it. */
  readonly entry: string | null
  /** The working directory: `./.env` and `./antigravity-accounts.json` count there. */
  readonly folder: string
  /** An age identity file that opens the vault, handed over as a systemd credential; null: none. */
  readonly vaultKey: string | null
}

/** One file of a service: where it goes, and what is in it. */
export interface ServiceFile {
  readonly path: string
  readonly text: string
}

/** The words that start tokstat. */
export function programOf({ node, entry }: Pick<ServiceSpec, 'node' | 'entry'>): readonly string[] {
  return entry === null ? [node] : [node, entry]
}

/** Throws AppError 4 for what a service file cannot hold: it is written by root, so nothing is guessed or repaired. */
export function assertWritable(spec: ServiceSpec): void {
  if (!/^[a-zA-Z_][\w.-]*$/.test(spec.user)) throw refused('The user name', spec.user)
  const { home, node, entry, folder, vaultKey } = spec
  const paths = { Home: home, Node: node, 'The program': entry, 'The folder': folder, 'The vault key': vaultKey }
  for (const [what, value] of Object.entries(paths)) {
    if (value === null) continue
    const isAbsolute = path.posix.isAbsolute(value) || path.win32.isAbsolute(value)
    if (!isAbsolute || /[\u0000-\u001f\u007f]/.test(value)) throw refused(what, value)
  }
}

function refused(what: string, value: string): AppError {
  return new AppError(
    4,
    'bad_service_value',
    `${what} cannot be written into a service file: ${JSON.stringify(value)}.`,
    'It must be a plain name or an absolute path.',
  )
}
