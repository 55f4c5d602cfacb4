import { clean } from '../../format/clean.ts'
import { countdown } from '../../format/countdown.ts'
import { instantText } from '../../format/instant.ts'
import { paceText } from '../../format/pace.ts'
import { percentText } from '../../format/percent.ts'
import { verdictText } from '../../format/verdict-words.ts'
import type { QuotaDocument } from '../../model/document.ts'
import { type EpochMs, fromIso } from '../../model/time.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { accountNamed, QUOTA_OPTION } from '../past-options.ts'
import { checkQuota, findAccount } from '../pick.ts'
import { startProgress } from '../progress.ts'
import { type Cell, layOut, renderRow } from '../table.ts'

/** `tokstat forecast <account>`: will it last until its reset? */
export const forecast: CliCommand = {
  arguments: [
    {
      name: '<account>',
      description: 'id or name; where there is only one, it need not be named',
      completes: 'account',
      orTheOnlyOne: true,
    },
  ],
  options: [QUOTA_OPTION],
  examples: [
    ['tokstat forecast claude/work', 'every quota of the account'],
    ['tokstat forecast claude/work --quota weekly --json', 'one, for a script'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const { id } = await accountNamed(context, context.args[0] ?? '')
  const app = await context.app()
  const progress = startProgress(context.io, 'Asking the service')
  const { document } = await app.snapshot({ mode: 'fresh', accounts: [id] }).finally(progress.end)
  const wanted = context.options.text('quota')
  const account = findAccount(document.accounts, id)
  checkQuota(wanted, [account])
  const quotas = account.quotas.filter((quota) =>
    wanted === null ? !quota.helper && quota.usedRatio !== null : quota.id === wanted,
  )
  if (context.json) context.printJson({ forecasts: quotas.flatMap((quota) => quota.forecast ?? []) })
  else if (quotas.length === 0) context.print(`Nothing of ${clean(id)} has a share that could be foretold.`)
  else printForecasts(quotas, context, app.now())
  return 0
}

function printForecasts(quotas: readonly QuotaDocument[], context: CommandContext, now: EpochMs): void {
  const instant = instantText(context.io.timeZone)
  const columns = [
    { title: '' },
    { title: '' },
    { title: '', least: 12 },
    { title: '', dispensable: 2 },
    { title: '', dispensable: 1 },
  ]
  const rows = quotas.map((quota): readonly Cell[] => [
    { text: clean(quota.label) },
    { text: `${percentText(quota.remainingRatio)} left` },
    { text: quota.forecast === null && !quota.due ? 'still learning' : verdictText(quota, now, false, instant) },
    { text: paceText(quota) },
    { text: chanceText(quota) || `resets ${countdown(fromIso(quota.resetsAt), now)}` },
  ])
  const layout = layOut(columns, rows, context.io.stdout.columns())
  for (const row of rows) context.print(renderRow(layout, row))
}

/** `62% likely before the reset` */
function chanceText({ forecast: found }: QuotaDocument): string {
  const chance = found?.probabilityBeforeReset ?? null
  return chance === null || chance < 0.01 ? '' : `${percentText(chance)} likely to run out before the reset`
}
