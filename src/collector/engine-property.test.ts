import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../test/helpers/fake-clock.ts'
import { QuotaError } from '../model/problem.ts'
import type { HttpReply } from '../model/provider.ts'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../model/time.ts'
import { type Files, testEngine } from './engine-testing.ts'
import { testCredential, testFile, testReply } from './testing.ts'

type Answer = { readonly status: number; readonly retryAfter?: string } | 'offline' | 'timeout' | 'bug'
type Move =
  | { readonly do: 'advance' | 'sleep' | 'jump'; readonly ms: number }
  | { readonly do: 'press' | 'restart' | 'touch' }

const answers: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({ status: fc.constantFrom(200, 200, 401, 403, 500, 503) }),
  fc.record({ status: fc.constant(429), retryAfter: fc.constantFrom('0', '-1', '30', '600', '7200', '999999999') }),
  fc.record({ status: fc.constant(429) }),
  fc.constantFrom<Answer>('offline', 'timeout', 'bug'),
)

const moves: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    do: fc.constantFrom('advance' as const, 'advance' as const, 'sleep' as const),
    ms: fc.integer({ min: SECOND_MS, max: 3 * HOUR_MS }),
  }),
  fc.record({ do: fc.constant('jump' as const), ms: fc.integer({ min: -400 * HOUR_MS, max: 400 * HOUR_MS }) }),
  fc.record({ do: fc.constantFrom('press' as const, 'press' as const, 'restart' as const, 'touch' as const) }),
)

/** What the service demands after its answer, as it sees it itself. */
function demandMs(answer: Answer): number {
  if (typeof answer === 'string' || answer.status !== 429) return 0
  const seconds = Number(answer.retryAfter ?? 0)
  return seconds > 0 ? Math.min(seconds * SECOND_MS, 6 * HOUR_MS) : MINUTE_MS
}

/** Runs one story; counts requests inside a demanded pause, measured in time that really passed. */
async function live(script: readonly Answer[], story: readonly Move[]) {
  const time = fakeClock()
  let closedUntil = Number.NEGATIVE_INFINITY
  let sent = 0
  const early: number[] = []
  const answer = (): HttpReply => {
    const next = script[sent % script.length] ?? { status: 200 }
    sent += 1
    const now = time.clock.monotonicMs()
    if (now < closedUntil) early.push(closedUntil - now)
    closedUntil = Math.max(closedUntil, now + demandMs(next))
    if (next === 'bug') throw new TypeError('a bug')
    if (next === 'offline' || next === 'timeout') throw new QuotaError({ code: next, message: 'No answer.' })
    const headers: HttpReply['headers'] = next.retryAfter === undefined ? {} : { 'retry-after': next.retryAfter }
    return testReply({ status: next.status, headers, at: time.clock.now() })
  }
  const files: Files = { board: testFile(), cooldowns: testFile(), logins: testFile() }
  const credentials = [testCredential()]
  let lost = 0
  const open = async () => {
    const harness = testEngine({ clock: time.clock, credentials, answer, files })
    let hadReading = false
    harness.engine.subscribe(({ board }) => {
      const hasReading = board.accounts.some((state) => state.reading !== null && state.observedAt !== null)
      if (hadReading && !hasReading) lost += 1
      hadReading ||= hasReading
    })
    await harness.engine.start()
    return harness
  }
  let harness = await open()
  for (const move of story) {
    if (move.do === 'advance') await time.advance(move.ms)
    else if (move.do === 'sleep') time.sleep(move.ms)
    else if (move.do === 'press') await harness.engine.refresh(null)
    else if (move.do === 'touch') harness.store.change()
    // A wall clock set forward while nothing of ours runs cannot be told from time that passed: jumps happen live.
    else if (move.do === 'jump') time.jump(move.ms)
    else {
      await harness.engine.stop()
      harness = await open()
    }
    await time.advance(SECOND_MS)
  }
  await harness.engine.stop()
  return { early, lost, sent, pending: time.pending(), settled: harness.engine.board().accounts.length }
}

describe('whatever the services answer and the clock does', () => {
  it('no request is sent inside a pause that was asked for, and no failure erases a good reading', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(answers, { minLength: 1, maxLength: 8 }),
        fc.array(moves, { maxLength: 14 }),
        async (script, story) => {
          // After a restart only the wall clock is left to go by, so stories with both a restart and a forward leap
          // of the wall clock prove nothing about the monotonic one.
          const leaps = story.some((move) => move.do === 'sleep' || (move.do === 'jump' && move.ms > 0))
          const fair = leaps ? story.filter((move) => move.do !== 'restart') : story
          const { early, lost, pending, settled } = await live(script, fair)
          expect(early).toEqual([])
          expect(lost).toBe(0)
          expect(pending).toBe(0)
          expect(settled).toBe(1)
        },
      ),
      { numRuns: process.env['CI'] === 'true' ? 400 : 120 },
    )
  })

  it('would notice an early request: the canary', async () => {
    const { sent } = await live([{ status: 200 }], [{ do: 'advance', ms: HOUR_MS }])
    expect(sent).toBeGreaterThan(10)
    expect(demandMs({ status: 429 })).toBe(MINUTE_MS)
    expect(demandMs({ status: 429, retryAfter: '600' })).toBe(600 * SECOND_MS)
  })
})
