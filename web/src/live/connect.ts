import type { Client } from '../../../src/client/client.ts'
import type { Clock } from '../../../src/model/index.ts'
import type { Kept } from '../offline/kept.ts'
import { electedStream } from './elected.ts'
import { LiveHub } from './hub.ts'
import { keepBoard } from './keep-board.ts'
import type { LiveMessage, LiveRequest } from './messages.ts'

export interface Live {
  /** Tries again after a login. */
  restart(): void
  /** The session is over, for every tab. */
  forget(): void
  /** What comes may be kept for a page that is opened while the daemon is away. */
  keep(): void
}

export interface LiveOptions {
  readonly url: string
  readonly client: Client
  readonly clock: Clock
  readonly kept: Kept
  readonly onMessage: (message: LiveMessage) => void
}

/**
 * Joins the stream of this browser. Where tabs cannot share a thread, one of them holds the stream for all; where they
 * cannot even agree which (a page that is neither on localhost nor on TLS), each has its own.
 */
export function connectLive(options: LiveOptions): Live {
  if (typeof SharedWorker !== 'undefined') return sharedStream(options)
  const hub = (): LiveHub => new LiveHub({ ...options, kept: keepBoard(options.kept, options.clock) })
  // A type of a secure page: elsewhere there is none.
  const locks: LockManager | undefined = navigator.locks
  if (locks === undefined || typeof BroadcastChannel === 'undefined') return ownStream(hub(), options)
  const channel = new BroadcastChannel(`tokstat ${options.url}`)
  return asLive(electedStream({ locks, channel, name: options.url, hub, onMessage: options.onMessage }))
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
  return asLive(ask)
}

function ownStream(hub: LiveHub, { onMessage }: LiveOptions): Live {
  const listener = { post: onMessage }
  hub.join(listener)
  return asLive((request) => hub.asked(request, listener))
}

function asLive(ask: (request: LiveRequest) => void): Live {
  return { restart: () => ask('start'), forget: () => ask('forget'), keep: () => ask('keep') }
}
