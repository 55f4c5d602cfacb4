/** Many readers of an event stream: says how long after an event its last reader had it. */
import { get } from 'node:http'

export type ReadersCommand = { readonly url: string; readonly readers: number } | 'report'

/** By the instant an event carries: how many readers had it, and when the last one did. */
const seen = new Map<number, { count: number; lastAt: number }>()

async function answer(command: ReadersCommand): Promise<unknown> {
  if (command === 'report') return [...seen].map(([at, { count, lastAt }]) => ({ at, count, delayMs: lastAt - at }))
  for (let opened = 0; opened < command.readers; opened += 50) {
    await Promise.all(Array.from({ length: Math.min(50, command.readers - opened) }, () => open(command.url)))
  }
  return null
}

function open(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`the stream answered ${response.statusCode}`))
      response.setEncoding('utf8')
      let rest = ''
      response.on('data', (chunk: string) => {
        const events = (rest + chunk).split('\n\n')
        rest = events.pop() ?? ''
        for (const event of events) note(event)
      })
      resolve()
    }).once('error', reject)
  })
}

function note(event: string): void {
  if (!/^event: account$/m.test(event)) return
  const at = Date.parse(/"observedAt":"([^"]+)"/.exec(event)?.[1] ?? '')
  const known = seen.get(at) ?? { count: 0, lastAt: 0 }
  seen.set(at, { count: known.count + 1, lastAt: Date.now() })
}

process.on('message', (command) => void answer(command as ReadersCommand).then((said) => process.send?.(said)))
