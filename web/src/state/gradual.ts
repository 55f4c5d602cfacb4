import type { AccountDocument } from '../../../src/model/index.ts'
import type { LiveMessage } from '../live/messages.ts'

/** As many accounts as can be drawn anew within one frame. */
const AT_ONCE = 12

/**
 * Hands messages on in their order, a change of many accounts in parts, one part a frame: hundreds of accounts that
 * are polled together must not stop the page. A snapshot makes waiting parts obsolete; a hidden page draws nothing, so
 * there everything is handed on at once.
 */
export function gradually(
  deliver: (message: LiveMessage) => void,
  nextFrame: (run: () => void) => void,
  isHidden: () => boolean,
): (message: LiveMessage) => void {
  let waiting: AccountDocument[] = []
  let isScheduled = false

  function deliverPart(): void {
    isScheduled = false
    const part = waiting.slice(0, isHidden() ? waiting.length : AT_ONCE)
    waiting = waiting.slice(part.length)
    if (part.length > 0) deliver({ kind: 'accounts', accounts: part })
    if (waiting.length > 0) schedule()
  }

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    nextFrame(deliverPart)
  }

  return (message) => {
    if (message.kind === 'snapshot') waiting = []
    if (message.kind !== 'accounts') return deliver(message)
    const news = new Set(message.accounts.map(({ id }) => id))
    waiting = [...waiting.filter(({ id }) => !news.has(id)), ...message.accounts]
    if (isHidden() || (!isScheduled && waiting.length <= AT_ONCE)) deliverPart()
    else schedule()
  }
}
