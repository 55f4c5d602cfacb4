import { clean, safeJson } from '../../format/clean.ts'
import { SECOND_MS } from '../../model/time.ts'
import type { CliCommand, CommandContext } from '../command.ts'
import { flatList } from '../list-view.ts'
import { type MonitorData, runMonitor } from '../monitor.ts'
import { parseDuration } from '../parse.ts'
import { ACCOUNT_OPTION, PROVIDER_OPTION, type ReadAccounts, readAccounts } from '../read-accounts.ts'

/** Faster than this nobody reads and every service is annoyed. */
const SHORTEST_MS = 10 * SECOND_MS

/** `tokstat quota monitor`: a table that stays and renews itself. */
export const quotaMonitor: CliCommand = {
  options: [
    { flags: '--interval <time>', description: 'how often: 30s, 2m; at least 10s', default: '30s' },
    PROVIDER_OPTION,
    ACCOUNT_OPTION,
    { flags: '--all-models', description: 'helper models too (tab_*, chat_*)' },
  ],
  examples: [
    ['tokstat quota monitor', 'every 30 seconds; r reloads, j k Space scroll, q quits'],
    ['tokstat quota monitor --provider antigravity --interval 1m', 'one service, calmer'],
  ],
  run,
}

async function run(context: CommandContext): Promise<number> {
  const { io, options, paint } = context
  const wanted = parseDuration(options.text('interval') ?? '30s', '--interval')
  const intervalMs = Math.max(SHORTEST_MS, wanted)
  if (wanted < SHORTEST_MS) context.note('--interval: 10s is the shortest; using 10s.')
  // The first read happens on the normal screen, so that a wrong argument is answered there.
  const first = await readAccounts(context, 'fresh')
  if (!io.stdout.isTTY || context.json) {
    await printEvery(first, intervalMs, context)
    return 0
  }
  await runMonitor({
    io,
    paint,
    intervalMs,
    allModels: options.has('allModels'),
    first: dataOf(first),
    read: async (mode) => dataOf(await readAccounts(context, mode, { isQuiet: true })),
  })
  return 0
}

function dataOf({ app, snapshot, document }: ReadAccounts): MonitorData {
  return { document, whole: snapshot.document, rules: app.rules, notice: snapshot.notice }
}

/** Without a terminal: one table (or one line of JSON) an interval, no control codes, until it is interrupted. */
async function printEvery(first: ReadAccounts, intervalMs: number, context: CommandContext): Promise<void> {
  const { io } = context
  let isOver = false
  let wake: () => void = () => {}
  const stop = io.onInterrupt(() => {
    isOver = true
    wake()
  })
  let read: ReadAccounts | null = first
  while (!isOver) {
    if (read !== null) printOnce(read, context)
    await new Promise<void>((resolve) => {
      const timer = io.clock.after(intervalMs, resolve)
      wake = () => {
        timer.cancel()
        resolve()
      }
    })
    read = isOver ? null : await readAgain(context)
  }
  stop()
}

async function readAgain(context: CommandContext): Promise<ReadAccounts | null> {
  try {
    return await readAccounts(context, 'fresh', { isQuiet: true })
  } catch (error) {
    context.note(`❌ Failed to read quotas: ${clean(error instanceof Error ? error.message : 'unknown reason')}`)
    return null
  }
}

function printOnce({ app, snapshot, document }: ReadAccounts, context: CommandContext): void {
  if (context.json) {
    context.print(safeJson(document, 0))
    return
  }
  const { io, paint, options } = context
  const lines = flatList({
    document,
    whole: snapshot.document,
    now: app.now(),
    rules: app.rules,
    width: null,
    timeZone: io.timeZone,
    allModels: options.has('allModels'),
    paint,
  })
  context.print(`${lines.join('\n')}\n`)
}
