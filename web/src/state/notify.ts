import { clean } from '../../../src/format/clean.ts'
import type { App } from '../app-context.ts'
import type { Shell } from '../offline/register.ts'
import { isAlert } from '../view/alert.ts'

/** Alerts as notifications of the system, where the person asked for them in this browser. */
export function followNotifications(app: App, shell: Shell): void {
  let [last] = app.board.get().alerts
  app.board.subscribe(() => {
    const [newest] = app.board.get().alerts
    if (newest === last) return
    last = newest
    if (!app.preferences.get().notify || !isAlert(newest) || newest.state !== 'firing') return
    if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return
    // Every tab gets the event; the tag makes them one notification.
    void show(shell, { body: clean(newest.message), tag: newest.id, icon: `${app.url}/icon-192.png` })
  })
}

/** By the service worker where there is one: telephones know no other way. */
async function show(shell: Shell, options: NotificationOptions): Promise<void> {
  if (!(await shell.notify('tokstat', options))) new Notification('tokstat', options)
}
