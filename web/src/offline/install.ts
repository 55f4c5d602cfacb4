import { createStore, type Store } from '../state/store.ts'

/** Chromium's own: other browsers have an entry in their menu alone. */
interface InstallEvent extends Event {
  prompt(): Promise<{ readonly outcome: string }>
}

/** Asks the person whether to install the page; null while the browser does not offer it. */
export type Install = (() => void) | null

/** The browser's offer to install the page, kept until somebody wants it. */
export function followInstall(): Store<Install> {
  const install = createStore<Install>(null)
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault()
    install.set(() => {
      // It can be asked once; a browser that still offers it says so anew.
      install.set(null)
      void (event as InstallEvent).prompt()
    })
  })
  addEventListener('appinstalled', () => install.set(null))
  return install
}
