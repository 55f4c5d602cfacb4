import { render } from 'preact'
import { createClient } from '../../src/client/client.ts'
import type { App } from './app-context.ts'
import { AppContext, type ServerStatus, type SessionState } from './app-context.ts'
import { connectLive } from './live/connect.ts'
import { followInstall } from './offline/install.ts'
import { keptOf } from './offline/kept.ts'
import { createShell } from './offline/register.ts'
import { Shell } from './shell.tsx'
import { createApi } from './state/api.ts'
import { showBadge } from './state/badge.ts'
import { ageBoard, applyMessage, emptyBoard } from './state/board.ts'
import { baseUrl, createBrowserClock, createBrowserFetch } from './state/browser.ts'
import { gradually } from './state/gradual.ts'
import { type Place, readPlace, writePlace } from './state/location.ts'
import { takeLoginCode } from './state/login-code.ts'
import { followNotifications } from './state/notify.ts'
import { readPreferences, writePreferences } from './state/preferences.ts'
import { createStore } from './state/store.ts'
import { createTicker } from './state/ticker.ts'
import { followLanguage } from './words/load.ts'
import './styles/base.css'
import './styles/shell.css'
import './styles/overview.css'
import './styles/lines.css'

/** Puts the app together: the only place that makes and connects its parts. */
function start(root: HTMLElement): void {
  const url = baseUrl(document)
  let loginCode = takeLoginCode(location, history)
  const clock = createBrowserClock()
  const client = createClient({ url, token: null, fetch: createBrowserFetch(clock), clock })
  const board = createStore(emptyBoard(clock.now()))
  const preferences = createStore(readPreferences(localStorage))
  const place = createStore<Place>(readPlace(location.hash))
  const session = createStore<SessionState | null>(null)
  const status = createStore<ServerStatus | null>(null)
  const ticker = createTicker(clock, document)
  const words = followLanguage(preferences, navigator.languages)
  const api = createApi(url, clock, () => session.set({ needed: true, signedIn: false }))
  const kept = keptOf(url)
  const shell = createShell(url)

  const live = connectLive({
    url,
    client,
    clock,
    kept,
    onMessage: gradually(
      (message) => {
        board.set(applyMessage(board.get(), message, clock.now()))
        if (message.kind === 'heartbeat' && !document.hidden) void readStatus()
        if (message.kind !== 'connection') return
        if (message.state === 'lost') void readKeptStatus()
        if (message.state === 'refused') session.set({ needed: true, signedIn: false })
        if (message.state !== 'open') return
        // Another tab has signed in, or this one while its first question was still on its way.
        if (session.get()?.needed === true) session.set({ needed: true, signedIn: true })
        void readStatus().then(() => lookForNewBuild())
      },
      requestAnimationFrame,
      () => document.hidden,
    ),
  })

  async function readStatus(): Promise<void> {
    try {
      const answer = await api.get<ServerStatus>('/api/v1/status')
      status.set(answer)
      // A demo answers at another address each time: there is nothing to come back to.
      if (answer === null || answer.demo) return
      live.keep()
      await kept.write('status', answer)
    } catch {
      // The banners of the last answer stand until the next one; the connection says the rest.
    }
  }

  /** Opened while the daemon is away: what was kept must say too that it is a demo, or that names are replaced. */
  async function readKeptStatus(): Promise<void> {
    const answer = await kept.read('status')
    if (status.get() === null && answer !== null) status.set(answer as ServerStatus)
  }

  async function lookForNewBuild(): Promise<void> {
    if (status.get()?.demo === false) await shell.check()
  }

  const app: App = {
    url,
    client,
    api,
    ticker,
    board,
    place,
    preferences,
    words,
    status,
    session,
    toast: createStore<string | null>(null),
    install: followInstall(),
    go(next, replace = false) {
      const hash = writePlace(next)
      if (replace) history.replaceState(null, '', hash)
      else history.pushState(null, '', hash)
      place.set(next)
    },
    async signIn(token) {
      await api.signIn(token)
      session.set({ needed: true, signedIn: true })
      leaveLoginPage(url)
      live.restart()
      void readStatus()
    },
    loginCode() {
      const code = loginCode
      loginCode = null
      return code
    },
    async signOut() {
      await api.send('DELETE', '/api/v1/session')
      // What the page, its thread and its database hold must be gone, not only hidden.
      live.forget()
      await kept.clear()
      location.assign(`${url}/login`)
    },
  }

  addEventListener('hashchange', () => place.set(readPlace(location.hash)))
  addEventListener('popstate', () => place.set(readPlace(location.hash)))
  preferences.subscribe(() => {
    writePreferences(localStorage, preferences.get())
    applyTheme(preferences.get().theme)
  })
  applyTheme(preferences.get().theme)
  ticker.subscribe((now) => ageBoard(board, now))
  keepSession(app, clock)
  showBadge(app)
  followNotifications(app, shell)
  render(
    <AppContext.Provider value={app}>
      <Shell />
    </AppContext.Provider>,
    root,
  )
}

/** The login page is the same app under another address, which nobody should keep. */
function leaveLoginPage(url: string): void {
  if (location.pathname.endsWith('/login')) history.replaceState(null, '', `${url}/${location.hash}`)
}

const SESSION_CHECK_MS = 10 * 60_000

/** A page that is looked at is used: its session must not end for want of requests, and its end must be noticed. */
function keepSession(app: App, clock: { after(delayMs: number, run: () => void): unknown }): void {
  const check = async (): Promise<void> => {
    try {
      const state = await app.api.get<SessionState>('/api/v1/session')
      if (state !== null) app.session.set(state)
      if (state !== null && (state.signedIn || !state.needed)) leaveLoginPage(app.url)
    } catch {
      // Nobody answers: the connection's own state says so.
    }
    clock.after(SESSION_CHECK_MS, () => void check())
  }
  void check()
}

function applyTheme(theme: 'auto' | 'light' | 'dark'): void {
  if (theme === 'auto') document.documentElement.removeAttribute('data-theme')
  else document.documentElement.setAttribute('data-theme', theme)
}

const root = document.getElementById('app')
if (root !== null) {
  root.textContent = ''
  start(root)
}
