import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface ChangedProps {
  /** When this is another one than before, the value fades from the accent to ink. */
  readonly value: string
  readonly class?: string
  readonly children: ComponentChildren
}

/** A value that may change while it is looked at. The fade is in the style sheet, and not there with reduced motion. */
export function Changed({ value, children, ...rest }: ChangedProps): JSX.Element {
  const node = useRef<HTMLSpanElement>(null)
  const last = useRef(value)
  useEffect(() => {
    if (last.current === value) return
    last.current = value
    const span = node.current
    if (span === null) return
    span.classList.remove('changed')
    // Read, so that the animation begins anew when a value changes twice in a row.
    void span.offsetWidth
    span.classList.add('changed')
  }, [value])
  return (
    <span {...rest} ref={node} class={`value ${rest.class ?? ''}`}>
      {children}
    </span>
  )
}
