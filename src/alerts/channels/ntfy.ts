import { type Channel, expectOk, hostOf, type Outgoing, SEND_LIMIT_MS, titleOf } from './channel.ts'

const PRIORITY = { critical: 4, warning: 3, info: 2 } as const

/** https://docs.ntfy.sh/publish/#publish-as-json: posted to the server, the topic in the body, so names may be any text. */
export const ntfy: Channel<'ntfy'> = {
  type: 'ntfy',
  isForPrograms: false,
  isLimited: true,
  target: ({ url }) => hostOf(url),
  async send(message, settings, ports, signal) {
    const token = settings.token_file === undefined ? null : await ports.readSecret(settings.token_file)
    const { server, topic } = placeOf(settings.url)
    const reply = await ports.send(
      {
        method: 'POST',
        url: server,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'tokstat',
          'x-tokstat-delivery': message.deliveryId,
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ topic, ...contentOf(message) }),
        allowPrivate: settings.allow_private ?? false,
        isSecret: token !== null,
        timeoutMs: SEND_LIMIT_MS,
      },
      signal,
    )
    expectOk(reply, hostOf(settings.url))
  },
}

function contentOf(message: Outgoing): object {
  const { alert, link } = message
  return {
    title: titleOf(message),
    message: alert.message,
    priority: PRIORITY[alert.severity],
    tags: [alert.state === 'firing' ? 'warning' : 'white_check_mark'],
    ...(link === null ? {} : { click: link }),
  }
}

/** `https://ntfy.sh/topic`: the last part is the topic, the rest the server. */
function placeOf(address: string): { readonly server: string; readonly topic: string } {
  const url = new URL(address)
  const parts = url.pathname.split('/').filter((part) => part !== '')
  const topic = decodeURIComponent(parts.pop() ?? '')
  return { server: `${url.origin}/${parts.join('/')}`, topic }
}
