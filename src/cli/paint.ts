import type { Tone } from '../format/status-words.ts'

/** Puts colours around text; without colour every function returns its text as it is, so no ESC byte can slip out. */
export interface Paint {
  /** Whether nothing is coloured: then a long list need not take its texts apart. */
  readonly isPlain: boolean
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly tone: (tone: Tone, text: string) => string
  /** `tone` for one tone: the same function every time, for cells by the thousand. */
  readonly inTone: Readonly<Record<Tone, (text: string) => string>>
}

/** SGR codes: the terminal's own palette, so that they fit a light and a dark background alike. */
const TONE_CODES: Readonly<Record<Tone, number>> = { fine: 32, amber: 33, red: 31, grey: 90 }

export function paintFor(color: boolean): Paint {
  const wrap = (open: number, close: number, text: string): string =>
    color && text !== '' ? `\u001b[${open}m${text}\u001b[${close}m` : text
  const tone = (name: Tone, text: string): string => wrap(TONE_CODES[name], 39, text)
  return {
    isPlain: !color,
    bold: (text) => wrap(1, 22, text),
    dim: (text) => wrap(90, 39, text),
    tone,
    inTone: {
      fine: (text) => tone('fine', text),
      amber: (text) => tone('amber', text),
      red: (text) => tone('red', text),
      grey: (text) => tone('grey', text),
    },
  }
}
