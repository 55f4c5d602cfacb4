import { clean } from '../../format/clean.ts'
import { instantText } from '../../format/instant.ts'
import { type Alert, LONGEST_SNOOZE_MS, type SnoozeTarget } from '../../model/alerts.ts'
import { type AlertsOverview, type App, AppError } from '../../model/app.ts'
import { fromIso } from '../../model/time.ts'
import { type AlertName, checkRule, findAlertName, MOST_FIRING } from '../alert-names.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { parseDuration } from '../parse.ts'
import { accountNamed, QUOTA_OPTION } from '../past-options.ts'
import { snoozeText } from '../print-alerts.ts'

/** `tokstat alerts snooze`: no message for a while; what happens is still noticed and logged. */
export const alertsSnooze: CliCommand = {
  arguments: [
    { name: '[what]', description: 'an alert that fires (its id), a rule, or an account', completes: 'account' },
  ],
  options: [
    { flags: '--rule <name>', description: 'only this rule' },
    { flags: '--account <account>', description: 'only this account: id or name', completes: 'account' },
    QUOTA_OPTION,
    { flags: '--for <duration>', description: 'how long: 30m, 2h, 1d; at most 30d', default: '1h' },
  ],
  examples: [
    ['tokstat alerts snooze claude/work --for 2h', 'nothing about this account for two hours'],
    ['tokstat alerts snooze exhausted --account claude/work', 'one rule, for one account, for an hour'],
    ['tokstat alerts snooze --quota weekly --for 1d', 'no word about any weekly quota for a day'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const forMs = parseDuration(context.options.text('for') ?? '1h', '--for')
  if (forMs > LONGEST_SNOOZE_MS) {
    throw new AppError(
      4,
      'bad_argument',
      '--for: a snooze lasts 30 days at most.',
      'A rule is taken out in config.toml.',
    )
  }
  const app = await context.app()
  const overview = await app.alerts({ firing: true, limit: MOST_FIRING })
  const [word] = context.args
  const named = word === undefined ? null : await findAlertName(app, overview, word)
  if (named?.kind === 'alert') return snoozeAlert(app, named.alert, forMs, context)
  const target = await targetOf(named, overview, context)
  const snooze = await (await app.alertDesk()).snoozeTarget(target, forMs)
  if (context.json) context.printJson({ snooze })
  else {
    printSnoozed(snoozeText(snooze), snooze.until, context, app)
    context.print(`  Undo: tokstat alerts unsnooze ${snooze.id}`)
  }
  return 0
}

async function snoozeAlert(app: App, { id }: Alert, forMs: number, context: CommandContext): Promise<number> {
  const alert = await (await app.alertDesk()).snooze(id, forMs)
  if (alert === null) throw new AppError(1, 'alert_over', 'The alert is over by now.')
  if (context.json) context.printJson({ alert })
  else {
    printSnoozed(alert.message, alert.snoozedUntil, context, app)
    context.print('  Undo: tokstat alerts list shows its snooze, tokstat alerts unsnooze ends it')
  }
  return 0
}

function printSnoozed(what: string, untilIso: string | null, context: CommandContext, app: App): void {
  const until = fromIso(untilIso)
  const end = until === null ? '' : ` until ${instantText(context.io.timeZone)(until, app.now())}`
  context.print(`${context.paint.tone('fine', '✓')} Snoozed${end}: ${clean(what)}`)
}

/** The word and the options together. Throws AppError 4 when nothing is named, or the same thing twice. */
async function targetOf(
  named: Exclude<AlertName, { kind: 'alert' }> | null,
  overview: AlertsOverview,
  context: CommandContext,
): Promise<SnoozeTarget> {
  const { options } = context
  const [rule, account, quota] = [options.text('rule'), options.text('account'), options.text('quota')]
  if (rule !== null) checkRule(overview, rule)
  const target = {
    rule: named?.kind === 'rule' ? named.rule : rule,
    account: named?.kind === 'account' ? named.account : account && (await accountNamed(context, account)).id,
    quota,
  }
  if ((named?.kind === 'rule' && rule !== null) || (named?.kind === 'account' && account !== null)) {
    throw new AppError(4, 'bad_argument', `Two ${named.kind}s are named.`, 'Name one.')
  }
  if (target.rule !== null || target.account !== null || quota !== null) return target
  const hint = 'Name an alert, a rule or an account: `tokstat alerts list` shows them.'
  throw new AppError(4, 'bad_argument', 'What is to be snoozed?', hint)
}
