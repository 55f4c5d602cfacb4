/** A mail server on loopback: enough of RFC 5321 for a client that delivers, and it keeps what it got. */
import { createServer, type Socket } from 'node:net'

interface Mail {
  readonly from: string
  readonly to: readonly string[]
  /** Headers and text as they came, dots unstuffed. */
  readonly data: string
}

export interface SmtpServer {
  readonly port: number
  readonly mails: readonly Mail[]
  /** User and password of the last AUTH PLAIN. */
  readonly auth: () => string | null
  /** The next this many messages are refused with 451. */
  refuse(times: number): void
  close(): Promise<void>
}

export async function startSmtp(): Promise<SmtpServer> {
  const mails: Mail[] = []
  const sockets = new Set<Socket>()
  let refusals = 0
  let auth: string | null = null
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    const say = (line: string): void => void socket.write(`${line}\r\n`)
    let from = ''
    let to: string[] = []
    let inData = false
    let rest = ''
    let data = ''
    const command = (line: string): void => {
      const word = line.slice(0, 4).toUpperCase()
      if (word === 'EHLO') socket.write('250-loopback\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n')
      else if (word === 'AUTH') {
        auth = Buffer.from(line.split(' ')[2] ?? '', 'base64')
          .toString('utf8')
          .split('\0')
          .slice(1)
          .join(':')
        say('235 welcome')
      } else if (word === 'MAIL') {
        from = /<(.*?)>/.exec(line)?.[1] ?? ''
        to = []
        say('250 ok')
      } else if (word === 'RCPT') {
        to.push(/<(.*?)>/.exec(line)?.[1] ?? '')
        say('250 ok')
      } else if (word === 'DATA') {
        inData = true
        data = ''
        say('354 go on')
      } else if (word === 'QUIT') {
        say('221 bye')
        socket.end()
      } else say('250 ok')
    }
    const line = (text: string): void => {
      if (!inData) {
        command(text)
        return
      }
      if (text !== '.') {
        data += `${text.replace(/^\./, '')}\n`
        return
      }
      inData = false
      if (refusals > 0) {
        refusals -= 1
        say('451 try again later')
        return
      }
      mails.push({ from, to, data })
      say('250 taken')
    }
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\r\n')
      rest = lines.pop() ?? ''
      for (const text of lines) line(text)
    })
    say('220 loopback ready')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    mails,
    auth: () => auth,
    refuse: (times) => {
      refusals = times
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
