import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { AppError, type ExportFormat } from '../../model/app.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { cannotWrite, checkFolderOf } from '../out-file.ts'
import { accountNamed, pastQuery, QUOTA_OPTION, SINCE_OPTION, UNTIL_OPTION } from '../past-options.ts'
import { ACCOUNT_OPTION } from '../read-accounts.ts'

const FORMATS: readonly ExportFormat[] = ['csv', 'json', 'openmetrics']

/** `tokstat export`: every stored sample, for other programs. */
export const exportCommand: CliCommand = {
  options: [
    { flags: '--format <format>', description: 'csv (the default), json, openmetrics', choices: FORMATS },
    ACCOUNT_OPTION,
    QUOTA_OPTION,
    SINCE_OPTION,
    UNTIL_OPTION,
    { flags: '--out <file>', description: 'write to this file, which must not exist (default: stdout)' },
  ],
  examples: [
    ['tokstat export --since 30d > usage.csv', 'a month for a spreadsheet'],
    ['tokstat export --format openmetrics --out history.txt', 'for `promtool tsdb create-blocks-from openmetrics`'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const { options } = context
  const wanted = options.text('account')
  const account = wanted === null ? undefined : (await accountNamed(context, wanted)).id
  const format = FORMATS.find((one) => one === options.text('format')) ?? (context.json ? 'json' : 'csv')
  const out = options.text('out')
  if (out !== null) checkIsNew(out)
  const app = await context.app()
  if (out !== null) create(out)
  const write =
    out === null ? (text: string) => context.io.stdout.write(text) : (text: string) => appendFileSync(out, text)
  await app.exportHistory(format, { ...pastQuery(context), account }, write)
  if (out !== null) context.note(`Written to ${out}.`)
  return 0
}

/** Throws AppError 4. */
function checkIsNew(path: string): void {
  checkFolderOf(path)
  if (!existsSync(path)) return
  throw new AppError(4, 'file_exists', `${path} exists already.`, 'Name another file, or move that one away.')
}

/** Throws AppError 1 where no file can be. */
function create(path: string): void {
  try {
    writeFileSync(path, '', { mode: 0o600, flag: 'wx' })
  } catch (error) {
    throw cannotWrite(path, error)
  }
}
