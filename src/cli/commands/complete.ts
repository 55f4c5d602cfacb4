import { clean } from '../../format/clean.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { candidatesFor, type Names } from '../completion-words.ts'
import { parseBoard } from '../kept-board.ts'

/** `tokstat __complete -- <words>`: what Tab offers for the last word, one a line. Never fails: Tab must not print errors. */
export const complete: CliCommand = {
  examples: [],
  run: async (context) => {
    const words = context.args[0] === '--' ? context.args.slice(1) : context.args
    const names: Names = { accounts: () => accountNames(context), providers: () => providerNames(context) }
    const candidates = await candidatesFor(words, context.commands, names)
    for (const { value, description } of candidates) context.print(`${clean(value)}\t${clean(description)}`)
    return 0
  },
}

/** From the last readings: Tab asks nobody. */
async function accountNames({ readBoardFile }: CommandContext): Promise<readonly string[]> {
  const board = parseBoard(await readBoardFile())
  return (board?.accounts ?? []).map((account) => account.id)
}

async function providerNames({ app }: CommandContext): Promise<readonly string[]> {
  try {
    return (await (await app()).providers()).map((provider) => provider.id)
  } catch {
    // A broken config is for `config check` to tell, not for Tab.
    return []
  }
}
