/**
 * What the kill test of alerts kills: accounts run out one after the other, each told of by a real webhook.
 * `node alert-writer.ts DATABASE URL FIRST` says, after each commit, which account's alert is safe. With FIRST `-` it
 * only delivers what is left.
 */
import { writeSync } from 'node:fs'
import { createAlerts } from '../../src/alerts/service.ts'
import { instantText } from '../../src/format/instant.ts'
import { openHistory } from '../../src/history/open.ts'
import { alertPorts } from '../../src/main/alert-ports.ts'
import { type AccountState, DEFAULT_RULES, type Log, makeQuota, ratiosFromRemaining } from '../../src/model/index.ts'
import { systemClock } from '../../src/platform/clock.ts'

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }

async function run(path: string, url: string, first: string): Promise<void> {
  const clock = systemClock()
  const history = openHistory({ path, clock, log: SILENT })
  const alerts = createAlerts({
    clock,
    random: Math.random,
    log: SILENT,
    history,
    settings: () => ({
      rules: [
        {
          name: 'exhausted',
          when: { kind: 'exhausted' },
          for: { kind: 'readings', count: 1 },
          notify: ['ops'],
          provider: ['*'],
          account: ['*'],
          quota: ['*'],
          kind: ['*'],
          severity: 'critical',
        },
      ],
      // Not limited, so that each alert is one message.
      channels: { ops: { type: 'alertmanager', url } },
      deadMan: null,
    }),
    rules: () => DEFAULT_RULES,
    sources: { board: () => ({ accounts: [] }), forecast: () => null },
    ports: alertPorts({ clock, get: () => null, platform: 'linux', home: '/' }),
    instant: instantText('UTC'),
    minuteOf: () => 0,
    shown: (account) => account,
    hide: (text) => text,
    publish: () => undefined,
    counted: () => undefined,
    link: () => null,
  })
  alerts.start()
  if (first === '-') return
  for (let number = Number(first); ; number += 1) {
    const after = stateOf(number, clock.now())
    const recorded = history.record(
      {
        at: clock.now(),
        account: after.account,
        reading: after.reading && { notes: [], quotas: after.reading.quotas },
        observedAt: null,
        problem: null,
      },
      (tx) => alerts.onAttempt({ before: null, after }, tx),
    )
    alerts.committed()
    if (recorded.durable) writeSync(1, `${number}\n`)
    await new Promise<void>((resolve) => clock.after(2, resolve))
  }
}

function stateOf(number: number, now: AccountState['observedAt'] & number): AccountState {
  const name = `user-${number}`
  const quota = makeQuota({ id: 'session', label: 'Session', kind: 'window', ...ratiosFromRemaining(0) })
  const identity = { subject: null, workspace: null, email: null, login: null }
  return {
    account: {
      id: `claude/${name}`,
      provider: 'claude',
      name,
      email: null,
      source: 'env',
      sources: ['env'],
      enabled: true,
      active: false,
      activeFor: [],
    },
    attempt: { at: now, tookMs: 1, problem: null },
    reading: { identity, plan: null, quotas: [quota], notes: [], observedAt: null, via: 'api.example.com' },
    observedAt: now,
    nextPollAt: null,
    blocks: [],
    staleAfterMs: 900_000,
  }
}

const [, , path, url, first] = process.argv
if (path !== undefined && url !== undefined && first !== undefined) await run(path, url, first)
