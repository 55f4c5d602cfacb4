import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { clean } from '../../../src/format/clean.ts'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import { sourceName } from '../view/sources.ts'
import type { TextKey } from '../words/en.ts'
import { Command, WithCommands } from './copy.tsx'
import { say } from './refresh.ts'

/** No account yet: what was looked for, how to log in, and the demo. */
export function FirstVisit(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const status = useStore(app.status)
  return (
    <section class="first">
      <h1 class="headline">{words.t('first.title')}</h1>
      <p>{words.t('first.text')}</p>
      <h2>{words.t('first.how')}</h2>
      <div class="first-ways">
        <div>
          <p>{words.t('first.signIn')}</p>
          <p>
            <Command text="claude" /> <Command text="codex login" /> <Command text="opencode auth login" />
          </p>
        </div>
        <div>
          <p>{words.t('first.own')}</p>
          <p>
            <Command text="tokstat login copilot" /> <Command text="tokstat login openrouter" />
          </p>
        </div>
        <div>
          <p>{words.t('first.demo')}</p>
          <p>
            {isHere(location.hostname) ? <DemoButton /> : null} <Command text="tokstat demo" />
          </p>
        </div>
      </div>
      <h2>{words.t('first.looked')}</h2>
      <div class="first-places">
        <SourceList sources={status?.sources ?? []} />
      </div>
    </section>
  )
}

/** The demo answers to loopback alone: a browser of another machine would find nothing. */
function isHere(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

function DemoButton(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const [isBusy, setBusy] = useState(false)
  async function show(): Promise<void> {
    setBusy(true)
    try {
      const demo = await app.api.send<{ readonly url: string }>('POST', '/api/v1/demo')
      if (demo !== null) return location.assign(demo.url)
      say(app, words.t('first.demoNotHere'))
    } catch (error) {
      say(app, error instanceof Error ? error.message : words.t('error.title'))
    }
    setBusy(false)
  }
  return (
    <button type="button" disabled={isBusy} onClick={() => void show()}>
      {words.t(isBusy ? 'first.demoStarts' : 'first.demoButton')}
    </button>
  )
}

interface Source {
  readonly source: string
  readonly state: string
  readonly count: number
  readonly hint: string | null
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
        const hint = places.find((place) => place.state === 'unreadable')?.hint ?? null
        return (
          <li key={source}>
            <span>{sourceName(source)}</span>
            <span class={worst === 'unreadable' ? 'tone-amber' : 'soft'}>
              {count > 0 && worst !== 'unreadable'
                ? words.n('source.logins', count)
                : words.t(`source.${worst ?? 'absent'}` as TextKey)}
            </span>
            {hint === null ? null : (
              <span class="soft small source-hint">
                <WithCommands text={clean(hint)} />
              </span>
            )}
          </li>
        )
      })}
    </ul>
  )
}
