import type { Listener, LiveHub } from './hub.ts'
import type { LiveMessage, LiveRequest } from './messages.ts'

export interface ElectedOptions {
  readonly locks: Pick<LockManager, 'request'>
  /** Joins the tabs of one tokstat. */
  readonly channel: BroadcastChannel
  /** The same in every tab of one tokstat, another one for another. */
  readonly name: string
  /** Makes the stream; called in the tab that is to hold it. */
  readonly hub: () => LiveHub
  readonly onMessage: (message: LiveMessage) => void
}

/** What tabs say to each other: the holder of the stream tells, the others ask. */
type Said =
  | { readonly kind: 'told'; readonly message: LiveMessage }
  | { readonly kind: 'asked'; readonly request: LiveRequest | 'hello' }

/**
 * One stream for tabs that cannot share a thread: whoever has the lock holds it and tells the others. The browser gives
 * the lock to the next one when that tab is closed or dies, however it dies. Returns how this tab asks for something.
 */
export function electedStream(options: ElectedOptions): (request: LiveRequest) => void {
  const { channel, onMessage } = options
  let held: { readonly hub: LiveHub; readonly listener: Listener } | null = null
  const say = (said: Said): void => channel.postMessage(said)

  /** Everything at once for a tab that came later: joining is what tells it. */
  function introduce(hub: LiveHub): void {
    const newcomer: Listener = { post: (message) => say({ kind: 'told', message }) }
    hub.join(newcomer)
    hub.leave(newcomer)
  }

  channel.onmessage = ({ data }: MessageEvent<Said>) => {
    if (data.kind === 'told') {
      if (held === null) onMessage(data.message)
      return
    }
    if (held === null) return
    if (data.request === 'hello') introduce(held.hub)
    else held.hub.asked(data.request, held.listener)
  }

  const lead = (): Promise<never> => {
    const hub = options.hub()
    const listener: Listener = {
      post(message) {
        onMessage(message)
        say({ kind: 'told', message })
      },
    }
    held = { hub, listener }
    hub.join(listener)
    // Held for as long as this tab lives.
    return new Promise(() => undefined)
  }
  options.locks.request(`tokstat ${options.name}`, lead).catch(() => {
    // The browser takes the lock away only with the tab itself.
  })
  say({ kind: 'asked', request: 'hello' })
  return (request) => {
    if (held === null) say({ kind: 'asked', request })
    else held.hub.asked(request, held.listener)
  }
}
