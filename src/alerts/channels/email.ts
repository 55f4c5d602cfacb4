import { type Channel, DeliveryError, SEND_LIMIT_MS, type SettingsOf, textOf, titleOf } from './channel.ts'

/** Plain text by SMTP. A password is never sent without TLS, but for a server on this machine. */
export const email: Channel<'email'> = {
  type: 'email',
  isForPrograms: false,
  isLimited: true,
  target: ({ host }) => host,
  async send(message, settings, ports) {
    const password = settings.password_file === undefined ? null : await ports.readSecret(settings.password_file)
    const { createTransport } = await import('nodemailer')
    const transport = createTransport(transportOf(settings, password))
    try {
      await transport.sendMail({
        from: settings.from,
        to: [...settings.to],
        subject: titleOf(message),
        text: textOf(message),
        // The same on every try, so that a mailbox can tell a repeat.
        messageId: `<${message.deliveryId}@tokstat.invalid>`,
        headers: { 'X-Tokstat-Delivery': message.deliveryId, 'Auto-Submitted': 'auto-generated' },
      })
    } catch (error) {
      throw failureOf(error, settings.host)
    } finally {
      transport.close()
    }
  },
}

function transportOf(settings: SettingsOf<'email'>, password: string | null) {
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(settings.host)
  return {
    host: settings.host,
    port: settings.port,
    secure: settings.port === 465,
    requireTLS: password !== null && !isLocal,
    // A server on this machine has no certificate that anybody signed.
    ignoreTLS: isLocal && settings.port !== 465,
    connectionTimeout: SEND_LIMIT_MS,
    greetingTimeout: SEND_LIMIT_MS,
    socketTimeout: SEND_LIMIT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(password === null ? {} : { auth: { user: settings.user ?? settings.from, pass: password } }),
  }
}

/** The server's own text may quote what it was sent; only its code is told. */
function failureOf(error: unknown, host: string): DeliveryError {
  const code = error instanceof Error && 'responseCode' in error ? error.responseCode : null
  if (typeof code === 'number') return new DeliveryError(`${host} answered ${code}.`, { cause: error })
  const word = error instanceof Error && 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  return new DeliveryError(`${host} could not be reached${word}.`, { cause: error })
}
