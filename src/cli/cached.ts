import { safeJson } from '../format/clean.ts'
import { agedDocument } from '../model/document-state.ts'
import { DEFAULT_RULES } from '../model/settings.ts'
import { toIso } from '../model/time.ts'
import type { Io } from './io.ts'
import { parseBoard, type ReadBoardFile } from './kept-board.ts'
import { flatList, groupedList, type ListView } from './list-view.ts'
import { paintFor } from './paint.ts'
import { pickAccounts } from './pick.ts'

export interface CachedOptions {
  /** Arguments after `tokstat`. */
  readonly argv: readonly string[]
  readonly readBoardFile: ReadBoardFile
  readonly io: Io
}

interface CachedFlags {
  readonly json: boolean
  readonly allModels: boolean
  readonly provider: string | null
  readonly account: string | null
}

/**
 * Whether the arguments are a `list --cached` that needs no option parser: main asks this before it loads anything
 * else. Null for every other command, and for options that only the real parser can judge.
 */
export function cachedFlags(argv: readonly string[]): CachedFlags | null {
  const flags = { json: false, allModels: false, provider: null as string | null, account: null as string | null }
  let isCached = false
  const words = argv[Symbol.iterator]()
  let isFirst = true
  for (const word of words) {
    const [option = '', inline] = word.split(/=(.*)/s)
    if (word === 'list' && isFirst) isFirst = false
    else if (word === '--cached') isCached = true
    else if (word === '--json') flags.json = true
    else if (word === '--all-models') flags.allModels = true
    else if (option === '--provider' || option === '--account') {
      const value = inline ?? words.next().value
      if (typeof value !== 'string' || value === '') return null
      flags[option === '--provider' ? 'provider' : 'account'] = value
    } else return null
  }
  return isCached ? flags : null
}

/**
 * `tokstat list --cached [--json]`: the last good readings from board.json and nothing else; no network, no lock.
 * Their age is always shown. Without the file: "no data yet" and exit code 0. Throws AppError 4 for an unknown account.
 */
export async function printCached({ argv, readBoardFile, io }: CachedOptions): Promise<number> {
  const flags = cachedFlags(argv) ?? { json: argv.includes('--json'), allModels: false, provider: null, account: null }
  const now = io.clock.now()
  const kept = parseBoard(await readBoardFile())
  if (kept === null) {
    if (flags.json) io.stdout.write(`${safeJson({ schemaVersion: 1, generatedAt: toIso(now), accounts: [] })}\n`)
    ;(flags.json ? io.stderr : io.stdout).write('no data yet\n')
    return 0
  }
  const whole = agedDocument(kept, now)
  const document = pickAccounts(whole, flags)
  if (flags.json) {
    io.stdout.write(`${safeJson(document)}\n`)
    return 0
  }
  const view: ListView = {
    document,
    whole,
    now,
    rules: DEFAULT_RULES,
    width: io.stdout.columns(),
    timeZone: io.timeZone,
    allModels: flags.allModels,
    paint: paintFor(io.color),
  }
  const lines = io.stdout.isTTY ? groupedList(view) : flatList(view)
  io.stdout.write(`${lines.join('\n')}\n`)
  return 0
}
