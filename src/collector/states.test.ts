import { describe, expect, it } from 'vitest'
import type { AccountState } from '../model/account.ts'
import type { Quota } from '../model/quota.ts'
import type { Reading } from '../model/reading.ts'
import { epochMs } from '../model/time.ts'
import type { ReadOutcome } from './outcome.ts'
import { stateAfterRead } from './states.ts'
import { testAccount, testCredential, testQuota, testReading } from './testing.ts'

const model = testQuota({ id: 'claude-sonnet-4', label: 'Claude Sonnet 4', kind: 'model', remainingRatio: 0.5 })
const window = testQuota({ id: 'pool.3p-5h', label: 'Claude and GPT (5 h)', kind: 'window', remainingRatio: 0.4 })

const pending: AccountState = {
  account: testAccount(),
  attempt: null,
  reading: null,
  observedAt: null,
  nextPollAt: null,
  blocks: [],
  staleAfterMs: 900_000,
}

function read(at: number, quotas: readonly Quota[], unanswered?: Reading['unanswered']): ReadOutcome {
  return {
    kind: 'read',
    at: epochMs(at),
    observedAt: epochMs(at),
    tookMs: 1,
    reading: testReading({ quotas, ...(unanswered === undefined ? {} : { unanswered }) }),
    credential: testCredential(),
    handed: false,
  }
}

describe('a reading of which one request failed', () => {
  it('keeps the last values of the kind nobody answered for, with their own age', () => {
    const first = stateAfterRead(pending, read(1_000, [model, window]), epochMs(2_000))
    const second = stateAfterRead(first, read(2_000, [window], ['model']), epochMs(3_000))
    expect(second.reading?.quotas).toEqual([window, { ...model, observedAt: 1_000 }])
    const third = stateAfterRead(second, read(3_000, [window], ['model']), epochMs(4_000))
    expect(third.reading?.quotas).toEqual([window, { ...model, observedAt: 1_000 }])
  })

  it('ends a window that a whole answer no longer names', () => {
    const first = stateAfterRead(pending, read(1_000, [model, window]), epochMs(2_000))
    expect(stateAfterRead(first, read(2_000, [model]), epochMs(3_000)).reading?.quotas).toEqual([model])
  })

  it('takes the new value of a kind that was partly answered', () => {
    const first = stateAfterRead(pending, read(1_000, [model]), epochMs(2_000))
    const fresh = { ...model, remainingRatio: 0.2 }
    expect(stateAfterRead(first, read(2_000, [fresh], ['model']), epochMs(3_000)).reading?.quotas).toEqual([fresh])
  })
})
