import { safeJson } from '../../format/clean.ts'
import { AppError } from '../../model/app.ts'
import type { AccountsDocument } from '../../model/document.ts'
import { agedDocument } from '../../model/document-state.ts'
import { didYouMean } from '../../model/suggest.ts'
import type { Io } from '../io.ts'
import { parseBoard, type ReadBoardFile } from '../kept-board.ts'
import { pickAccounts } from '../pick.ts'
import { barJson } from './bar-json.ts'
import type { ClaudeCodePort } from './claude-code.ts'
import { PLACES, type Place, writeSegments } from './places.ts'
import { DEFAULT_FORMAT, type LineData, renderFormat } from './tokens.ts'

export interface LineFlags {
  readonly format: string | null
  readonly json: boolean
  readonly place: string | null
  readonly provider: string | null
  readonly account: string | null
  readonly claudeCode: boolean
  /** A command that was the status line before: it is run with the same input, and its lines come first. */
  readonly before: string | null
}

export interface LineOptions {
  readonly flags: LineFlags
  readonly io: Io
  readonly readBoardFile: ReadBoardFile
  readonly claudeCode: () => Promise<ClaudeCodePort>
}

const VALUES: Readonly<Record<string, 'format' | 'place' | 'provider' | 'account' | 'before'>> = {
  '--format': 'format',
  '--for': 'place',
  '--provider': 'provider',
  '--account': 'account',
  '--keep': 'before',
}

/**
 * The arguments of a `statusline` that needs no option parser: main asks this before it loads anything else. Null for
 * every other command, for `--help` and for what only the real parser can judge.
 */
export function lineFlags(argv: readonly string[]): LineFlags | null {
  if (argv[0] !== 'statusline') return null
  const flags = { json: false, claudeCode: false }
  const values: Partial<Record<'format' | 'place' | 'provider' | 'account' | 'before', string>> = {}
  const words = argv.slice(1)[Symbol.iterator]()
  for (const word of words) {
    const [option = '', inline] = word.split(/=(.*)/s)
    const name = Object.hasOwn(VALUES, option) ? VALUES[option] : undefined
    if (word === '--json') flags.json = true
    else if (word === '--claude-code') flags.claudeCode = true
    else if (name !== undefined) {
      const value = inline ?? words.next().value
      if (typeof value !== 'string') return null
      values[name] = value
    } else return null
  }
  const { format = null, place = null, provider = null, account = null, before = null } = values
  return { ...flags, format, place, provider, account, before }
}

/**
 * `tokstat statusline`: one line from board.json and nothing else; no network, no lock, so it cannot pile up. Without
 * the file: "no data yet" and exit code 0. Throws AppError 4 for what the flags ask for and does not exist.
 */
export async function printStatusLine({ flags, io, readBoardFile, claudeCode }: LineOptions): Promise<number> {
  const place = placeOf(flags)
  const handed = flags.claudeCode ? readInput(io).then((text) => takeOver(text, flags, claudeCode)) : null
  const now = io.clock.now()
  const board = parseBoard(await readBoardFile())
  const printed = handed === null ? null : await handed
  if (printed !== null && printed !== '') io.stdout.write(printed.endsWith('\n') ? printed : `${printed}\n`)
  if (board === null) {
    io.stdout.write(flags.json ? `${safeJson(NO_DATA, 0)}\n` : 'no data yet\n')
    return 0
  }
  const whole = agedDocument(board, now)
  const document = chosen(whole, flags)
  const data: LineData = { document, whole, now, timeZone: io.timeZone }
  const segments = renderFormat(flags.format ?? DEFAULT_FORMAT, data)
  if (flags.json) io.stdout.write(`${safeJson(barJson(segments, data), 0)}\n`)
  else {
    const line = writeSegments(segments, place, isColored(place, io, flags))
    // An empty format keeps what Claude Code says and shows nothing of ours.
    if (line !== '' || !flags.claudeCode) io.stdout.write(`${line}\n`)
  }
  return 0
}

const NO_DATA = {
  text: 'no data yet',
  alt: 'grey',
  tooltip: 'tokstat has not read anything yet.',
  class: 'grey',
  percentage: null,
  full_text: 'no data yet',
  short_text: 'no data yet',
}

/** A status line of a service that is not in use here is empty, not an error; only a misspelt account is one. */
function chosen(whole: AccountsDocument, { provider, account }: LineFlags): AccountsDocument {
  return pickAccounts(whole, { provider, account })
}

function placeOf({ place, claudeCode }: LineFlags): Place {
  if (place === null) return claudeCode ? 'ansi' : 'plain'
  const known = PLACES.find((one) => one === place)
  if (known !== undefined) return known
  const hint = [didYouMean(place, PLACES), `Known: ${PLACES.join(', ')}.`].filter((part) => part !== null).join(' ')
  throw new AppError(4, 'bad_argument', `"${place}" does not fit --for.`, hint)
}

/** A bar that is named has its colours although nobody sits at a terminal; NO_COLOR counts everywhere. */
function isColored(place: Place, io: Io, flags: LineFlags): boolean {
  return io.mayColor && (flags.claudeCode || place !== 'plain')
}

/** Claude Code's documents have some kilobytes; it closes the pipe at once. */
const LONGEST_INPUT = 1_048_576
const LONGEST_WAIT_MS = 1_000

/** What is piped in, at most for a second: a pipe that nobody closes must not leave a process behind. */
function readInput(io: Io): Promise<string> {
  if (io.stdin.isTTY) return Promise.resolve('')
  return new Promise((resolve) => {
    let text = ''
    const timer = io.clock.after(LONGEST_WAIT_MS, end)
    const stop = io.stdin.onKeys((chunk) => {
      text += chunk
      if (text.length > LONGEST_INPUT) end()
    }, end)
    function end(): void {
      timer.cancel()
      stop()
      resolve(text.length > LONGEST_INPUT ? '' : text)
    }
  })
}

async function takeOver(
  text: string,
  { before }: LineFlags,
  claudeCode: LineOptions['claudeCode'],
): Promise<string | null> {
  const port = await claudeCode()
  const [, printed] = await Promise.all([port.keep(text), before === null ? null : port.run(before, text)])
  return printed
}
