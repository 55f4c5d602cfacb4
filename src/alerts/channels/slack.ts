import { addressOf, type Channel, hostOf, postJson, textOf } from './channel.ts'

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: the address is the secret. */
export const slack: Channel<'slack'> = {
  type: 'slack',
  isForPrograms: false,
  isLimited: true,
  target: ({ url }) => hostOf(url),
  async send(message, settings, ports, signal) {
    const url = await addressOf(settings, ports)
    const body = JSON.stringify({ text: escaped(textOf(message)) })
    await postJson({ url, body, allowPrivate: settings.allow_private ?? false, isSecret: true }, ports, signal)
  },
}

/** Slack's own three marks; else a name could mention a whole channel. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
