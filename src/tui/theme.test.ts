import { describe, expect, it } from 'vitest'
import { golden } from '../../test/helpers/golden.ts'
import type { Span } from './line.ts'
import { paintLine, type ThemeName } from './theme.ts'

const LOOKS: Readonly<Record<string, Omit<Span, 'text'>>> = {
  plain: {},
  bold: { bold: true },
  dim: { dim: true },
  accent: { tone: 'accent' },
  fine: { tone: 'fine' },
  amber: { tone: 'amber' },
  red: { tone: 'red' },
  grey: { tone: 'grey' },
  line: { tone: 'line' },
}
const THEMES: readonly ThemeName[] = ['terminal', 'dark', 'light', 'mono']

function painted(look: Omit<Span, 'text'>, theme: ThemeName): string {
  return paintLine([{ ...look, text: 'x' }], theme).replaceAll('\u001b', 'ESC')
}

type Colour = readonly [red: number, green: number, blue: number]

/** The pair of colours that the letter is shown in. */
function coloursOf(look: Omit<Span, 'text'>, theme: ThemeName): { readonly ink: Colour; readonly paper: Colour } {
  const [before = ''] = paintLine([{ ...look, text: 'x' }], theme).split('x')
  const last = (layer: 38 | 48): Colour => {
    const found = [...before.matchAll(new RegExp(`${layer};2;(\\d+);(\\d+);(\\d+)`, 'g'))].at(-1)
    if (found === undefined) throw new Error(`${theme} names no colour ${layer}`)
    return [Number(found[1]), Number(found[2]), Number(found[3])]
  }
  return { ink: last(38), paper: last(48) }
}

/** As WCAG 2 defines it. */
function contrast({ ink, paper }: { readonly ink: Colour; readonly paper: Colour }): number {
  const luminance = (colour: Colour): number => {
    const [red = 0, green = 0, blue = 0] = colour.map((part) => {
      const share = part / 255
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const [light = 0, dark = 0] = [luminance(ink), luminance(paper)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

describe('the themes', () => {
  it('are the golden ones', () => {
    const lines = THEMES.flatMap((theme) =>
      Object.entries(LOOKS).flatMap(([name, look]) => [
        `${theme.padEnd(9)} ${name.padEnd(14)} ${painted(look, theme)}`,
        `${theme.padEnd(9)} ${`${name}, chosen`.padEnd(14)} ${painted({ ...look, chosen: true }, theme)}`,
      ]),
    )
    const actual = `${lines.join('\n')}\n`
    expect(actual).toBe(golden('dashboard/themes.txt', actual))
  })

  it.each(['dark', 'light'] as const)('can be read: 4.5 : 1 and more for every word, chosen or not (%s)', (theme) => {
    for (const [name, look] of Object.entries(LOOKS)) {
      // Rules and the empty part of a bar say nothing that is not said beside them.
      const least = name === 'line' ? 1.3 : 4.5
      for (const chosen of [false, true]) {
        const ratio = contrast(coloursOf({ ...look, chosen }, theme))
        expect(ratio, `${name}${chosen ? ', chosen' : ''}`).toBeGreaterThanOrEqual(least)
      }
    }
  })

  it('never tell by colour where there is none', () => {
    for (const look of Object.values(LOOKS)) expect(painted(look, 'mono')).not.toMatch(/ESC\[[\d;]*[349]\d/)
  })
})
