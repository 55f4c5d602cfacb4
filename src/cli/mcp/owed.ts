import { Transform } from 'node:stream'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { Clock } from '../../model/ports.ts'

export interface Owed {
  /** Resolves with how many questions have no answer yet: 0 as soon as every one has, else what is left after `limitMs`. */
  settled(limitMs: number, clock: Clock): Promise<number>
}

/** Counts what was asked and not answered yet. Called before the server is connected to the transport. */
export function countOwed(transport: Transport): Owed {
  const asked: unknown[] = []
  let onPaid = (): void => {}
  const strike = (id: unknown): void => {
    const index = asked.indexOf(id)
    if (index === -1) return
    asked.splice(index, 1)
    if (asked.length === 0) onPaid()
  }
  transport.onmessage = (message) => {
    if (!('method' in message)) return
    if ('id' in message) asked.push(message.id)
    // What was called off gets no answer.
    else if (message.method === 'notifications/cancelled') strike(message.params?.['requestId'])
  }
  const send = transport.send.bind(transport)
  transport.send = async (message, options) => {
    await send(message, options)
    if (!('method' in message)) strike(message.id)
  }
  return {
    settled: (limitMs, clock) =>
      new Promise((resolve) => {
        if (asked.length === 0) return resolve(0)
        const limit = clock.after(limitMs, () => resolve(asked.length))
        onPaid = () => {
          limit.cancel()
          resolve(0)
        }
      }),
  }
}

/** Ends a last line that nothing ended: a message is one only with its line end. */
export function lastLineEnded(): Transform {
  let isOpen = false
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      isOpen = chunk.at(-1) !== 0x0a
      done(null, chunk)
    },
    flush(done) {
      done(null, isOpen ? '\n' : null)
    },
  })
}
