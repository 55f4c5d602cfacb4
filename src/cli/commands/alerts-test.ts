import { clean } from '../../format/clean.ts'
import type { CliCommand, CommandContext } from '../command.ts'

/** `tokstat alerts test <channel>`: one test message, now. Exit code 3 when it did not arrive. */
export const alertsTest: CliCommand = {
  arguments: [{ name: '<channel>', description: 'name of a channel in config.toml' }],
  examples: [['tokstat alerts test ops', 'does [channels.ops] work?']],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const { paint } = context
  const [channel = ''] = context.args
  const result = await (await context.app()).testChannel(channel)
  const { delivered, target, tookMs, error } = result
  if (context.json) context.printJson({ test: result })
  else if (delivered) {
    context.print(`${paint.tone('fine', '✓')} ${clean(channel)}: delivered to ${clean(target)} in ${tookMs} ms`)
  } else context.print(`${paint.tone('red', '✗')} ${clean(channel)}: not delivered. ${clean(error ?? '')}`)
  return delivered ? 0 : 3
}
