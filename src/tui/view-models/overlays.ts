import { clean } from '../../format/clean.ts'
import { displayWidth } from '../../format/display-width.ts'
import { wrapWords } from '../../format/fit.ts'
import { providerTitle } from '../../format/provider-names.ts'
import { asChosen, BLANK, dim, fill, type Line, plain, rule, toWidth, windowOf } from '../line.ts'
import type { Overlay } from '../ui-state.ts'
import type { DashboardModel } from './model.ts'

const HELP: readonly (readonly [keys: string, what: string])[] = [
  ['↑ ↓  j k', 'the account before or after; PgUp, PgDn, Home, End too'],
  ['← →  h l', 'the quota whose history is shown'],
  ['Tab', 'accounts, fleet, alerts'],
  ['Enter', 'from the fleet to the account'],
  ['/', 'filter; Enter keeps it, Esc shows all'],
  ['s', 'sort: worst first, your order, by name, next reset first'],
  ['J K', 'move the account down or up in your order, which is kept'],
  ['u', 'used or left, everywhere'],
  ['a', 'helper models too'],
  ['r  R', 'ask for this account, for all; cooldowns are respected'],
  ['n', 'a new account: provider, name, login'],
  ['e  d', 'rename or forget an account that tokstat has logged in to'],
  ['t', 'theme: terminal, dark, light, mono'],
  ['q  Esc', 'leave'],
]

const LEGEND: readonly string[] = [
  'Marks: ● lasts  ◐ close  ▲ low, or runs out first  ○ unknown  ! sign in',
  'Bars: │ an even burn would be here now   ╎ where it lands at the reset',
  'Small bars: × spent  ∞ no limit  $ an amount  · not known',
]

/** What stands over the view, in the middle of it; null: nothing does. */
export function overlayLines(model: DashboardModel, columns: number, height: number): readonly Line[] | null {
  const { overlay } = model.ui
  if (overlay === null || overlay.kind === 'filter') return null
  const content = contentOf(overlay, model, Math.min(columns - 6, 76), height - 2)
  return boxed(content.title, content.lines, columns, height)
}

interface Content {
  readonly title: string
  readonly lines: readonly Line[]
}

function contentOf(
  overlay: Exclude<Overlay, { kind: 'filter' }>,
  model: DashboardModel,
  width: number,
  height: number,
): Content {
  switch (overlay.kind) {
    case 'help':
      return { title: 'Keys', lines: helpLines(width, height) }
    case 'remove':
      return {
        title: 'Forget this account?',
        lines: [
          [{ text: clean(overlay.account), bold: true }],
          BLANK,
          ...wrapped('Its secret is deleted; its history stays.', width),
          BLANK,
          [
            { text: 'Enter', bold: true, tone: 'red' },
            plain(' forgets it   '),
            { text: 'Esc', bold: true },
            plain(' keeps it'),
          ],
        ],
      }
    case 'provider':
      return { title: 'New account: which service?', lines: providerLines(overlay.at, model, width, height) }
    case 'name':
      return {
        title: `New account at ${providerTitle(overlay.provider)}`,
        lines: [
          ...wrapped('Your own name for it (empty: the e-mail that the service says).', width),
          BLANK,
          input(overlay.text),
          BLANK,
          [dim('Enter goes on to the login · Esc goes back')],
        ],
      }
    case 'rename':
      return {
        title: `Rename ${clean(overlay.account)}`,
        lines: [input(overlay.text), BLANK, [dim('Enter renames it · Esc keeps the name')]],
      }
  }
}

function input(text: string): Line {
  return [{ text: '> ', tone: 'accent', bold: true }, plain(`${clean(text)}▏`)]
}

function wrapped(text: string, width: number): readonly Line[] {
  return wrapWords(text, width).map((line): Line => [plain(line)])
}

function helpLines(width: number, height: number): readonly Line[] {
  const keys = HELP.map(([key, what]): Line => [{ text: key.padEnd(11), bold: true, tone: 'accent' }, plain(what)])
  const legend = LEGEND.flatMap((text) => wrapWords(text, width)).map((text): Line => [dim(text)])
  if (keys.length + legend.length > height) return keys.slice(0, height)
  return keys.length + legend.length < height ? [...keys, BLANK, ...legend] : [...keys, ...legend]
}

function providerLines(at: number, { providers }: DashboardModel, width: number, height: number): readonly Line[] {
  if (providers.length === 0) return [[dim('Looking…')]]
  const how = wrapped(clean(providers[at]?.signIn ?? ''), width).slice(0, 3)
  const { shown } = windowOf(providers, at, Math.max(1, height - 3 - how.length))
  const lines = shown.map((info): Line => {
    const isChosen = info === providers[at]
    const count = info.accounts === 0 ? '' : `${info.accounts} found`
    const line = toWidth(
      [plain(isChosen ? '▸ ' : '  '), { text: providerTitle(info.id).padEnd(16), bold: isChosen }, dim(count)],
      width,
    )
    return isChosen ? asChosen(line) : line
  })
  return [...lines, BLANK, ...how, [dim('↑ ↓ chooses · Enter goes on · Esc goes back')]]
}

/** A frame with its title in the middle of the view. */
function boxed(title: string, content: readonly Line[], columns: number, height: number): readonly Line[] {
  const shown = content.slice(0, Math.max(1, height - 2))
  const inner = Math.min(columns - 4, Math.max(displayWidth(title) + 2, ...shown.map(lineWidth)) + 2)
  const margin = plain(' '.repeat(Math.max(0, Math.floor((columns - inner - 2) / 2))))
  const top: Line = [
    margin,
    rule('╭─ '),
    { text: title, bold: true },
    rule(` ${'─'.repeat(Math.max(0, inner - displayWidth(title) - 3))}╮`),
  ]
  const middle = shown.map((line): Line => [margin, rule('│ '), ...toWidth(line, inner - 2), rule(' │')])
  const bottom: Line = [margin, rule(`╰${'─'.repeat(inner)}╯`)]
  const box = [top, ...middle, bottom]
  const above = Math.max(0, Math.floor((height - box.length) / 2))
  return fill([...Array<Line>(above).fill(BLANK), ...box], height)
}

function lineWidth(line: Line): number {
  return line.reduce((sum, span) => sum + displayWidth(span.text), 0)
}
