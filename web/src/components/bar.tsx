import type { JSX } from 'preact'
import type { Tone } from '../../../src/format/status-words.ts'
import type { BarMarks } from '../view/lines.ts'

interface BarProps {
  /** Share that is filled, 0..1; null: unknown, shown as a dotted track, because an empty bar would say "nothing". */
  readonly ratio: number | null
  readonly tone: Tone
  /** Shares of what was used. */
  readonly marks: BarMarks
  /** Whether `ratio` is what is left: then marks are counted from the other end. */
  readonly isLeft: boolean
  readonly label: string
}

/** 6 px, with a tick where an even burn would be now and a notch where the forecast ends. */
export function Bar({ ratio, tone, marks, isLeft, label }: BarProps): JSX.Element {
  const at = (used: number): string => `${(isLeft ? 1 - used : used) * 100}%`
  const filled = ratio === null ? 0 : Math.min(1, Math.max(0, ratio))
  return (
    <span class={`bar ${tone} ${ratio === null ? 'unknown' : ''}`} role="img" aria-label={label}>
      <span class="fill" style={{ inlineSize: `${filled * 100}%` }} />
      {marks.even === null ? null : <span class="even" style={{ insetInlineStart: at(marks.even) }} />}
      {marks.landing === null ? null : <span class="landing" style={{ insetInlineStart: at(marks.landing) }} />}
    </span>
  )
}
