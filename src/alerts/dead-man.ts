import type { AlertSettings, Clock, Log } from '../model/index.ts'
import { addressOf, type ChannelPorts, DeliveryError, expectOk, hostOf, SEND_LIMIT_MS } from './channels/channel.ts'

export interface DeadManOptions {
  readonly clock: Clock
  readonly log: Log
  readonly ports: ChannelPorts
  readonly target: () => AlertSettings['deadMan']
}

/** Asks an address as long as all goes well, so that somebody else notices when it does not: silence is the alarm. */
export function createDeadMan({ clock, log, ports, target }: DeadManOptions): {
  tick(isFine: boolean): void
  stop(): void
} {
  let lastAt: number | null = null
  const abort = new AbortController()
  return {
    tick(isFine) {
      const wanted = target()
      const now = clock.monotonicMs()
      if (wanted === null || !isFine || (lastAt !== null && now - lastAt < wanted.intervalMs)) return
      lastAt = now
      ask(wanted, ports, abort.signal).catch((error: unknown) => {
        if (abort.signal.aborted) return
        const reason = error instanceof DeliveryError ? error.message : 'unknown error'
        log.warn('the sign of life was not taken', { host: hostOf(wanted.url), reason })
      })
    },
    stop: () => abort.abort(),
  }
}

async function ask(
  wanted: NonNullable<AlertSettings['deadMan']>,
  ports: ChannelPorts,
  signal: AbortSignal,
): Promise<void> {
  const url = await addressOf(wanted, ports)
  const reply = await ports.send(
    {
      method: 'GET',
      url,
      headers: { 'user-agent': 'tokstat' },
      body: '',
      allowPrivate: true,
      isSecret: false,
      timeoutMs: SEND_LIMIT_MS,
    },
    signal,
  )
  expectOk(reply, hostOf(url))
}
