import type { JSX } from 'preact'
import type { EpochMs } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import { Command } from './copy.tsx'
import { useNow } from './now.ts'

const OFFLINE_AFTER_MS = 5_000

/** What a person must know before they believe a number: it is a demo, it goes elsewhere, it is old, it is not kept. */
export function Banners(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const status = useStore(app.status)
  const { state, since } = useStore(app.board, (board) => board.connection)
  const now = useNow(1_000)
  const isOffline = state === 'lost' && now - since > OFFLINE_AFTER_MS
  const [problem] = status?.config.problems ?? []
  return (
    <aside class="banners" aria-label={words.t('banners.label')}>
      {status?.demo === true ? <p class="banner demo">{words.t('demo.banner')}</p> : null}
      {status !== null && !status.demo && status.upstream !== null ? (
        <p class="banner amber">{words.t('upstream.banner', status.upstream)}</p>
      ) : null}
      {isOffline ? (
        <p class="banner amber">
          {words.t('live.offlineNotice', words.instant(since as EpochMs, now))} <Command text="tokstat serve" />
        </p>
      ) : null}
      {status?.privacy === true ? <p class="banner">{words.t('privacy.banner')}</p> : null}
      {problem === undefined ? null : (
        <p class="banner amber">
          {words.t('config.banner')} {problem.message}
        </p>
      )}
      {status === null || status.history.state === 'ok' ? null : (
        <p class="banner amber">
          {words.t('history.banner')} {status.history.why}
        </p>
      )}
    </aside>
  )
}
