import { describe, expect, it } from 'vitest'
import { aState, aWindow, NOW } from '../../test/helpers/states.ts'
import { instantText } from '../format/instant.ts'
import { type AlertCondition, type Forecast, HOUR_MS, plusMs, type Quota, toIso } from '../model/index.ts'
import { sentenceOf, type Wording } from './message.ts'
import { eventOf } from './rules/select.ts'
import { aRule } from './testing.ts'

const RUNS_OUT: Forecast = {
  account: 'claude/work',
  quota: 'session',
  burnPerHourRatio: 0.4,
  exhaustsAt: toIso(plusMs(NOW, HOUR_MS / 2)),
  exhaustsAtLow: null,
  exhaustsAtHigh: null,
  probabilityBeforeReset: 0.9,
  pace: null,
  model: 'linear',
  score: null,
}

const WORDS: Wording = {
  now: NOW,
  instant: instantText('UTC'),
  forecast: RUNS_OUT,
  hasSiblings: false,
  pool: null,
  next: 'Use Codex next.',
}

function said(when: AlertCondition, quota: Quota): string {
  const rule = aRule({ when })
  const edge = {
    kind: 'fired',
    key: 'k',
    rule,
    account: aState(),
    quota,
    others: [],
    sharing: [],
    before: null,
  } as const
  return sentenceOf(edge, eventOf(when), WORDS)
}

describe('an alert about what is left', () => {
  const LOW: AlertCondition = { kind: 'level', atMost: 'low' }
  const resetsAt = plusMs(NOW, 3 * HOUR_MS)

  it('says how long it lasts', () => {
    expect(said(LOW, aWindow('session', 0.2, { label: 'Session', resetsAt }))).toBe(
      'Claude: Session is low, 20% left. Resets 12:00 (in 3h 0m). At this pace it runs out 09:30, 2h 30m before its reset. Use Codex next.',
    )
  })

  it('says the same as the alert of a spent one where nothing is left, and not that it will run out', () => {
    const spent = aWindow('session', 0, { label: 'Session', resetsAt })
    expect(said(LOW, spent)).toBe('Claude: Session limit reached, back at 12:00. Use Codex next.')
    expect(said({ kind: 'exhausted' }, spent)).toBe(said(LOW, spent))
    expect(said({ kind: 'remaining_ratio', below: 0.1 }, spent)).toBe(said(LOW, spent))
  })
})
