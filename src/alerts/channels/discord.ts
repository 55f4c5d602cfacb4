import { addressOf, type Channel, hostOf, postJson, textOf } from './channel.ts'

/** Longest `content` of a message: https://discord.com/developers/docs/resources/webhook#execute-webhook */
const LONGEST = 2_000

/** The address is the secret. Nobody is mentioned, whatever a name says. */
export const discord: Channel<'discord'> = {
  type: 'discord',
  isForPrograms: false,
  isLimited: true,
  target: ({ url }) => hostOf(url),
  async send(message, settings, ports, signal) {
    const url = await addressOf(settings, ports)
    const body = JSON.stringify({ content: textOf(message).slice(0, LONGEST), allowed_mentions: { parse: [] } })
    await postJson({ url, body, allowPrivate: settings.allow_private ?? false, isSecret: true }, ports, signal)
  },
}
