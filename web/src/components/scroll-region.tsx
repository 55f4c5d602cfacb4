import type { ComponentChildren, JSX } from 'preact'

interface ScrollRegionProps {
  readonly label: string
  readonly children: ComponentChildren
}

/** A part that scrolls by itself. The keyboard must reach it, or its end cannot be read without a mouse. */
export function ScrollRegion({ label, children }: ScrollRegionProps): JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: axe asks for it (scrollable-region-focusable)
    <section class="scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  )
}
