import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeEngine } from '../../test/helpers/fake-engine.ts'
import { type Receiver, startReceiver } from '../../test/helpers/receiver.ts'
import { until } from '../../test/helpers/wait.ts'
import { readEnvironment } from '../config/environment.ts'
import { requireConfig } from '../config/load.ts'
import { resolvePaths } from '../config/paths.ts'
import { openForecastBook } from '../forecast/book.ts'
import {
  type AccountState,
  type Alert,
  DEFAULT_RULES,
  type Log,
  makeQuota,
  ratiosFromRemaining,
  toAccountsDocument,
} from '../model/index.ts'
import { systemClock } from '../platform/clock.ts'
import { alertsOverview, rehearseNow, switchNow, testChannelNow } from './alert-commands.ts'
import { openAlerts } from './alert-parts.ts'
import type { Context } from './context.ts'
import { historyRecorder, openHistoryOf } from './keep-history.ts'
import { readConfig } from './parts.ts'

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }
let folder = ''
let receiver: Receiver

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokstat-alert-parts-'))
  receiver = await startReceiver()
})
afterEach(async () => {
  await receiver.close()
  rmSync(folder, { recursive: true, force: true })
})

async function world() {
  const file = join(folder, 'config.toml')
  writeFileSync(
    file,
    `[[alerts]]\nname = "low"\nwhen = "level <= low"\nnotify = ["ops"]\n\n` +
      `[channels.ops]\ntype = "webhook"\nurl = "${receiver.url}/hook"\n`,
  )
  const env = {
    TOKSTAT_CONFIG: file,
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_STATE_HOME: join(folder, 'state'),
    OPENCODE_CONFIG_DIR: folder,
  }
  const environment = readEnvironment({ env, cwd: join(folder, 'elsewhere'), platform: 'linux', home: folder })
  const context: Context = { environment, paths: resolvePaths(environment), clock: systemClock() }
  const config = requireConfig(await readConfig(context))
  const history = openHistoryOf(context, config, SILENT)
  return { context, config, history }
}

function aReading(share: number, at: number): AccountState {
  const now = at as NonNullable<AccountState['observedAt']>
  const name = 'ada@example.com'
  const sources = ['antigravity-accounts'] as const
  const quota = makeQuota({ id: 'claude-x', label: 'Claude X', kind: 'model', ...ratiosFromRemaining(share) })
  const account = { id: `antigravity/${name}`, provider: 'antigravity', name, email: name, source: sources[0], sources }
  const identity = { subject: null, workspace: null, email: name, login: null }
  return {
    account: { ...account, enabled: true, active: true, activeFor: ['claude'] },
    attempt: { at: now, tookMs: 1, problem: null },
    reading: { identity, plan: null, quotas: [quota], notes: [], observedAt: null, via: 'api.example.com' },
    observedAt: now,
    nextPollAt: null,
    blocks: [],
    staleAfterMs: 900_000,
  }
}

describe('the alerts of the daemon', () => {
  it('record, tell, and are found again by the commands', async () => {
    const { context, config, history } = await world()
    const published: Alert[] = []
    let board = { accounts: [aReading(0.5, context.clock.now())] }
    const parts = openAlerts({
      context,
      log: SILENT,
      history,
      config: () => config,
      rules: () => DEFAULT_RULES,
      sources: { board: () => board, forecast: () => null },
      shown: (account) => account,
      hide: (text) => text,
      publish: (alert) => void published.push(alert),
      counted: () => undefined,
      link: () => 'http://127.0.0.1:8000',
    })
    const stop = parts.start(createFakeEngine(board))
    let stored = 0
    const recorder = historyRecorder({
      history,
      book: openForecastBook({ history, log: SILENT }),
      onStored: (samples) => {
        stored += samples
      },
      alongside: () => parts.alongside,
    })
    for (const share of [0.4, 0.2]) {
      const after = aReading(share, context.clock.now() + stored + 1)
      recorder.record(after)
      board = { accounts: [after] }
    }
    await until('the webhook', () => receiver.got.length === 1)
    expect(JSON.parse(receiver.got[0]?.body ?? '')).toMatchObject({
      rule: 'low',
      account: 'antigravity/ada@example.com',
    })
    await until('the log', () => parts.alerts.log({ limit: 1 })[0]?.deliveries[0]?.state === 'delivered')
    expect(stored).toBe(2)
    expect(published).toHaveLength(1)
    const overview = alertsOverview({ config, context, history }, { limit: 9, firing: true })
    expect(overview).toMatchObject({ alerts: [{ rule: 'low' }], rules: [{ event: 'level' }], live: false })
    expect(rehearseNow(context.clock.now(), config, history).rules).toEqual([
      { name: 'low', fired: 0, rehearsable: true },
    ])
    expect(await testChannelNow('ops', config, context)).toMatchObject({ delivered: true })
    await stop()
    history.close()
  })

  it('switch by name in the owner’s file', async () => {
    const { context, history } = await world()
    const path = join(folder, 'antigravity-accounts.json')
    const text = '{"version":3,"accounts":[{"email":"bob@example.com"},{"email":"ada@example.com"}],"activeIndex":0}'
    writeFileSync(path, text)
    const now = context.clock.now()
    const document = toAccountsDocument({ accounts: [aReading(0.5, now)] }, now, DEFAULT_RULES)
    const dry = await switchNow('ada@example.com', { pool: null, dryRun: true }, context, document)
    expect(dry.file).toBe(path)
    expect(readFileSync(path, 'utf8')).toBe(text)
    const done = await switchNow('antigravity/ada@example.com', { pool: null, dryRun: false }, context, document)
    expect(done.kept).toBe(true)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      activeIndex: 1,
      activeIndexByFamily: { claude: 1, gemini: 1 },
    })
    expect(() => switchNow('eve', { pool: null, dryRun: true }, context, document)).toThrow(/no account "eve"/)
    expect(() => switchNow('adda@example.com', { pool: null, dryRun: true }, context, document)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('Did you mean `ada@example.com`?') }),
    )
    history.close()
  })
})
