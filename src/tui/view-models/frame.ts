import { clean } from '../../format/clean.ts'
import { cutTo, wrapWords } from '../../format/fit.ts'
import { providerTitle } from '../../format/provider-names.ts'
import { BLANK, dim, fill, type Line, plain, toWidth } from '../line.ts'
import { accountsView } from './accounts-view.ts'
import { alertsView } from './alerts-view.ts'
import { footerLines, headerLines } from './chrome.ts'
import { fleetView } from './fleet-view.ts'
import { type AccountRow, accountRows, type DashboardModel } from './model.ts'
import { overlayLines } from './overlays.ts'

const LEAST_COLUMNS = 40
const LEAST_ROWS = 8

/** The whole screen: exactly `rows` lines of exactly `columns` cells, because nothing is clipped for us. */
export function frame(
  model: DashboardModel,
  columns: number,
  rows: number,
  shown: readonly AccountRow[] = accountRows(model),
): readonly Line[] {
  if (columns < LEAST_COLUMNS || rows < LEAST_ROWS) return tooSmall(columns, rows)
  const header = headerLines(model, shown.length, columns, rows)
  const footer = footerLines(model, columns).slice(0, rows - header.length)
  const height = rows - header.length - footer.length
  const body = overlayLines(model, columns, height) ?? viewLines(model, shown, columns, height)
  const lines = [...header, ...fill(body, height), ...footer]
  return lines.slice(0, rows).map((line) => toWidth(line, columns))
}

function viewLines(
  model: DashboardModel,
  shown: ReturnType<typeof accountRows>,
  columns: number,
  height: number,
): readonly Line[] {
  const { document, ui } = model
  if (document === null) return [BLANK, [dim('  Reading…')]]
  if (ui.view === 'alerts') return alertsView(model, columns, height)
  if (document.accounts.length === 0) return emptyLines(model, columns, height)
  return ui.view === 'fleet' ? fleetView(model, shown, columns, height) : accountsView(model, shown, columns, height)
}

/** Without an account: what to do, and where was looked. What does not fit goes from the end. */
function emptyLines(model: DashboardModel, columns: number, height: number): readonly Line[] {
  const width = Math.min(columns - 4, 100)
  const text = (words: string): readonly Line[] => wrapWords(words, width).map((line): Line => [plain(`  ${line}`)])
  const top: readonly Line[] = [
    BLANK,
    [{ text: '  No accounts yet.', bold: true }],
    ...text(
      'tokstat uses the logins that are already on this machine. Sign in with one of these, and it appears here.',
    ),
    [plain('  Or press '), { text: 'n', bold: true, tone: 'accent' }, plain(' to log in from here.')],
    BLANK,
  ]
  const whole = model.providers.flatMap(({ id, signIn }) => signInLines(id, signIn, width))
  const short = model.providers.flatMap(({ id, signIn }) =>
    signInLines(id, cutTo(clean(signIn), width - PROVIDER_WIDTH), width),
  )
  const ways = top.length + whole.length <= height ? whole : short
  const end: readonly Line[] = [
    BLANK,
    [dim('  `tokstat demo` shows it with invented accounts, `tokstat doctor` says more.')],
  ]
  const places = model.sources.map((source): Line => [dim(`  ${source.state.padEnd(11)}${clean(source.place)}`)])
  const looked = places.length === 0 ? [] : [BLANK, [dim('  Looked at:')], ...places]
  const lines = [...top, ...ways, ...end]
  return lines.length + Math.min(looked.length, 5) <= height ? [...lines, ...looked] : lines
}

const PROVIDER_WIDTH = 14

function signInLines(provider: string, signIn: string, width: number): readonly Line[] {
  return wrapWords(clean(signIn), width - PROVIDER_WIDTH).map((line, index): Line => {
    const name = index === 0 ? providerTitle(provider) : ''
    return [{ text: `  ${name.padEnd(PROVIDER_WIDTH)}`, tone: 'accent' }, plain(line)]
  })
}

function tooSmall(columns: number, rows: number): readonly Line[] {
  const lines = wrapWords(
    `Make the window larger: ${LEAST_COLUMNS} by ${LEAST_ROWS} at least. q leaves.`,
    Math.max(8, columns - 1),
  )
  return fill(
    lines.map((line): Line => [plain(line)]),
    Math.max(1, rows),
  ).map((line) => toWidth(line, Math.max(1, columns)))
}
