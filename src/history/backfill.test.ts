import { describe, expect, it } from 'vitest'
import {
  DAY_MS,
  type EpochMs,
  epochMs,
  type HistoryCommit,
  type HistoryStore,
  HOUR_MS,
  MINUTE_MS,
  makeQuota,
  plusMs,
} from '../model/index.ts'
import { ADA, commitOf, START, session, testHistory } from './testing.ts'

const LENGTH = 5 * HOUR_MS

/** Both windows begin anew so long before `START`; the short one is spent after four fifths of it. */
function readingAt(at: EpochMs, beganMs: number): HistoryCommit {
  const since = at - (START - beganMs)
  const part = (((since % LENGTH) + LENGTH) % LENGTH) / LENGTH
  const monthPart = (((since % (30 * DAY_MS)) + 30 * DAY_MS) % (30 * DAY_MS)) / (30 * DAY_MS)
  return commitOf(at, [
    session(Math.min(1, part * 1.25), Math.round(at + LENGTH * (1 - part))),
    makeQuota({
      id: 'premium',
      label: 'Premium',
      kind: 'window',
      usedRatio: monthPart * 0.9,
      remainingRatio: 1 - monthPart * 0.9,
      resetsAt: epochMs(Math.round(at + 30 * DAY_MS * (1 - monthPart))),
    }),
  ])
}

function readings(range: { from: number; until: number; stepMs: number }, beganMs: number): HistoryCommit[] {
  const found: HistoryCommit[] = []
  for (let at = range.from; at < range.until; at += range.stepMs) found.push(readingAt(epochMs(at), beganMs))
  return found
}

const PAST = { from: START - 70 * DAY_MS, until: START, stepMs: HOUR_MS }
const PRESENT = { from: START, until: START + 40 * MINUTE_MS, stepMs: 5 * MINUTE_MS }

function everythingOf(store: HistoryStore) {
  while (store.maintain(plusMs(START, HOUR_MS)).more);
  const range = { since: epochMs(START - 25 * DAY_MS) }
  return {
    cycles: store.cycles({}),
    samples: [...store.samples(range)],
    hours: store.rollups({ span: 'hour' }),
    days: store.rollups({ span: 'day' }),
    points: store.series({ points: 200, rolled: true }),
  }
}

describe('backfill', () => {
  const BEGAN = [
    { what: 'an hour ago', beganMs: HOUR_MS },
    { what: 'long enough ago to be spent', beganMs: 4.1 * HOUR_MS },
    { what: 'so long ago that it is reset soon', beganMs: 4.5 * HOUR_MS },
    { what: 'just now', beganMs: 0 },
  ]

  it.each(BEGAN.flatMap((one) => [false, true].map((rolled) => ({ ...one, rolled }))))(
    'leaves the same behind as if all had been recorded in order: a window that began $what, rolled up: $rolled',
    ({ beganMs, rolled }) => {
      const [past, present] = [readings(PAST, beganMs), readings(PRESENT, beganMs)]
      const ordered = testHistory()
      for (const commit of [...past, ...present]) ordered.store.record(commit)
      const late = testHistory()
      for (const commit of present) late.store.record(commit)
      if (rolled) late.store.maintain(START)
      expect(late.store.backfill(ADA.id, past)).toBe([...ordered.store.samples({ until: epochMs(START - 1) })].length)
      expect(everythingOf(late.store)).toEqual(everythingOf(ordered.store))
      expect(late.store.stats().samples).toBe(ordered.store.stats().samples)
      const next = readingAt(plusMs(START, 6 * HOUR_MS), beganMs)
      const events = [late, ordered].map((one) => one.reopened().store.record(next).events)
      expect(events[0]).toEqual(events[1])
      expect(events[0]).toMatchObject([{ quota: 'session', closed: { ended: 'reset' } }])
    },
  )

  it('passes over what is not older, what nothing is recorded of, and accounts it does not know', () => {
    const { store } = testHistory()
    const past = readings(PAST, HOUR_MS)
    for (const commit of readings(PRESENT, HOUR_MS)) store.record(commit)
    expect(store.backfill('claude/nobody', past)).toBe(0)
    expect(store.backfill(ADA.id, readings(PRESENT, HOUR_MS))).toBe(0)
    expect(store.backfill(ADA.id, [commitOf(plusMs(START, -HOUR_MS), [session(0.1, null, { id: 'other' })])])).toBe(0)
    expect(store.backfill(ADA.id, past)).toBeGreaterThan(0)
    expect(store.backfill(ADA.id, past)).toBe(0)
    expect(store.quotas({})).toHaveLength(2)
  })
})
