import type { ComponentType, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useApp } from './app-context.ts'
import { Banners } from './components/banners.tsx'
import { Header } from './components/header.tsx'
import { KeyHelp } from './components/key-help.tsx'
import { useKeys } from './components/keys.ts'
import { Login } from './components/login.tsx'
import { Loading, Unreadable } from './components/states.tsx'
import type { Place, View } from './state/location.ts'
import { useStore } from './state/store.ts'
import { Overview } from './views/overview.tsx'

/** Views that are fetched when they are first opened; the overview is in the first load. */
const LAZY: Readonly<Record<Exclude<View, 'overview'>, () => Promise<ComponentType<{ readonly place: Place }>>>> = {
  account: async () => (await import('./views/account.tsx')).AccountView,
  analytics: async () => (await import('./views/analytics.tsx')).AnalyticsView,
  timeline: async () => (await import('./views/timeline.tsx')).TimelineView,
  alerts: async () => (await import('./views/alerts.tsx')).AlertsView,
  settings: async () => (await import('./views/settings.tsx')).SettingsView,
  health: async () => (await import('./views/health.tsx')).HealthView,
}

/** The frame around every view. */
export function Shell(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const place = useStore(app.place)
  const session = useStore(app.session)
  const document = useStore(app.board, (board) => board.document)
  const toast = useStore(app.toast)
  const [isHelping, setHelping] = useState(false)
  useKeys(app, () => setHelping(true))
  // The history of the browser can change the view under an open dialog.
  useEffect(() => setHelping(false), [place.view, place.account])
  if (session?.needed === true && !session.signedIn) return <Login />
  return (
    <>
      <button type="button" class="skip" onClick={focusContent}>
        {words.t('nav.skip')}
      </button>
      <Header place={place} />
      <Banners />
      <main id="content" tabIndex={-1} data-view={place.view}>
        {document === null ? <Loading /> : <CurrentView place={place} />}
      </main>
      <p class="toast" role="status">
        {toast}
      </p>
      {isHelping ? <KeyHelp onClose={() => setHelping(false)} /> : null}
    </>
  )
}

function focusContent(): void {
  document.getElementById('content')?.focus()
}

function CurrentView({ place }: { readonly place: Place }): JSX.Element {
  if (place.view === 'overview') return <Overview place={place} />
  return <LazyView key={place.view} view={place.view} place={place} />
}

interface LazyViewProps {
  readonly view: Exclude<View, 'overview'>
  readonly place: Place
}

function LazyView({ view, place }: LazyViewProps): JSX.Element {
  const [Loaded, setLoaded] = useState<ComponentType<{ readonly place: Place }> | null>(null)
  const [isFailed, setFailed] = useState(false)
  useEffect(() => {
    LAZY[view]().then(
      (component) => setLoaded(() => component),
      () => setFailed(true),
    )
  }, [view])
  // Its file is gone when tokstat was replaced by another version: the page as a whole is then the old one.
  if (isFailed) return <Unreadable onRetry={() => location.reload()} />
  return Loaded === null ? <Loading /> : <Loaded place={place} />
}
