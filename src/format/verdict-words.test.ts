import { describe, expect, it } from 'vitest'
import { sampleDocument } from '../../test/helpers/sample-document.ts'
import { NOW } from '../../test/helpers/states.ts'
import type { QuotaDocument } from '../model/document.ts'
import type { Forecast } from '../model/forecast.ts'
import { HOUR_MS, plusMs, toIso } from '../model/time.ts'
import type { QuotaVerdict } from '../model/verdict.ts'
import { instantText } from './instant.ts'
import { verdictMark, verdictText, verdictTone, verdictWord } from './verdict-words.ts'

const instant = instantText('UTC')
const [first] = sampleDocument.accounts.flatMap((account) => account.quotas)

function quota(facts: Partial<QuotaDocument>, forecast: Partial<Forecast> | null = null): QuotaDocument {
  if (first === undefined) throw new Error('the sample has quotas')
  const known: Forecast = {
    account: 'claude/ada',
    quota: 'session',
    burnPerHourRatio: 0,
    exhaustsAt: null,
    exhaustsAtLow: null,
    exhaustsAtHigh: null,
    probabilityBeforeReset: 0,
    pace: null,
    model: 'linear',
    score: null,
  }
  const resetsAt = toIso(plusMs(NOW, 5 * HOUR_MS))
  return {
    ...first,
    level: 'ok',
    due: false,
    usedRatio: 0.2,
    resetsAt,
    ...facts,
    forecast: forecast && { ...known, ...forecast },
  }
}

describe('verdictText', () => {
  const say = (one: QuotaDocument, isStale = false) => verdictText(one, NOW, isStale, instant)

  it.each([
    ['Lasts until reset', quota({}, {})],
    ['May just last until reset', quota({ usedRatio: 0.5 }, { burnPerHourRatio: 0.09 })],
    [
      'Runs out 12:00, 2 h before reset',
      quota({}, { probabilityBeforeReset: 0.9, exhaustsAt: toIso(plusMs(NOW, 3 * HOUR_MS)) }),
    ],
    ['Runs out before reset', quota({}, { probabilityBeforeReset: 0.5 })],
    ['Limit reached, back at 14:00', quota({ level: 'exhausted' })],
    ['Limit reached', quota({ level: 'exhausted', resetsAt: null })],
    ['Plenty left, still learning', quota({})],
    ['Low', quota({ level: 'low', resetsAt: null })],
    ['No limit', quota({ level: 'unlimited' })],
    ['resetting…', quota({ level: 'unknown', due: true })],
    ['No data yet', quota({ level: 'unknown' })],
  ])('says: %s', (text, one) => {
    expect(say(one)).toBe(text)
  })

  it('says of an old value only that it is old', () => {
    expect(say(quota({ level: 'exhausted' }), true)).toBe('The value is too old to say')
  })
})

describe('marks, words and tones', () => {
  const verdicts: readonly QuotaVerdict[] = [
    { colour: 'calm', reason: 'lasts' },
    { colour: 'amber', reason: 'lands_close' },
    { colour: 'red', reason: 'runs_out' },
    { colour: 'grey', reason: 'unknown' },
  ]

  it('tell the four colours apart without their colour', () => {
    expect(new Set(verdicts.map(verdictMark)).size).toBe(4)
    expect(verdicts.map(verdictWord)).toEqual(['lasts', 'close', 'runs out first', 'no data yet'])
    expect(verdicts.map(verdictTone)).toEqual(['fine', 'amber', 'red', 'grey'])
  })

  it('have a word for a verdict by level too', () => {
    expect(verdictWord({ colour: 'red', reason: 'level' })).toBe('low')
    expect(verdictWord({ colour: 'calm', reason: 'level' })).toBe('plenty left')
  })
})
