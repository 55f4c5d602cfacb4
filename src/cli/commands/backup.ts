import { countText } from '../../format/amount.ts'
import { clean } from '../../format/clean.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { checkFolderOf } from '../out-file.ts'

/** `tokstat backup <file>`: a copy of the history, checked before it gets its name. */
export const backup: CliCommand = {
  arguments: [{ name: '<file>', description: 'where the copy goes; never overwritten' }],
  options: [{ flags: '--check', description: 'only check a copy that exists' }],
  examples: [
    ['tokstat backup ~/tokstat-backup.db', 'while the daemon goes on'],
    ['tokstat backup --check ~/tokstat-backup.db', 'is it sound?'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const file = context.args[0] ?? ''
  const isCheck = context.options.has('check')
  if (!isCheck) checkFolderOf(file)
  const app = await context.app()
  const report = await (isCheck ? app.verifyBackup(file) : app.backup(file))
  if (context.json) context.printJson(report)
  else {
    const what = `${countText(report.samples)} samples, ${countText(report.cycles)} cycles`
    context.print(
      isCheck ? `${clean(file)} is sound: ${what}.` : `Copied to ${clean(report.path)} and checked: ${what}.`,
    )
    if (!isCheck)
      context.print('To restore it, stop tokstat and put the copy in the place of history.db (`tokstat config path`).')
  }
  return 0
}
