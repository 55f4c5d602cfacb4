import { clean } from '../../format/clean.ts'
import { countdown } from '../../format/countdown.ts'
import { instantText } from '../../format/instant.ts'
import { leftText } from '../../format/percent.ts'
import { capitals } from '../../format/provider-names.ts'
import { type App, AppError } from '../../model/app.ts'
import type { BestDocument, Choice } from '../../model/best.ts'
import { type EpochMs, fromIso } from '../../model/time.ts'
import { askBest } from '../best-query.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { startProgress } from '../progress.ts'
import { PROVIDER_OPTION } from '../read-accounts.ts'
import { type Cell, type Column, layOut, renderRow } from '../table.ts'

const COLUMNS: readonly Column[] = [
  { title: '' },
  { title: '' },
  { title: '' },
  { title: '', dispensable: 1 },
  { title: '', least: 8 },
]

/** `tokstat best`: which account to use next, and why. Exit code 5 when none is usable. */
export const best: CliCommand = {
  options: [
    { flags: '--model <id>', description: 'for this model' },
    { flags: '--pool <name>', description: 'for this pool: claude, gemini, …' },
    PROVIDER_OPTION,
    { flags: '--export', description: 'as variables for a shell: eval "$(tokstat best --export)"' },
  ],
  examples: [
    ['tokstat best', 'of all accounts'],
    ['tokstat best --model claude-sonnet-4', 'that can run this model'],
    ['tokstat best --json | jq -r .best.account', 'for a script'],
    ['eval "$(tokstat best --export)" && run-agent', 'TOKSTAT_BEST_ACCOUNT and the like for a program'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const { options } = context
  const [model, pool, provider] = [options.text('model'), options.text('pool'), options.text('provider')]
  if (model !== null && pool !== null) {
    throw new AppError(4, 'bad_argument', '--model and --pool exclude each other.', 'Give the one you care about.')
  }
  const app = await context.app()
  const query = { model: model ?? undefined, pool: pool ?? undefined, provider: provider ?? undefined }
  const progress = startProgress(context.io, 'Asking the services')
  const document = await askBest(app, query).finally(progress.end)
  if (context.json) context.printJson(document)
  else if (options.has('export')) for (const line of exportLines(document)) context.print(line)
  else printBest(document, context, app.now())
  if (document.best === null && document.excluded.length === 0) context.note(await howToBegin(app, provider))
  return document.best === null ? 5 : 0
}

async function howToBegin(app: App, provider: string | null): Promise<string> {
  const info = (await app.providers()).find((one) => one.id === provider)
  if (info !== undefined) return clean(info.signIn)
  return '`tokstat list` shows where was looked and how to sign in; `tokstat demo` shows it all with invented accounts.'
}

/** Assignments that every POSIX shell, and fish, can read; all of them unset when no account is usable. */
export function exportLines({ best }: BestDocument): readonly string[] {
  const values: readonly (readonly [name: string, value: string | null])[] = [
    ['ACCOUNT', best?.account ?? null],
    ['PROVIDER', best?.provider ?? null],
    ['NAME', best === null ? null : best.account.slice(best.provider.length + 1)],
    ['POOL', best?.pool ?? null],
    ['REMAINING_RATIO', best?.remainingRatio?.toString() ?? null],
    ['RESETS_AT', best?.resetsAt ?? null],
    ['REASON', best?.reason ?? null],
  ]
  return values.map(([name, value]) => `export TOKSTAT_BEST_${name}=${quoted(value ?? '')}`)
}

/** In single quotes nothing means anything to a shell but the quote itself. */
function quoted(text: string): string {
  return `'${clean(text).replaceAll("'", `'\\''`)}'`
}

function printBest(document: BestDocument, context: CommandContext, now: EpochMs): void {
  const { paint } = context
  const instant = instantText(context.io.timeZone)
  const when = (iso: string | null, word: string): string => {
    const at = fromIso(iso)
    return at === null || at <= now ? '' : `${word} ${instant(at, now)} (${countdown(at, now)})`
  }
  const cells = (choice: Choice, word: string): readonly Cell[] => [
    { text: word, paint: word === 'Use' ? paint.bold : paint.dim },
    { text: nameOf(choice), ...(word === 'Use' ? { paint: paint.bold } : {}) },
    { text: choice.remainingRatio === null ? '' : leftText(choice.remainingRatio) },
    { text: when(choice.resetsAt, 'resets') },
    { text: clean(choice.reason), paint: paint.dim },
  ]
  const rows: (readonly Cell[])[] = []
  if (document.best !== null) rows.push(cells(document.best, 'Use'))
  rows.push(...document.others.map((choice) => cells(choice, 'then')))
  for (const { account, reason, recoversAt } of document.excluded) {
    const back = { text: when(recoversAt, 'back') }
    rows.push([
      { text: 'not now', paint: paint.dim },
      { text: clean(account) },
      { text: '' },
      back,
      { text: clean(reason), paint: paint.dim },
    ])
  }
  if (document.best === null) context.print(rows.length === 0 ? 'No account is known.' : 'No account is usable now.')
  const layout = layOut(COLUMNS, rows, context.io.stdout.columns())
  for (const row of rows) context.print(renderRow(layout, row))
}

function nameOf(choice: Choice): string {
  return clean(choice.pool === null ? choice.account : `${choice.account} (${capitals(choice.pool)})`)
}
