import { amountsOf } from '../../format/amount.ts'
import { clean } from '../../format/clean.ts'
import { type InstantText, instantText } from '../../format/instant.ts'
import { percentText } from '../../format/percent.ts'
import { sparkline } from '../../format/sparkline.ts'
import type { CycleDocument, PointDocument, SeriesDocument } from '../../model/past-document.ts'
import { type EpochMs, fromIso } from '../../model/time.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { accountNamed, pastQuery, QUOTA_OPTION, SINCE_OPTION, UNTIL_OPTION } from '../past-options.ts'
import { checkQuota } from '../pick.ts'

const SHOWN_CYCLES = 5
const LEAST_LINE = 20
const MOST_LINE = 100
const INDENT = 2

/** `tokstat history <account>`: the past of its quotas, with a line and the last cycles. */
export const history: CliCommand = {
  arguments: [
    {
      name: '<account>',
      description: 'id or name; where there is only one, it need not be named',
      completes: 'account',
      orTheOnlyOne: true,
    },
  ],
  options: [QUOTA_OPTION, SINCE_OPTION, UNTIL_OPTION],
  examples: [
    ['tokstat history claude/work', 'the last 7 days of every quota'],
    ['tokstat history claude/work --quota weekly --since 30d', 'a month of one'],
    ['tokstat history claude/work --json', 'points and cycles, for a script'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const known = await accountNamed(context, context.args[0] ?? '')
  const account = known.id
  const query = { ...pastQuery(context, { since: '7d' }), account }
  const app = await context.app()
  const [{ series }, { cycles }] = [await app.history(query), await app.cycles(query)]
  // A quota that is gone has its history still; one that never was has none.
  if (series.length === 0) checkQuota(query.quota ?? null, [known])
  if (context.json) context.printJson({ series, cycles })
  else if (series.length === 0) {
    context.print(`No history of ${clean(account)} in this time yet. It grows with every reading of \`tokstat serve\`.`)
  } else
    for (const one of series)
      printSeries(
        one,
        cycles.filter((cycle) => cycle.quota === one.quota),
        context,
        app.now(),
      )
  return 0
}

function printSeries(
  series: SeriesDocument,
  cycles: readonly CycleDocument[],
  context: CommandContext,
  now: EpochMs,
): void {
  const { paint, io } = context
  const instant = instantText(io.timeZone)
  const width = Math.min(MOST_LINE, Math.max(LEAST_LINE, (io.stdout.columns() ?? 80) - INDENT))
  const { points } = series
  context.print(`${paint.bold(clean(series.label))}  ${clean(series.quota)}`)
  context.print(`  ${sparkline(heights(series), width)}`)
  const [first, last] = [points[0], points.at(-1)]
  if (first !== undefined && last !== undefined) {
    context.print(
      paint.tone(
        'grey',
        `  ${text(first, series, instant, now)} → ${text(last, series, instant, now)}${legend(series)}`,
      ),
    )
  }
  for (const cycle of cycles.slice(0, SHOWN_CYCLES)) context.print(`  ${cycleLine(cycle, instant, now)}`)
  context.print()
}

/** Balances, spend and counts have no share: what is known of them is an amount. */
function isAmount({ points }: SeriesDocument): boolean {
  return points.every((point) => point.usedRatio === null) && points.some((point) => amount(point) !== null)
}

function amount({ remaining, used }: PointDocument): number | null {
  return remaining ?? used
}

/** Shares as they are; amounts over the highest of them. */
function heights(series: SeriesDocument): readonly (number | null)[] {
  const { points } = series
  if (!isAmount(series)) return points.map((point) => point.usedRatio)
  const highest = Math.max(...points.map((point) => amount(point) ?? 0))
  return points.map((point) => {
    const value = amount(point)
    return value === null ? null : highest > 0 ? value / highest : 0
  })
}

function text(point: PointDocument, series: SeriesDocument, instant: InstantText, now: EpochMs): string {
  const at = fromIso(point.at)
  const value = isAmount(series)
    ? (amountsOf({ ...point, unit: series.unit, kind: series.kind }) ?? '–')
    : percentText(point.usedRatio)
  return at === null ? '—' : `${instant(at, now)} ${value}`
}

function legend(series: SeriesDocument): string {
  return isAmount(series) ? '' : ' (share used)'
}

/** `Mon 09:00 – Mon 14:00  peak 87%  13% unused` */
function cycleLine(cycle: CycleDocument, instant: InstantText, now: EpochMs): string {
  const [from, to] = [fromIso(cycle.startedAt), cycle.endedAt === null ? null : fromIso(cycle.endedAt)]
  const span = `${from === null ? '—' : instant(from, now)} – ${to === null ? 'now' : instant(to, now)}`
  const unused = cycle.endUsedRatio === null ? '' : `  ${percentText(Math.max(0, 1 - cycle.endUsedRatio))} unused`
  const wall = cycle.exhaustedSeconds > 0 ? `  at the limit for ${Math.ceil(cycle.exhaustedSeconds / 60)} min` : ''
  return `${span}  peak ${percentText(cycle.peakUsedRatio)}${unused}${wall}`
}
