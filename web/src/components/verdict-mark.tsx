import type { JSX } from 'preact'
import type { Tone } from '../../../src/format/status-words.ts'

/** A shape for each tone, so that no colour stands alone: a dot, a half, a triangle, a ring. */
export function VerdictMark({ tone }: { readonly tone: Tone }): JSX.Element {
  return (
    <svg class={`mark ${tone}`} viewBox="0 0 12 12" aria-hidden="true">
      {SHAPES[tone]()}
    </svg>
  )
}

// Made anew for each mark: Preact writes the parent into an element, so one that is kept would hold every page it was
// ever part of.
const SHAPES: Readonly<Record<Tone, () => JSX.Element>> = {
  fine: () => <circle cx="6" cy="6" r="4.5" />,
  amber: () => (
    <>
      <circle cx="6" cy="6" r="4" class="ring" />
      <path d="M6 2a4 4 0 0 1 0 8z" />
    </>
  ),
  red: () => <path d="M6 1 11.4 10.6H.6z" />,
  grey: () => <circle cx="6" cy="6" r="4" class="ring" />,
}
