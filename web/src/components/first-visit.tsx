import type { JSX } from 'preact'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import { sourceName } from '../view/sources.ts'
import type { TextKey } from '../words/en.ts'
import { Command } from './copy.tsx'

/** No account yet: what was looked for, how to log in, and the demo. */
export function FirstVisit(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const status = useStore(app.status)
  return (
    <section class="first">
      <h1 class="headline">{words.t('first.title')}</h1>
      <p>{words.t('first.text')}</p>
      <div class="first-parts">
        <div>
          <h2>{words.t('first.how')}</h2>
          <p class="soft">{words.t('first.signIn')}</p>
          <p>
            <Command text="claude" /> <Command text="codex login" /> <Command text="opencode auth login" />
          </p>
          <p class="soft">{words.t('first.own')}</p>
          <p>
            <Command text="tokstat login copilot" /> <Command text="tokstat login openrouter" />
          </p>
          <p class="soft">{words.t('first.demo')}</p>
          <p>
            <Command text="tokstat demo" />
          </p>
        </div>
        <div>
          <h2>{words.t('first.looked')}</h2>
          <SourceList sources={status?.sources ?? []} />
        </div>
      </div>
    </section>
  )
}

interface Source {
  readonly source: string
  readonly state: string
  readonly count: number
}

/** What each tool's login files said when they were looked at. No path is shown: the server tells none. */
export function SourceList({ sources }: { readonly sources: readonly Source[] }): JSX.Element {
  const words = useStore(useApp().words)
  const bySource = Map.groupBy(sources, ({ source }) => source)
  return (
    <ul class="facts">
      {[...bySource].map(([source, places]) => {
        const count = places.reduce((sum, place) => sum + place.count, 0)
        const worst = ['unreadable', 'found', 'empty', 'absent'].find((state) =>
          places.some((place) => place.state === state),
        )
        return (
          <li key={source}>
            <span>{sourceName(source)}</span>
            <span class={worst === 'unreadable' ? 'tone-amber' : 'soft'}>
              {count > 0 && worst !== 'unreadable'
                ? words.n('source.logins', count)
                : words.t(`source.${worst ?? 'absent'}` as TextKey)}
            </span>
          </li>
        )
      })}
    </ul>
  )
}
