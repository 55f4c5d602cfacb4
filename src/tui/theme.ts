import type { Line, Span } from './line.ts'

/** `terminal`: the 16 colours that the reader has chosen for every program; `mono`: bold and reverse alone. */
const THEMES = ['terminal', 'dark', 'light', 'mono'] as const

export type ThemeName = (typeof THEMES)[number]

interface Palette {
  readonly accent: string
  readonly fine: string
  readonly amber: string
  readonly red: string
  readonly grey: string
  readonly dim: string
  readonly line: string
  /** Of plain text and of the whole background; empty: the terminal's own. */
  readonly base: string
  readonly chosen: string
}

/** SGR parameters. Dark and light are those of the web page. */
const PALETTES: Readonly<Record<Exclude<ThemeName, 'mono'>, Palette>> = {
  terminal: {
    accent: '36',
    fine: '32',
    amber: '33',
    red: '31',
    // Faint, not bright black: that is the background itself in some palettes (Solarized).
    grey: '2',
    dim: '2',
    line: '2',
    base: '',
    chosen: '7',
  },
  dark: {
    accent: rgb('7aa2ff'),
    fine: rgb('58c48a'),
    amber: rgb('e5b454'),
    red: rgb('ff7a6b'),
    grey: rgb('9da1a8'),
    dim: rgb('9da1a8'),
    line: rgb('43474e'),
    base: `${rgb('e9e7e3')};${rgb('131416', 48)}`,
    chosen: rgb('2c3340', 48),
  },
  light: {
    accent: rgb('2f5fbf'),
    fine: rgb('1f7043'),
    amber: rgb('8a5a10'),
    red: rgb('b03427'),
    grey: rgb('6b6762'),
    dim: rgb('6b6762'),
    line: rgb('bcb5ab'),
    base: `${rgb('1c1b19')};${rgb('fbfaf8', 48)}`,
    chosen: rgb('e3e8f4', 48),
  },
}

function rgb(hex: string, layer: 38 | 48 = 38): string {
  const at = (index: number): number => Number.parseInt(hex.slice(index, index + 2), 16)
  return `${layer};2;${at(0)};${at(2)};${at(4)}`
}

/** A line as the terminal takes it. */
export function paintLine(line: Line, theme: ThemeName): string {
  const text = line.map((span) => paintSpan(span, theme)).join('')
  const base = theme === 'mono' ? '' : PALETTES[theme].base
  return base === '' ? text : `\u001b[${base}m${text}\u001b[0m`
}

function paintSpan(span: Span, theme: ThemeName): string {
  if (span.text === '') return ''
  const codes = theme === 'mono' ? monoCodes(span) : colourCodes(span, PALETTES[theme])
  if (codes.length === 0) return span.text
  const base = theme === 'mono' ? '' : PALETTES[theme].base
  return `\u001b[${codes.join(';')}m${span.text}\u001b[0m${base === '' ? '' : `\u001b[${base}m`}`
}

function monoCodes({ bold, chosen, dim, tone }: Span): readonly string[] {
  return [
    ...(bold === true ? ['1'] : []),
    ...((dim === true || tone === 'line') && chosen !== true ? ['2'] : []),
    ...(chosen === true ? ['7'] : []),
  ]
}

function colourCodes(span: Span, palette: Palette): readonly string[] {
  const colour = span.tone === undefined ? (span.dim === true ? palette.dim : '') : palette[span.tone]
  // A reversed row in the 16 colours keeps to the plain pair: grey on a reversed line cannot be read everywhere.
  const isReversed = span.chosen === true && palette.chosen === '7'
  return [
    ...(span.bold === true ? ['1'] : []),
    ...(colour === '' || isReversed ? [] : [colour]),
    ...(span.chosen === true ? [palette.chosen] : []),
  ]
}

/** The theme to begin with. `colorFgBg` is the variable of that name (`15;0`): some terminals tell their background. */
export function firstTheme(facts: { readonly color: boolean; readonly kept: string | null }): ThemeName {
  if (!facts.color) return 'mono'
  return THEMES.find((name) => name === facts.kept) ?? 'terminal'
}

/** The next one; without colour there is but one. */
export function nextTheme(theme: ThemeName, color: boolean): ThemeName {
  if (!color) return 'mono'
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'terminal'
}
