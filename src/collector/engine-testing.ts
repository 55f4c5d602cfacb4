import type { Credential } from '../model/credential.ts'
import type { FetchEvent } from '../model/engine.ts'
import type { Clock, Random } from '../model/ports.ts'
import type { HttpReply, HttpRequest, Provider } from '../model/provider.ts'
import { DEFAULT_RULES, type PollingSettings } from '../model/settings.ts'
import { createEngine, type RunningEngine } from './engine.ts'
import {
  type TestFile,
  type TestLog,
  type TestStore,
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
  })
  return { engine, store, files, log, requests, events }
}
