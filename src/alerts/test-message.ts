import { type AlertSettings, AppError, type ChannelTest, type Clock, type EpochMs } from '../model/index.ts'
import { type ChannelPorts, DeliveryError, type Outgoing, SEND_LIMIT_MS } from './channels/channel.ts'
import { readyChannel } from './channels/registry.ts'
import { alertId, plainAlert } from './make-alert.ts'

export interface TestOptions {
  readonly clock: Clock
  readonly ports: ChannelPorts
  readonly settings: AlertSettings
  readonly link: () => string | null
}

/** One test message, now and past the outbox. Throws AppError 4 for a channel that is not configured. */
export async function testChannel(name: string, { clock, ports, settings, link }: TestOptions): Promise<ChannelTest> {
  const { channels } = settings
  const found = Object.hasOwn(channels, name) ? channels[name] : undefined
  if (found === undefined) {
    const known = Object.keys(channels)
    const hint = known.length === 0 ? 'config.toml has no [channels] yet.' : `Known channels: ${known.join(', ')}.`
    throw new AppError(4, 'unknown_channel', `There is no channel "${name}".`, hint)
  }
  const channel = readyChannel(found, ports)
  const now = clock.now()
  const began = clock.monotonicMs()
  const limit = new AbortController()
  const timer = clock.after(SEND_LIMIT_MS, () => limit.abort())
  let error: string | null = null
  try {
    const late = new Promise<never>((_, reject) => {
      limit.signal.addEventListener('abort', () => reject(new DeliveryError('It did not answer within 10 s.')))
    })
    await Promise.race([channel.send(testMessage(now, link()), limit.signal), late])
  } catch (thrown) {
    error = thrown instanceof DeliveryError ? thrown.message : 'It failed in a way that tokstat does not know.'
  } finally {
    timer.cancel()
  }
  const tookMs = Math.round(clock.monotonicMs() - began)
  return { channel: name, type: channel.type, target: channel.target, delivered: error === null, tookMs, error }
}

function testMessage(now: EpochMs, link: string | null): Outgoing {
  const id = alertId(now, 'test')
  const message = 'This is a test of tokstat. If you can read it, this channel works.'
  const alert = plainAlert({ id, event: 'test', message, account: null, now })
  return { kind: 'test', deliveryId: id, alert, alerts: [], link }
}
