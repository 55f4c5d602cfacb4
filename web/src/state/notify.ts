import { clean } from '../../../src/format/clean.ts'
import type { App } from '../app-context.ts'
import { isAlert } from '../view/alert.ts'

/** Alerts as notifications of the system, where the person asked for them in this browser. */
export function followNotifications(app: App): void {
  let [last] = app.board.get().alerts
  app.board.subscribe(() => {
    const [newest] = app.board.get().alerts
    if (newest === last) return
    last = newest
    if (!app.preferences.get().notify || !isAlert(newest) || newest.state !== 'firing') return
    if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return
    // Every tab gets the event; the tag makes them one notification.
    new Notification('tokstat', { body: clean(newest.message), tag: newest.id, icon: `${app.url}/icon.svg` })
  })
}
