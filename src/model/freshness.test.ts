import { describe, expect, it } from 'vitest'
import { aProblem, aState, aWindow, NOW } from '../../test/helpers/states.ts'
import { isDue, isStale, nextChangeAt, problemOf, staleAt, statusOf } from './freshness.ts'
import { plusMs } from './time.ts'

const before = plusMs(NOW, -60_000)
const after = plusMs(NOW, 60_000)

describe('isDue', () => {
  it('is true from the reset on, until a reading that is newer than the reset', () => {
    expect(isDue({ resetsAt: after }, before, NOW)).toBe(false)
    expect(isDue({ resetsAt: NOW }, before, NOW)).toBe(true)
    expect(isDue({ resetsAt: before }, plusMs(before, -1), NOW)).toBe(true)
  })

  it('is false for a reading taken after the reset it names, without a reset, and without a reading', () => {
    expect(isDue({ resetsAt: before }, before, NOW)).toBe(false)
    expect(isDue({ resetsAt: before }, NOW, NOW)).toBe(false)
    expect(isDue({ resetsAt: null }, before, NOW)).toBe(false)
    expect(isDue({ resetsAt: before }, null, NOW)).toBe(false)
  })
})

describe('statusOf', () => {
  it('puts disabled above all, then the last finished attempt, then staleness', () => {
    const old = plusMs(NOW, -900_000)
    const failed = aProblem('timeout')
    expect(statusOf(aState({ account: { enabled: false }, problem: failed }), NOW)).toBe('disabled')
    expect(statusOf(aState({ attempt: null }), NOW)).toBe('pending')
    expect(statusOf(aState({ observedAt: old, problem: failed }), NOW)).toBe('unreachable')
    expect(statusOf(aState({ observedAt: old }), NOW)).toBe('stale')
    expect(statusOf(aState(), NOW)).toBe('ok')
  })

  it('judges freshness by staleAt, whatever the status', () => {
    const state = aState({ observedAt: plusMs(NOW, -900_000), problem: aProblem('rate_limited') })
    expect(statusOf(state, NOW)).toBe('rate_limited')
    expect(isStale(state, NOW)).toBe(true)
    expect(staleAt(state)).toBe(NOW)
    expect(isStale({ observedAt: null, staleAfterMs: 1 }, NOW)).toBe(false)
  })
})

describe('problemOf', () => {
  it('is null for ok, pending and disabled, even after a failure', () => {
    expect(problemOf(aState(), NOW)).toBeNull()
    expect(problemOf(aState({ attempt: null }), NOW)).toBeNull()
    expect(problemOf(aState({ account: { enabled: false }, problem: aProblem('network') }), NOW)).toBeNull()
  })

  it('names the failure, or since when the reading is overdue', () => {
    const failed = aProblem('forbidden')
    expect(problemOf(aState({ problem: failed }), NOW)).toBe(failed)
    const stale = aState({ observedAt: plusMs(NOW, -1_000_000) })
    expect(problemOf(stale, NOW)).toMatchObject({ code: 'overdue', since: plusMs(NOW, -100_000) })
  })
})

describe('nextChangeAt', () => {
  it('is the next reset, block or turning stale, and null when all of that is past', () => {
    const quotas = [aWindow('a', 0.5, { resetsAt: plusMs(NOW, 5000) }), aWindow('b', 0.5, { resetsAt: before })]
    expect(nextChangeAt(aState({ quotas }), NOW)).toBe(plusMs(NOW, 5000))
    const blocks = [{ model: 'm', until: plusMs(NOW, 4000) }]
    expect(nextChangeAt(aState({ quotas, blocks }), NOW)).toBe(plusMs(NOW, 4000))
    expect(nextChangeAt(aState(), NOW)).toBe(plusMs(NOW, 840_000))
    expect(nextChangeAt(aState({ observedAt: plusMs(NOW, -900_000) }), NOW)).toBeNull()
  })
})
