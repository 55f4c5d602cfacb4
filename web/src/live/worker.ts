import { createClient } from '../../../src/client/client.ts'
import { keptOf } from '../offline/kept.ts'
import { createBrowserClock, createBrowserFetch } from '../state/browser.ts'
import { type Listener, LiveHub } from './hub.ts'
import { keepBoard } from './keep-board.ts'
import type { LiveRequest } from './messages.ts'

/**
 * The thread that all tabs of a browser share: it holds the one event stream, because a browser opens no more than six
 * connections to a server. The base url comes in the worker's name, so that two tokstats do not share one.
 */
const scope = self as unknown as { readonly name: string; onconnect: (event: MessageEvent) => void }
const clock = createBrowserClock()
const client = createClient({ url: scope.name, token: null, fetch: createBrowserFetch(clock), clock })
const hub = new LiveHub({ client, clock, kept: keepBoard(keptOf(scope.name), clock) })

scope.onconnect = (event) => {
  const [port] = event.ports
  if (port === undefined) return
  const listener: Listener = { post: (message) => port.postMessage(message) }
  port.onmessage = (message: MessageEvent<LiveRequest>) => hub.asked(message.data, listener)
  hub.join(listener)
}
