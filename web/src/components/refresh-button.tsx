import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { type AccountDocument, type EpochMs, fromIso } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import { LiveText } from './live-text.tsx'
import { refresh } from './refresh.ts'

/** Reads the account now; while that would be too soon it says when it will not be. */
export function RefreshButton({ account }: { readonly account: AccountDocument }): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const [toldAt, setToldAt] = useState<EpochMs | null>(null)
  const slowedUntil = account.problem?.code === 'rate_limited' ? fromIso(account.problem.retryAt) : null
  const [, render] = useState(0)
  const until = [toldAt, slowedUntil].find((at) => at !== null && at > app.ticker.now()) ?? null
  useEffect(() => {
    if (until === null) return
    return app.ticker.subscribe((now) => {
      if (now >= until) render((count) => count + 1)
    })
  }, [app, until])
  // Not `disabled`: whoever has the focus here would lose it.
  return (
    <button
      type="button"
      aria-disabled={until !== null}
      onClick={() => {
        if (until === null) void refresh(app, account.id).then(setToldAt)
      }}
    >
      {until === null ? (
        words.t('account.refresh')
      ) : (
        <LiveText text={(now) => words.t('account.refreshIn', words.countdown(until, now))} />
      )}
    </button>
  )
}
