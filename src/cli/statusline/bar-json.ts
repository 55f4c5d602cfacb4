import { headline } from '../../format/headline.ts'
import { instantText } from '../../format/instant.ts'
import { percentOf } from '../../format/percent.ts'
import type { Tone } from '../../format/status-words.ts'
import { verdictTone } from '../../format/verdict-words.ts'
import { bestOfDocument } from '../../model/document-state.ts'
import { DEFAULT_RULES } from '../../model/settings.ts'
import { escapeMarkup, hexOf, type Segment, writeSegments } from './places.ts'
import { accountLines, accountText, type LineData } from './tokens.ts'

/** What waybar reads (`return-type: json`), with the keys of i3blocks and i3bar beside them. */
export interface BarJson {
  readonly text: string
  readonly alt: string
  readonly tooltip: string
  readonly class: string
  /** What is left of the worst quota, 0..100; null where it is not known. */
  readonly percentage: number | null
  readonly full_text: string
  readonly short_text: string
  readonly color: string
  readonly markup: 'pango'
}

const CLASSES: Readonly<Record<Tone, string>> = { fine: 'calm', amber: 'amber', red: 'red', grey: 'grey' }

export function barJson(segments: readonly Segment[], data: LineData): BarJson {
  const { whole, now, timeZone } = data
  const lines = accountLines(data)
  const worst = lines[0]
  const tone: Tone = worst === undefined ? 'grey' : verdictTone(worst.verdict)
  const ratio = worst?.quota?.due === true ? null : (worst?.quota?.remainingRatio ?? null)
  const text = writeSegments(segments, 'pango', false)
  const best = bestOfDocument(whole, {}, now, DEFAULT_RULES)
  const sentence = headline({ document: whole, best, now, instant: instantText(timeZone) })
  const tooltip = [sentence, ...lines.map((line) => `${line.title}: ${accountText(line, data)}`)].map(escapeMarkup)
  return {
    text,
    alt: CLASSES[tone],
    tooltip: tooltip.join('\n'),
    class: CLASSES[tone],
    percentage: ratio === null ? null : percentOf(ratio),
    full_text: text,
    short_text: worst === undefined ? text : escapeMarkup(accountText(worst, data)),
    color: hexOf(tone),
    markup: 'pango',
  }
}
