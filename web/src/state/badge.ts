import type { App } from '../app-context.ts'
import { needsAttention } from '../view/arrange.ts'

/** The mark on the icon of the installed app, and the number in the title: how many accounts need a look. */
export function showBadge(app: App): void {
  let last = 0
  const show = (): void => {
    const { document: accounts } = app.board.get()
    const now = app.ticker.now()
    const count = accounts?.accounts.filter((account) => needsAttention(account, now)).length ?? 0
    const name = app.status.get()?.demo === true ? 'tokstat demo' : 'tokstat'
    document.title = count === 0 ? name : `(${count}) ${name}`
    if (count === last) return
    last = count
    mark(count)
  }
  app.board.subscribe(show)
  app.status.subscribe(show)
  mark(0)
}

function mark(count: number): void {
  if (!('setAppBadge' in navigator)) return
  const done = count === 0 ? navigator.clearAppBadge() : navigator.setAppBadge(count)
  done.catch(() => {
    // Only an installed app has an icon to mark.
  })
}
