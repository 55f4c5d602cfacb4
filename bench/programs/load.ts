/** Asks one address as fast as it answers over kept connections, and counts whole answers. */
import { Agent, get } from 'node:http'

export interface LoadCommand {
  readonly url: string
  readonly forMs: number
  readonly connections: number
}

/** Answers a second. */
async function press({ url, forMs, connections }: LoadCommand): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const began = performance.now()
  let answers = 0
  const one = async (): Promise<void> => {
    while (performance.now() - began < forMs) {
      await ask(url, agent)
      answers += 1
    }
  }
  await Promise.all(Array.from({ length: connections }, one))
  const rate = answers / ((performance.now() - began) / 1000)
  agent.destroy()
  return rate
}

function ask(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${url} answered ${answer.statusCode}`))
      answer.on('data', () => undefined)
      answer.once('end', resolve)
    }).once('error', reject)
  })
}

process.on('message', (command) => void press(command as LoadCommand).then((rate) => process.send?.(rate)))
