/** The service worker as the page sees it. */
export interface Shell {
  /** Looks for a newer build, and keeps this one for later when nothing is kept yet. Never fails. */
  check(): Promise<void>
  /** Shows a notification of the system; false: the page has no service worker that could. */
  notify(title: string, options: NotificationOptions): Promise<boolean>
}

/**
 * Makes the page one that opens without the daemon, where the browser allows it (TLS or localhost). When another build
 * has taken over, the page is loaded again: its files are those of the old one.
 */
export function createShell(url: string): Shell {
  const container: ServiceWorkerContainer | undefined = navigator.serviceWorker
  let registration: ServiceWorkerRegistration | null = null
  let hadController = container?.controller != null
  container?.addEventListener('controllerchange', () => {
    if (hadController) whenUndisturbed(() => location.reload())
    hadController = true
  })
  return {
    async check() {
      if (container === undefined) return
      try {
        if (registration !== null) await registration.update()
        else registration = await container.register(`${url}/sw.js`, { scope: `${url}/`, updateViaCache: 'none' })
      } catch {
        // A browser that forbids it (private windows of some), or a daemon that just went away: the page works without.
      }
    },
    async notify(title, options) {
      if (registration?.active == null) return false
      await registration.showNotification(title, options)
      return true
    },
  }
}

/** Not while somebody types: what they wrote would be gone. */
function whenUndisturbed(run: () => void): void {
  const isTyping = document.activeElement?.matches('input, textarea, select') === true && !document.hidden
  if (!isTyping) run()
  else document.activeElement?.addEventListener('blur', run, { once: true })
}
