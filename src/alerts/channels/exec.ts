import { basename } from 'node:path'
import { type Channel, DeliveryError, SEND_LIMIT_MS } from './channel.ts'

/** Runs a program of the user's: no shell, the alert as JSON on its stdin, ten seconds, a clean environment. */
export const exec: Channel<'exec'> = {
  type: 'exec',
  isForPrograms: true,
  isLimited: true,
  target: ({ command }) => basename(command[0] ?? ''),
  async send(message, settings, ports, signal) {
    const content = message.alerts.length > 0 ? { ...message.alert, alerts: message.alerts } : message.alert
    const input = `${JSON.stringify({ delivery: message.deliveryId, ...content })}\n`
    const run = await ports.run(settings.command, { input, timeoutMs: SEND_LIMIT_MS }, signal)
    const name = basename(settings.command[0] ?? '')
    if (run.kind === 'done') {
      if (run.exitCode === 0) return
      throw new DeliveryError(`${name} ended with exit code ${run.exitCode ?? 'none'}.`)
    }
    const WHY = {
      missing: 'was not found',
      failed: 'could not be started',
      timeout: 'did not end within 10 s',
      too_large: 'wrote too much',
      stopped: 'was stopped',
    } as const
    throw new DeliveryError(`${name} ${WHY[run.kind]}.`)
  },
}
