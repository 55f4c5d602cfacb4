import type { ComponentChildren, JSX } from 'preact'
import { useApp } from '../app-context.ts'
import { linkTo } from '../state/location.ts'
import { useStore } from '../state/store.ts'

/** Nothing there yet: a sentence, and what to do. */
export function Empty({
  text,
  children,
}: {
  readonly text: string
  readonly children?: ComponentChildren
}): JSX.Element {
  return (
    <div class="empty">
      <p>{text}</p>
      {children === undefined ? null : <p class="soft">{children}</p>}
    </div>
  )
}

/** Nothing there because there is no account: how to get one is said on the overview. */
export function EmptyWithout({ text, hint }: { readonly text: string; readonly hint: string }): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const isBare = useStore(app.board, (board) => board.document?.accounts.length === 0)
  if (!isBare) return <Empty text={text}>{hint}</Empty>
  return (
    <Empty text={words.t('first.title')}>
      <a href={linkTo('overview')}>{words.t('first.how')}</a>
    </Empty>
  )
}

export function Loading(): JSX.Element {
  const words = useStore(useApp().words)
  return (
    <p class="loading soft" role="status">
      {words.t('loading')}
    </p>
  )
}

export function Unreadable({ onRetry }: { readonly onRetry: () => void }): JSX.Element {
  const words = useStore(useApp().words)
  return (
    <div class="empty" role="alert">
      <p>{words.t('error.title')}</p>
      <button type="button" onClick={onRetry}>
        {words.t('error.retry')}
      </button>
    </div>
  )
}
