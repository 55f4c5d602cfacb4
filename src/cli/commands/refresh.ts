import { clean } from '../../format/clean.ts'
import { instantText } from '../../format/instant.ts'
import type { RefreshResult } from '../../model/ports.ts'
import { toIsoOrNull } from '../../model/time.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { exitCodeOfProblems } from '../exit-code.ts'
import { findAccount } from '../pick.ts'
import { startProgress } from '../progress.ts'
import { type Cell, layOut, renderRow } from '../table.ts'

/** `tokstat refresh [account]`: asks now, respecting cooldowns. */
export const refresh: CliCommand = {
  arguments: [{ name: '[account]', description: 'id or name; all accounts without it', completes: 'account' }],
  examples: [
    ['tokstat refresh', 'ask for every account'],
    ['tokstat refresh claude/work', 'ask for one; its failure is the exit code'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const [wanted] = context.args
  const app = await context.app()
  const progress = startProgress(context.io, 'Asking the services')
  let results: readonly RefreshResult[]
  try {
    let ids: readonly string[] | null = null
    if (wanted !== undefined) {
      const listed = await app.snapshot({ mode: 'fresh', accounts: [] })
      ids = [findAccount(listed.document.accounts, wanted).id]
    }
    results = await app.refresh(ids)
  } finally {
    progress.end()
  }
  if (context.json) context.printJson({ results: results.map(toJson) })
  else printResults(results, context, app.now())
  return exitCodeOfProblems(results.map((result) => (result.problem === null ? null : result.problem.code)))
}

/** The shape of `POST /api/v1/refresh`. */
function toJson({ observedAt, retryAt, ...result }: RefreshResult): unknown {
  return { ...result, observedAt: toIsoOrNull(observedAt), retryAt: toIsoOrNull(retryAt) }
}

function printResults(
  results: readonly RefreshResult[],
  context: CommandContext,
  now: RefreshResult['observedAt'],
): void {
  if (results.length === 0) {
    context.print('No accounts yet; `tokstat list` says how to add one.')
    return
  }
  const instant = instantText(context.io.timeZone)
  const rows = results.map((result): readonly Cell[] => {
    const again =
      result.retryAt !== null && now !== null && result.retryAt > now ? `Next try ${instant(result.retryAt, now)}.` : ''
    const why = [result.problem?.message ?? '', result.problem?.hint ?? '', again]
      .filter((part) => part !== '')
      .join(' ')
    return [{ text: clean(result.account) }, outcomeCell(result, context), { text: clean(why) }]
  })
  const layout = layOut([{ title: '' }, { title: '' }, { title: '' }], rows, null)
  for (const cells of rows) context.print(renderRow(layout, cells))
}

function outcomeCell(result: RefreshResult, { paint }: CommandContext): Cell {
  switch (result.outcome) {
    case 'read':
      return { text: '✓ read', paint: (text) => paint.tone('fine', text) }
    case 'cooldown':
      return { text: '… not asked: too soon', paint: (text) => paint.tone('amber', text) }
    case 'failed':
      return { text: '✗ failed', paint: (text) => paint.tone('red', text) }
  }
}
