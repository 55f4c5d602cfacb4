import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setConfigValue } from '../config/edit.ts'
import { type App, AppError } from '../model/app.ts'
import { fromIso } from '../model/time.ts'
import { readGuarded } from '../platform/files.ts'
import { privateFiles } from '../platform/private-file.ts'
import { ensurePrivateFolder, writeAtomic } from '../platform/store.ts'
import type { Context } from './context.ts'
import type { DaemonLink } from './daemon-link.ts'
import type { PastAccessOptions } from './past-access.ts'

interface TokenAccessOptions extends Pick<PastAccessOptions, 'context' | 'config'> {
  readonly daemon: () => Promise<DaemonLink | null>
}

/** The token that other machines, browsers and programs need, for the command line. It is never printed. */
export function createTokenAccess({
  context,
  config,
  daemon,
}: TokenAccessOptions): Pick<App, 'loginLink' | 'tokenFile' | 'newToken'> {
  const named = (): string | undefined => config().server.token_file
  return {
    async loginLink() {
      const link = await daemon()
      if (link === null) throw new AppError(1, 'no_daemon', 'No tokstat answers here.', 'Start one: tokstat serve')
      const made = await link.client.loginLink()
      return { url: link.file.url, code: made?.code ?? null, expiresAt: fromIso(made?.expiresAt ?? null) }
    },
    tokenFile: async () => named() ?? null,
    async newToken({ replace }) {
      const file = named() ?? join(dirname(context.paths.config), 'token')
      const there = await privateFiles({ clock: context.clock, credentialsDirectory: null }).read(file)
      if (there.kind === 'refused') throw new AppError(4, 'bad_token_file', there.detail)
      const replaced = there.kind === 'text'
      if (replaced && !replace) throw tokenExists(file)
      if (named() === undefined) await ensurePrivateFolder(dirname(file))
      await writeAtomic(file, `${randomBytes(32).toString('hex')}\n`)
      if (named() !== undefined) return { file, configChanged: false, replaced }
      await nameInConfig(context, file)
      return { file, configChanged: true, replaced }
    },
  }
}

function tokenExists(file: string): AppError {
  const hint = 'Make another one with --replace: every browser and program must then sign in anew.'
  return new AppError(4, 'token_exists', `There is a token already: ${file}.`, hint)
}

/** Sets `token_file`, every other byte as it was. A file that must not be replaced (a link) is left to its owner. */
async function nameInConfig({ paths, clock }: Context, file: string): Promise<void> {
  const hint = `Write it yourself: [server] token_file = ${JSON.stringify(file)}`
  const read = await readGuarded(paths.config, clock)
  if (read.kind === 'unreadable') throw new AppError(4, 'config_unreadable', `${read.detail}`, hint)
  const text = read.kind === 'text' ? read.text : ''
  const mode = read.kind === 'text' ? (await stat(paths.config)).mode & 0o777 : 0o600
  try {
    await writeAtomic(paths.config, setConfigValue(text, ['server', 'token_file'], file), mode)
  } catch (error) {
    throw new AppError(1, 'config_not_written', `config.toml could not be changed: ${(error as Error).message}`, hint)
  }
}
