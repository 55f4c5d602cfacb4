import { describe, expect, it } from 'vitest'
import { epochMs, type QuotaDocument } from '../../../src/model/index.ts'
import { account, quota } from '../testing.ts'
import { accountVerdict, barMarks, linesOf } from './lines.ts'

const NOW = epochMs(Date.parse('2026-11-22T09:00:00Z'))
const keysOf = (quotas: readonly QuotaDocument[]): { main: string[]; more: string[] } => {
  const { main, more } = linesOf(account({ quotas }), (pool) => pool)
  return { main: main.map(({ key }) => key), more: more.map(({ key }) => key) }
}

describe('the lines of an account', () => {
  it('are its windows, with the models that share them folded, and never a helper', () => {
    const model = quota({ id: 'claude-sonnet-4', kind: 'model', pool: 'claude' })
    const helper = quota({ id: 'tab_x', kind: 'model', helper: true })
    expect(keysOf([model, helper, quota({ id: 'pool.5h' })])).toEqual({ main: ['pool.5h'], more: ['claude-sonnet-4'] })
  })

  it('are its pools where only models are reported, each by its tightest member', () => {
    const quotas = [
      quota({ id: 'claude-a', kind: 'model', pool: 'claude', remainingRatio: 0.5 }),
      quota({ id: 'claude-b', kind: 'model', pool: 'claude', remainingRatio: 0.2 }),
      quota({ id: 'gemini-a', kind: 'model', pool: 'gemini', remainingRatio: null }),
    ]
    const { main } = linesOf(account({ quotas }), (pool) => `the ${pool}`)
    expect(main.map(({ label, quota: shown }) => [label, shown.id])).toEqual([
      ['the claude', 'claude-b'],
      ['the gemini', 'gemini-a'],
    ])
    expect(main.map(({ members }) => members.length)).toEqual([2, 0])
  })

  it('are the three tightest models where they share nothing; one whose share is not known is not the tightest', () => {
    const quotas = [0.9, null, 0.1, 0.5, 0.3].map((remainingRatio, index) =>
      quota({ id: `m${index}`, pool: `m${index}`, kind: 'model', remainingRatio }),
    )
    expect(keysOf(quotas)).toEqual({ main: ['m2', 'm4', 'm3'], more: ['m0', 'm1'] })
  })
})

describe('the marks on a bar', () => {
  const forecast = {
    account: 'claude/work',
    quota: 'session',
    burnPerHourRatio: 0.2,
    exhaustsAt: null,
    exhaustsAtLow: null,
    exhaustsAtHigh: null,
    probabilityBeforeReset: 0.1,
    pace: { deltaRatio: 0.1, word: 'in_reserve' as const },
    model: 'linear',
    score: null,
  }

  it('are where an even burn would be, and where the forecast ends', () => {
    const facts = quota({ usedRatio: 0.4, resetsAt: '2026-11-22T10:00:00Z', forecast })
    expect(barMarks(facts, NOW)).toEqual({ even: 0.5, landing: expect.closeTo(0.6) })
    const beyond = { ...forecast, burnPerHourRatio: 5 }
    expect(barMarks({ ...facts, forecast: beyond }, NOW).landing).toBe(1)
  })

  it('are not there without a forecast, nor for a window that has ended', () => {
    expect(barMarks(quota({ usedRatio: 0.4 }), NOW)).toEqual({ even: null, landing: null })
    expect(barMarks(quota({ usedRatio: 0.4, due: true, forecast }), NOW)).toEqual({ even: null, landing: null })
  })
})

describe('the verdict on an account', () => {
  it('is none before the first reading, and grey when the reading is too old', () => {
    expect(accountVerdict(account({ status: 'pending', observedAt: null }), NOW)).toBeNull()
    const old = account({ staleAt: '2026-11-22T08:00:00Z', quotas: [quota({ level: 'exhausted' })] })
    expect(accountVerdict(old, NOW)?.colour).toBe('grey')
  })
})
