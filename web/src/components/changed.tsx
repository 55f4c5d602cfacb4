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
    // Two names for one animation: changing between them begins it anew, and costs no layout, as reading would.
    const isFirst = span.classList.contains('changed')
    span.classList.toggle('changed', !isFirst)
    span.classList.toggle('changed-again', isFirst)
  }, [value])
  return (
    <span {...rest} ref={node} class={`value ${rest.class ?? ''}`}>
      {children}
    </span>
  )
}
