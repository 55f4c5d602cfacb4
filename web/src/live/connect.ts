import type { Client } from '../../../src/client/client.ts'
import type { Clock } from '../../../src/model/index.ts'
import { type Listener, LiveHub } from './hub.ts'
import type { LiveMessage, LiveRequest } from './messages.ts'

export interface Live {
  /** Tries again after a login. */
  restart(): void
}

export interface LiveOptions {
  readonly url: string
  readonly client: Client
  readonly clock: Clock
  readonly onMessage: (message: LiveMessage) => void
}

/** Joins the stream of this browser; where tabs cannot share a thread, this tab has a stream of its own. */
export function connectLive(options: LiveOptions): Live {
  return typeof SharedWorker === 'undefined' ? ownStream(options) : sharedStream(options)
}

function sharedStream({ url, onMessage }: LiveOptions): Live {
  const worker = new SharedWorker(new URL('./worker.ts', import.meta.url), { type: 'module', name: url })
  const ask = (request: LiveRequest): void => worker.port.postMessage(request)
  worker.port.onmessage = (event: MessageEvent<LiveMessage>) => onMessage(event.data)
  worker.port.start()
  // A tab that is closed says so; a browser that puts one to sleep may wake it up again, which then joins anew.
  addEventListener('pagehide', (event) => {
    if (!event.persisted) ask('bye')
  })
  return { restart: () => ask('start') }
}

function ownStream({ client, clock, onMessage }: LiveOptions): Live {
  const hub = new LiveHub({ client, clock })
  const listener: Listener = { post: onMessage }
  hub.join(listener)
  return { restart: () => hub.start() }
}
