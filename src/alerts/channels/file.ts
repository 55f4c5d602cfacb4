import { basename } from 'node:path'
import type { Channel } from './channel.ts'

/** One JSON document a line, as the webhook has it. */
export const file: Channel<'file'> = {
  type: 'file',
  isForPrograms: true,
  isLimited: false,
  target: ({ path }) => basename(path),
  async send(message, settings, ports) {
    await ports.appendLine(settings.path, JSON.stringify({ delivery: message.deliveryId, ...message.alert }))
  },
}
