import { clean } from '../../format/clean.ts'
import { AppError } from '../../model/index.ts'
import type { CliCommand } from '../command.ts'

/** `tokstat token path`: where the token is. */
export const tokenPath: CliCommand = {
  examples: [
    ['tokstat token path', 'the file'],
    ['curl -H "Authorization: Bearer $(cat "$(tokstat token path)")" …', 'as a program uses it'],
  ],
  run: async ({ app, json, print, printJson }) => {
    const file = await (await app()).tokenFile()
    if (file === null) throw new AppError(1, 'no_token', 'No token is set.', 'Make one: tokstat token new')
    if (json) printJson({ file })
    else print(clean(file))
    return 0
  },
}
