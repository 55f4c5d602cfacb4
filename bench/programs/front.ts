/** The daemon's own front and page in a process of their own, over a board that stands still or changes on request. */
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
import {
  type Board,
  type BoardChange,
  DEFAULT_RULES,
  type Engine,
  type Log,
  ratiosFromRemaining,
} from '../../src/model/index.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { allowedHostsOf } from '../../src/server/address.ts'
import { createEventHub } from '../../src/server/events.ts'
import { createHttpServer } from '../../src/server/front.ts'
import { loadWebAssets } from '../../src/server/web-assets.ts'
import { benchBoard } from '../board.ts'

export type FrontCommand =
  | {
      readonly accounts: number
      readonly quotas: number
      /** For its history. */
      readonly folder: string
      /** Where the built web app is; absent: the built-in page. */
      readonly web?: string
    }
  | 'change'
  | 'change-all'

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }
const clock = systemClock()
let board: Board = { accounts: [] }
let revision = 1
const listeners = new Set<(change: BoardChange) => void>()
const engine: Engine = {
  board: () => board,
  revision: () => revision,
  subscribe: (listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  refresh: async () => [],
  sources: () => [],
  isReady: () => true,
}

async function answer(command: FrontCommand): Promise<unknown> {
  if (command === 'change') return change()
  if (command === 'change-all') return changeAll()
  board = benchBoard({ ...command, now: clock.now() })
  const rules = () => DEFAULT_RULES
  const own = createOwnMetrics({ version: '0.0.0', clock })
  const instant = instantText('UTC')
  const server = createHttpServer({
    engine,
    clock,
    rules,
    own,
    log: SILENT,
    metricsPage: createMetricsPage({ engine, rules, clock, own }),
    events: createEventHub({ engine, clock, rules }),
    toggles: { get: () => false, set: async () => undefined },
    past: pastOf(openHistory({ path: join(command.folder, 'history.db'), clock, log: SILENT }), null),
    providers: () => [],
    version: '0.0.0',
    instance: 'bench',
    upstream: null,
    token: null,
    metricsToken: null,
    allowedHosts: allowedHostsOf('127.0.0.1', []),
    trustedProxies: [],
    basePath: '',
    web: command.web === undefined ? null : loadWebAssets(command.web, ''),
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
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

/** One account is read again; answers with the instant that its event carries. */
function change(): number {
  const [first, ...rest] = board.accounts
  if (first === undefined) throw new Error('there is no account to change')
  const at = clock.now()
  board = { accounts: [{ ...first, observedAt: at }, ...rest] }
  revision += 1
  for (const listener of listeners) listener({ revision, board, changed: [first.account.id], removed: [] })
  return at
}

/** Every account is read again, each with another share left. */
function changeAll(): number {
  const at = clock.now()
  const accounts = board.accounts.map((state) => ({
    ...state,
    observedAt: at,
    reading: state.reading && {
      ...state.reading,
      quotas: state.reading.quotas.map((quota) => ({ ...quota, ...ratiosFromRemaining((at % 997) / 997) })),
    },
  }))
  board = { accounts }
  revision += 1
  const changed = accounts.map(({ account }) => account.id)
  for (const listener of listeners) listener({ revision, board, changed, removed: [] })
  return at
}

process.on('message', (command) => void answer(command as FrontCommand).then((said) => process.send?.(said)))
