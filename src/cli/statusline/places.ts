import type { Tone } from '../../format/status-words.ts'

/** Where a status line is shown: each place has its own colours, and marks of its own that must not be believed. */
export const PLACES = ['plain', 'ansi', 'tmux', 'bash', 'zsh', 'polybar', 'pango'] as const

export type Place = (typeof PLACES)[number]

/** A piece of a line; no tone: no verdict, hence no colour. */
export interface Segment {
  readonly text: string
  readonly tone: Tone | null
}

interface Writer {
  readonly harmless: (text: string) => string
  readonly paint: (tone: Tone, text: string) => string
}

const SGR: Readonly<Record<Tone, number>> = { fine: 32, amber: 33, red: 31, grey: 90 }
/** The colours of the web page for dark backgrounds, as bars have them. */
const HEX: Readonly<Record<Tone, string>> = { fine: '#58c48a', amber: '#e5b454', red: '#ff7a6b', grey: '#7d8087' }
const NAMES: Readonly<Record<Tone, string>> = { fine: 'green', amber: 'yellow', red: 'red', grey: 'brightblack' }

const asIs = (text: string): string => text
const sgr = (tone: Tone, text: string): string => `\u001b[${SGR[tone]}m${text}\u001b[39m`

const WRITERS: Readonly<Record<Place, Writer>> = {
  plain: { harmless: asIs, paint: (_tone, text) => text },
  ansi: { harmless: asIs, paint: sgr },
  // #(…) and #{…} are commands and variables of tmux.
  tmux: {
    harmless: (text) => text.replaceAll('#', '##'),
    paint: (tone, text) => `#[fg=${NAMES[tone]}]${text}#[fg=default]`,
  },
  // \001 and \002 stand around what takes no room, else readline miscounts the prompt.
  bash: {
    harmless: asIs,
    paint: (tone, text) => `\u0001\u001b[${SGR[tone]}m\u0002${text}\u0001\u001b[39m\u0002`,
  },
  zsh: {
    harmless: (text) => text.replaceAll('%', '%%'),
    paint: (tone, text) => `%F{${tone === 'grey' ? '8' : NAMES[tone]}}${text}%f`,
  },
  polybar: {
    harmless: (text) => text.replaceAll('%{', '% {'),
    paint: (tone, text) => `%{F${HEX[tone]}}${text}%{F-}`,
  },
  pango: {
    harmless: escapeMarkup,
    paint: (tone, text) => `<span color="${HEX[tone]}">${text}</span>`,
  },
}

/** Text as Pango markup shows it: waybar, i3bar and i3blocks. */
export function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** The line for a place; without colour its marks are still made harmless. */
export function writeSegments(segments: readonly Segment[], place: Place, color: boolean): string {
  const { harmless, paint } = WRITERS[place]
  return segments
    .map(({ text, tone }) => {
      const shown = harmless(text)
      return tone === null || !color || shown === '' ? shown : paint(tone, shown)
    })
    .join('')
}

/** The colour of a tone in `#rrggbb`, for bars that take it beside the text. */
export function hexOf(tone: Tone): string {
  return HEX[tone]
}
