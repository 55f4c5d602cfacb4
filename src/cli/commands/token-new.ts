import { clean } from '../../format/clean.ts'
import type { CliCommand } from '../command.ts'

/** `tokstat token new`: makes the token that other machines need, or another one. */
export const tokenNew: CliCommand = {
  options: [{ flags: '--replace', description: 'another one: whoever has the old one must sign in anew' }],
  examples: [
    ['tokstat token new', 'before host in [server] is opened to other machines'],
    ['tokstat token new --replace', 'when the old one has got around'],
  ],
  run: async ({ app, options, json, print, printJson, note }) => {
    const made = await (await app()).newToken({ replace: options.has('replace') })
    if (json) printJson(made)
    else print(clean(made.file))
    note(`${made.replaced ? 'Another token' : 'A token'} is in that file, which only you can read.`)
    if (made.configChanged) note('config.toml names it as token_file in [server].')
    note('It counts when tokstat serve is started again. To sign a browser in then: tokstat token link')
    return 0
  },
}
