/** A server with everything real but the engine and the clock. */
import { mkdtempSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ageText } from '../../src/format/age.ts'
import { countdown } from '../../src/format/countdown.ts'
import { accountTitle, headline } from '../../src/format/headline.ts'
import { instantText } from '../../src/format/instant.ts'
import { leftText } from '../../src/format/percent.ts'
import { problemSentence, quotaStatus } from '../../src/format/status-words.ts'
import { openHistory } from '../../src/history/open.ts'
import { pastOf } from '../../src/main/past.ts'
import { createOwnMetrics } from '../../src/metrics/own.ts'
import { createMetricsPage } from '../../src/metrics/page.ts'
import { type Board, DEFAULT_RULES, type Log, type LogFields } from '../../src/model/index.ts'
import { allowedHostsOf } from '../../src/server/address.ts'
import type { ServerDeps, ToggleName } from '../../src/server/deps.ts'
import { createEventHub } from '../../src/server/events.ts'
import { createHttpServer } from '../../src/server/front.ts'
import { type FakeClock, fakeClock } from './fake-clock.ts'
import { createFakeEngine, type FakeEngine } from './fake-engine.ts'
import { SAMPLE_NOW, sampleBoard } from './sample-board.ts'

export interface TestServer {
  readonly deps: ServerDeps
  readonly engine: FakeEngine
  readonly clock: FakeClock
  readonly logged: { readonly message: string; readonly fields: LogFields | undefined }[]
}

const nothing = (): void => undefined
const SILENT: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }

export const TEST_TOKEN = 'token-for-tests-only'

export function testServer(more: Partial<ServerDeps> = {}, board: Board = sampleBoard()): TestServer {
  const engine = createFakeEngine(board)
  const fake = fakeClock(SAMPLE_NOW)
  const { clock } = fake
  const rules = () => DEFAULT_RULES
  const own = createOwnMetrics({ version: '0.1.0', clock })
  const toggles = new Map<ToggleName, boolean>()
  const logged: TestServer['logged'] = []
  const write = (message: string, fields?: LogFields): void => void logged.push({ message, fields })
  const log: Log = { debug: write, info: write, warn: write, error: write }
  const instant = instantText('UTC')
  const folder = mkdtempSync(join(homedir(), 'past-'))
  const deps: ServerDeps = {
    engine,
    clock,
    rules,
    own,
    log,
    metricsPage: createMetricsPage({ engine, rules, clock, own }),
    events: createEventHub({ engine, clock, rules }),
    toggles: {
      get: (name) => toggles.get(name) ?? false,
      set: async (name, value) => void toggles.set(name, value),
    },
    past: pastOf(openHistory({ path: join(folder, 'history.db'), clock, log: SILENT }), null),
    providers: () => [
      {
        id: 'codex',
        title: 'Codex',
        enabled: true,
        accounts: 0,
        intervalSeconds: 300,
        sources: ['codex-cli'],
        hosts: ['chatgpt.example.test'],
        signIn: 'Run `codex login`.',
      },
    ],
    version: '0.1.0',
    instance: 'test-instance',
    upstream: null,
    token: null,
    metricsToken: null,
    allowedHosts: allowedHostsOf('127.0.0.1', []),
    trustedProxies: [],
    basePath: '',
    web: { asset: () => null },
    words: {
      headline: (document, best, now) => headline({ document, best, now, instant }),
      accountTitle,
      age: ageText,
      problem: (account, now) => problemSentence(account, now, instant),
      quotaStatus,
      left: leftText,
      countdown,
    },
    privacy: false,
    readiness: [],
    ...more,
  }
  return { deps, engine, clock: fake, logged }
}

export interface RunningServer extends TestServer {
  readonly port: number
  readonly url: string
  /** Sends bytes as they are; resolves with all that came back when the server closes the line. */
  raw(text: string): Promise<string>
  /** Opens a socket and leaves it to the test. */
  open(): Promise<Socket>
  close(): Promise<void>
}

/** The same, listening on loopback on a free port, or on the one that another server of the test has left. */
export async function runServer(
  { port: wanted = 0, ...more }: Partial<ServerDeps> & { readonly port?: number } = {},
  board?: Board,
): Promise<RunningServer> {
  const made = testServer(more, board)
  const server = createHttpServer(made.deps)
  await new Promise<void>((resolve) => server.listen(wanted, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const open = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket))
      socket.once('error', reject)
    })
  return {
    ...made,
    port,
    url: `http://127.0.0.1:${port}`,
    open,
    async raw(text) {
      const socket = await open()
      socket.write(text)
      return readAll(socket)
    },
    async close() {
      made.deps.events.stop()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Everything a socket brings until it ends. */
export function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('error', () => resolve(text))
    socket.on('close', () => resolve(text))
  })
}

/** The status of a raw answer; null when there was none. */
export function statusOfRaw(answer: string): number | null {
  const match = /^HTTP\/1\.1 (\d{3})/.exec(answer)
  return match === null ? null : Number(match[1])
}
