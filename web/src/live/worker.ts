import { createClient } from '../../../src/client/client.ts'
import { createBrowserClock, createBrowserFetch } from '../state/browser.ts'
import { type Listener, LiveHub } from './hub.ts'
import type { LiveRequest } from './messages.ts'

/**
 * The thread that all tabs of a browser share: it holds the one event stream, because a browser opens no more than six
 * connections to a server. The base url comes in the worker's name, so that two tokstats do not share one.
 */
const scope = self as unknown as { readonly name: string; onconnect: (event: MessageEvent) => void }
const clock = createBrowserClock()
const client = createClient({ url: scope.name, token: null, fetch: createBrowserFetch(clock), clock })
const hub = new LiveHub({ client, clock })

scope.onconnect = (event) => {
  const [port] = event.ports
  if (port === undefined) return
  const listener: Listener = { post: (message) => port.postMessage(message) }
  port.onmessage = (message: MessageEvent<LiveRequest>) => {
    if (message.data === 'bye') hub.leave(listener)
    else hub.start()
  }
  hub.join(listener)
}
