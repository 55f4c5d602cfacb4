import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import type { TextKey } from '../words/en.ts'

const KEYS: readonly (readonly [keys: string, text: TextKey])[] = [
  ['/', 'keys.filter'],
  ['f', 'keys.show'],
  ['g', 'keys.group'],
  ['s', 'keys.sort'],
  ['j k ↓ ↑', 'keys.move'],
  ['↵', 'keys.open'],
  ['Esc', 'keys.back'],
  ['1 – 6', 'keys.views'],
  ['u', 'keys.used'],
  ['v', 'keys.layout'],
  ['t', 'keys.theme'],
  ['r', 'keys.refresh'],
  ['?', 'keys.help'],
]

export function KeyHelp({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const words = useStore(useApp().words)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="keys-title">
      <h2 id="keys-title">{words.t('keys.title')}</h2>
      <KeyList />
      <form method="dialog">
        <button type="submit">{words.t('keys.close')}</button>
      </form>
    </dialog>
  )
}

export function KeyList(): JSX.Element {
  const words = useStore(useApp().words)
  return (
    <dl class="keys">
      {KEYS.map(([keys, text]) => (
        <div key={text}>
          <dt>
            {keys.split(' ').map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{words.t(text)}</dd>
        </div>
      ))}
    </dl>
  )
}
