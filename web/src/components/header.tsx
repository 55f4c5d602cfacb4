import type { JSX } from 'preact'
import type { EpochMs } from '../../../src/model/index.ts'
import { type App, useApp } from '../app-context.ts'
import { linkTo, type Place, type View } from '../state/location.ts'
import { LAYOUTS } from '../state/preferences.ts'
import { useStore } from '../state/store.ts'
import type { Words } from '../words/words.ts'
import { LiveText } from './live-text.tsx'

const TABS: readonly Exclude<View, 'account'>[] = ['overview', 'analytics', 'timeline', 'alerts', 'settings', 'health']

/** A line that breaks for a moment is being tried again; after this it is away. */
const OFFLINE_AFTER_MS = 5_000

export function Header({ place }: { readonly place: Place }): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const count = useStore(app.board, (board) => board.document?.accounts.length ?? null)
  const current = place.view === 'account' ? 'overview' : place.view
  return (
    <header class="top">
      <a class="brand" href="#/" aria-label="tokstat">
        <svg viewBox="0 0 22 16" aria-hidden="true">
          <rect class="brand-fine" x="0" y="1" width="22" height="3.4" rx="1.7" />
          <rect class="brand-amber" x="0" y="6.4" width="14" height="3.4" rx="1.7" />
          <rect class="brand-red" x="0" y="11.8" width="7" height="3.4" rx="1.7" />
        </svg>
        <span>tokstat</span>
      </a>
      <Connection />
      {count === null ? null : <span class="soft count">{words.n('accounts.count', count)}</span>}
      <nav aria-label={words.t('nav.label')}>
        {TABS.map((view) => (
          <a key={view} href={linkTo(view)} aria-current={view === current ? 'page' : undefined}>
            {words.t(`nav.${view}`)}
          </a>
        ))}
      </nav>
      <span class="switches">
        <FigureSwitch app={app} words={words} />
        <button
          type="button"
          class="quiet icon"
          title={words.t('theme.toggle')}
          aria-label={words.t('theme.toggle')}
          onClick={() => toggleTheme(app)}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <circle cx="8" cy="8" r="6" class="ring" />
            <path d="M8 2a6 6 0 0 1 0 12z" />
          </svg>
        </button>
      </span>
    </header>
  )
}

function FigureSwitch({ app, words }: { readonly app: App; readonly words: Words }): JSX.Element {
  const figure = useStore(app.preferences, (preferences) => preferences.figure)
  return (
    <button
      type="button"
      class="quiet"
      title={words.t('figure.toggle')}
      aria-label={`${words.t('figure.toggle')}: ${words.t(`figure.${figure}`)}`}
      onClick={() => toggleFigure(app)}
    >
      <span class={figure === 'used' ? 'chosen' : 'soft'}>{words.t('figure.used')}</span>
      <span class="soft"> / </span>
      <span class={figure === 'left' ? 'chosen' : 'soft'}>{words.t('figure.left')}</span>
    </button>
  )
}

/** `● live`, `reconnecting`, `offline since 14:05`: a shape and a word. */
function Connection(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const { state, since } = useStore(app.board, (board) => board.connection)
  const tone = state === 'open' ? 'fine' : state === 'connecting' ? 'grey' : 'amber'
  const text = (now: EpochMs): string =>
    state === 'lost' && now - since > OFFLINE_AFTER_MS
      ? words.t('live.offline', words.instant(since as EpochMs, now))
      : words.t(`live.${state}`)
  return (
    <span class={`connection tone-${tone}`} data-connection={state} role="status">
      <svg class={`mark ${tone}`} viewBox="0 0 12 12" aria-hidden="true">
        {state === 'open' ? <circle cx="6" cy="6" r="4" /> : <circle cx="6" cy="6" r="3.5" class="ring" />}
      </svg>
      <LiveText text={text} />
    </span>
  )
}

export function toggleTheme(app: App): void {
  const preferences = app.preferences.get()
  const isDark =
    preferences.theme === 'auto' ? matchMedia('(prefers-color-scheme: dark)').matches : preferences.theme === 'dark'
  app.preferences.set({ ...preferences, theme: isDark ? 'light' : 'dark' })
}

export function toggleFigure(app: App): void {
  const preferences = app.preferences.get()
  app.preferences.set({ ...preferences, figure: preferences.figure === 'left' ? 'used' : 'left' })
}

/** Rows, cards, list, rows … */
export function nextLayout(app: App): void {
  const preferences = app.preferences.get()
  const next = LAYOUTS[(LAYOUTS.indexOf(preferences.layout) + 1) % LAYOUTS.length] ?? 'rows'
  app.preferences.set({ ...preferences, layout: next })
}
