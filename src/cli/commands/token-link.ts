import { clean } from '../../format/clean.ts'
import { countdown } from '../../format/countdown.ts'
import { AppError, toIsoOrNull } from '../../model/index.ts'
import type { CliCommand } from '../command.ts'

/** `tokstat token link`: signs one browser in, once. */
export const tokenLink: CliCommand = {
  options: [
    { flags: '--at <address>', description: 'how that browser reaches tokstat (default: as this machine does)' },
  ],
  examples: [
    ['tokstat token link', 'open it in a browser of this machine'],
    ['tokstat token link --at https://tokstat.example.com', 'for a telephone, or behind a proxy'],
  ],
  run: async ({ app, options, json, print, printJson, note }) => {
    const at = options.text('at')
    if (at !== null && !/^https?:\/\/[^\s#?]+$/.test(at)) {
      throw new AppError(4, 'bad_argument', '--at must be an address such as https://tokstat.example.com.')
    }
    const program = await app()
    const { url: own, code, expiresAt } = await program.loginLink()
    const base = (at ?? own).replace(/\/+$/, '')
    // Behind #, which a browser sends to nobody: no proxy and no log sees it.
    const url = code === null ? `${base}/` : `${base}/login#code=${code}`
    if (json) printJson({ url, expiresAt: toIsoOrNull(expiresAt) })
    else print(clean(url))
    if (code === null) note('No token is set, so nobody signs in: the page is open to this machine alone.')
    else note(`Opens tokstat signed in, once. It ends ${countdown(expiresAt, program.now())}.`)
    return 0
  },
}
