/**
 * What the kill test kills: records changing values without end and says, after each commit, which one is safe.
 * `node kill.testing.ts DATABASE FIRST` writes the numbers FIRST, FIRST + 1, … as used amounts.
 */
import { writeSync } from 'node:fs'
import { epochMs, makeQuota } from '../model/index.ts'
import { openHistory } from './open.ts'

function run(path: string, first: number): void {
  // Time of its own: the numbers are what is checked, and the room reads no clock.
  let now = 1_795_338_000_000 + first * 1_000
  const clock = { now: () => epochMs(now), monotonicMs: () => now }
  const silent = { debug() {}, info() {}, warn() {}, error() {} }
  const store = openHistory({ path, clock, log: silent })
  for (let number = first; ; number++) {
    now += 1_000
    const quota = makeQuota({ id: 'credits', label: 'Credits', kind: 'spend', unit: 'credits', used: number })
    const account = { id: 'openrouter/user@example.com', provider: 'openrouter', name: 'user@example.com' }
    const commit = {
      at: epochMs(now),
      account,
      reading: { quotas: [quota], notes: [] },
      observedAt: null,
      problem: null,
    }
    const message = {
      id: `m${number}`,
      channel: 'ops',
      createdAt: epochMs(now),
      dueAt: epochMs(now),
      attempts: 0,
      error: null,
    }
    const recorded = store.record(commit, (tx) => {
      tx.enqueue({ ...message, body: number })
      tx.putAlertState('last', epochMs(now), number)
    })
    if (recorded.durable) writeSync(1, `${number}\n`)
    if (number % 50 === 49) store.maintain(epochMs(now))
  }
}

const [, , path, first] = process.argv
if (path !== undefined && first !== undefined) run(path, Number(first))
