import { createHmac } from 'node:crypto'
import { type Channel, hostOf, postJson } from './channel.ts'

/** The alert as it stands in the log, signed: `X-Tokstat-Signature: sha256=<hex HMAC-SHA256 of the raw body>`. */
export const webhook: Channel<'webhook'> = {
  type: 'webhook',
  isForPrograms: true,
  isLimited: false,
  target: ({ url }) => hostOf(url),
  async send(message, settings, ports, signal) {
    const body = JSON.stringify(
      message.alerts.length > 0 ? { ...message.alert, alerts: message.alerts } : message.alert,
    )
    const secret = settings.secret_file === undefined ? null : await ports.readSecret(settings.secret_file)
    const signed =
      secret === null
        ? {}
        : { 'x-tokstat-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }
    const headers = { 'x-tokstat-delivery': message.deliveryId, ...signed }
    const allowPrivate = settings.allow_private ?? false
    await postJson({ url: settings.url, body, headers, allowPrivate, isSecret: false }, ports, signal)
  },
}
