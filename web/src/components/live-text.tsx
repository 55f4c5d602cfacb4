import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { EpochMs } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'

interface LiveTextProps {
  /** What is said at an instant. Must be cheap: it is asked every second. */
  readonly text: (now: EpochMs) => string
  readonly class?: string
}

/**
 * A text that time alone changes (an age, a countdown). It writes its own node, and only when the text is another one,
 * so that thousands of countdowns cost no rendering. The node has no children that Preact knows of.
 */
export function LiveText({ text, ...rest }: LiveTextProps): JSX.Element {
  const { ticker } = useApp()
  const node = useRef<HTMLSpanElement>(null)
  const say = useRef(text)
  say.current = text
  function write(now: EpochMs): void {
    const next = say.current(now)
    if (node.current !== null && node.current.textContent !== next) node.current.textContent = next
  }
  useLayoutEffect(() => write(ticker.now()))
  useEffect(() => ticker.subscribe(write), [ticker])
  return <span {...rest} ref={node} />
}
