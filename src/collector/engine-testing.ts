import type { AccountState } from '../model/account.ts'
import type { Credential } from '../model/credential.ts'
import type { FetchEvent } from '../model/engine.ts'
import { statusOf } from '../model/freshness.ts'
import type { Clock, Random } from '../model/ports.ts'
import type { HttpReply, HttpRequest, LocalHost, Provider } from '../model/provider.ts'
import { DEFAULT_RULES, type PollingSettings } from '../model/settings.ts'
import { SECOND_MS } from '../model/time.ts'
import { createEngine, type RunningEngine } from './engine.ts'
import {
  type TestFile,
  type TestLog,
  type TestStore,
  testCredential,
  testFile,
  testLog,
  testProvider,
  testReply,
  testSend,
  testSettings,
  testStore,
} from './testing.ts'

export interface Setup {
  readonly clock: Clock
  readonly credentials?: readonly Credential[]
  readonly providers?: readonly Provider[]
  readonly settings?: Partial<PollingSettings>
  readonly answer?: (request: HttpRequest) => HttpReply | Promise<HttpReply>
  readonly random?: Random
  /** Files of an earlier process. */
  readonly files?: Files
  readonly store?: TestStore
  readonly local?: LocalHost
  /** What an owner's program has handed over by now. */
  readonly handed?: () => unknown
}

export interface Files {
  readonly board: TestFile
  readonly cooldowns: TestFile
  readonly logins: TestFile
}

export interface Harness {
  readonly engine: RunningEngine
  readonly store: TestStore
  readonly files: Files
  readonly log: TestLog
  readonly requests: HttpRequest[]
  readonly events: FetchEvent[]
}

/** An engine with fakes all around it; the test owns the clock. */
export function testEngine(setup: Setup): Harness {
  const store = setup.store ?? testStore(setup.credentials ?? [])
  if (setup.credentials) store.set(setup.credentials)
  const files = setup.files ?? { board: testFile(), cooldowns: testFile(), logins: testFile() }
  const log = testLog()
  const events: FetchEvent[] = []
  const { clock } = setup
  const { send, requests } = testSend(setup.answer ?? (() => testReply({ at: clock.now() })))
  const engine = createEngine({
    clock,
    random: setup.random ?? (() => 0.5),
    log,
    send,
    store,
    providers: setup.providers ?? [testProvider()],
    settings: testSettings(setup.settings),
    rules: () => DEFAULT_RULES,
    files,
    observer: { fetched: (event) => events.push(event) },
    version: '0.0.0-test',
    platform: { os: 'linux', arch: 'x64' },
    ...(setup.local === undefined ? {} : { local: setup.local }),
    ...(setup.handed === undefined ? {} : { handed: async () => setup.handed?.() }),
  })
  return { engine, store, files, log, requests, events }
}

/** The fake clock of test/helpers, as far as it is needed here. */
export interface TestTime {
  readonly clock: Clock
  advance(ms: number): Promise<void>
}

/** The id of the one account that a test engine has when nothing else is said. */
export const CLAUDE_ID = 'claude/claude-code'

/** A started engine with one Claude account; what the service answers may change while the test runs. */
export async function startedEngine<Time extends TestTime>(time: Time, facts: Omit<Setup, 'clock'> = {}) {
  const world = { status: 200, headers: {} as HttpReply['headers'], body: '0.5', hang: false }
  const answer = (): HttpReply | Promise<HttpReply> =>
    world.hang ? new Promise(() => undefined) : testReply({ ...world, at: time.clock.now() })
  const harness = testEngine({ credentials: [testCredential()], answer, ...facts, clock: time.clock })
  const { engine } = harness
  await engine.start()
  await time.advance(3 * SECOND_MS)
  const state = (id = CLAUDE_ID): AccountState => {
    const found = engine.board().accounts.find(({ account }) => account.id === id)
    if (!found) throw new Error(`no account ${id}`)
    return found
  }
  return { ...harness, time, world, state, status: (id = CLAUDE_ID) => statusOf(state(id), time.clock.now()) }
}
