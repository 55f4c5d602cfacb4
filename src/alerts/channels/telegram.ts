import { type Channel, DeliveryError, postJson, textOf } from './channel.ts'

const API = 'https://api.telegram.org'
/** https://core.telegram.org/bots/api#sendmessage */
const LONGEST = 4_096

/** A bot's message, as plain text: no mark in a name can format or link anything. */
export const telegram: Channel<'telegram'> = {
  type: 'telegram',
  isForPrograms: false,
  isLimited: true,
  target: () => new URL(API).host,
  async send(message, settings, ports, signal) {
    const token = await ports.readSecret(settings.token_file)
    if (!/^[\w:-]+$/.test(token))
      throw new DeliveryError('The file of the bot token does not hold one.', { permanent: true })
    const body = JSON.stringify({
      chat_id: settings.chat_id,
      text: textOf(message).slice(0, LONGEST),
      link_preview_options: { is_disabled: true },
    })
    const url = `${ports.telegramUrl ?? API}/bot${token}/sendMessage`
    await postJson({ url, body, allowPrivate: false, isSecret: true }, ports, signal)
  },
}
