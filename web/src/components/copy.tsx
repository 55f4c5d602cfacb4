import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'

const SHOWN_MS = 2_000

/** A command to run, with a button that copies it. Without clipboard (no TLS) the text is selected instead. */
export function Command({ text }: { readonly text: string }): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const [isCopied, setCopied] = useState(false)
  async function copy(event: MouseEvent): Promise<void> {
    const code = (event.currentTarget as HTMLElement).parentElement?.querySelector('code')
    try {
      await navigator.clipboard.writeText(text)
      setCopied(true)
      setTimeout(() => setCopied(false), SHOWN_MS)
    } catch {
      // Not allowed here: selected, it is one key away.
      if (code) getSelection()?.selectAllChildren(code)
    }
  }
  return (
    <span class="command">
      <code dir="ltr">{text}</code>
      <button type="button" class="quiet" onClick={(event) => void copy(event)}>
        {words.t(isCopied ? 'account.copied' : 'account.copy')}
      </button>
    </span>
  )
}

/** A sentence of ours with commands between backticks; each is shown as code that can be copied. */
export function WithCommands({ text }: { readonly text: string }): JSX.Element {
  const parts = text.split('`')
  return (
    <>
      {parts.map((part, index) => {
        if (index % 2 === 1) return <Command key={part} text={part} />
        // A full stop behind the frame of a command would hang in the air.
        return index > 0 ? part.replace(/^\.(?=\s|$)/, '') : part
      })}
    </>
  )
}

/** The same sentence where nothing can be pressed, in a link for example. */
export function plainCommands(text: string): JSX.Element {
  return <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code key={part}>{part}</code> : part))}</>
}
