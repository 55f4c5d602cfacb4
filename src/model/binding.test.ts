import { describe, expect, it } from 'vitest'
import { aModel, aProblem, aState, aWindow, NOW, type StateFacts } from '../../test/helpers/states.ts'
import { bindingOf, isOutdated, worstFirst } from './binding.ts'
import { toAccountDocument } from './document.ts'
import type { Forecast } from './forecast.ts'
import { makeQuota } from './quota.ts'
import { DEFAULT_RULES } from './settings.ts'
import { DAY_MS, HOUR_MS, plusMs } from './time.ts'

const inMs = (ms: number) => ({ resetsAt: plusMs(NOW, ms) })

function binding(facts: StateFacts) {
  return bindingOf(toAccountDocument(aState(facts), NOW, DEFAULT_RULES), NOW, DEFAULT_RULES)
}

describe('the quota that stands in the way', () => {
  it('is the tightest window that binds all work', () => {
    const quotas = [aWindow('session', 0.8), aWindow('weekly', 0.4, inMs(DAY_MS)), aWindow('weekly.opus', 0.05)]
    expect(binding({ quotas })).toMatchObject({ quota: { id: 'weekly' }, isSpent: false, verdict: { colour: 'amber' } })
  })

  it('is the spent window that comes back last, when something is spent', () => {
    const quotas = [aWindow('session', 0, inMs(HOUR_MS)), aWindow('weekly', 0, inMs(3 * DAY_MS))]
    expect(binding({ quotas })).toMatchObject({ quota: { id: 'weekly' }, isSpent: true, verdict: { reason: 'spent' } })
  })

  it('is the one of the best pool where models share allowances', () => {
    const quotas = [aModel('claude-sonnet', 0), aModel('gemini-pro', 0.6), aModel('gemini-flash', 0.9)]
    expect(binding({ account: { provider: 'antigravity' }, quotas })).toMatchObject({
      quota: { id: 'gemini-pro' },
      isSpent: false,
    })
  })

  it('is a balance where there is nothing else', () => {
    const quotas = [makeQuota({ id: 'credits', label: 'Credits', kind: 'balance', unit: 'USD', remaining: 12 })]
    expect(binding({ account: { provider: 'openrouter' }, quotas }).quota?.id).toBe('credits')
  })

  it('is what was last known of an account that is signed out, and nothing where nothing was', () => {
    const quotas = [aWindow('session', 0.3), aWindow('weekly', 0.6)]
    expect(binding({ quotas, problem: aProblem('signed_out') }).quota?.id).toBe('session')
    expect(binding({ reading: null, observedAt: null, attempt: null })).toEqual({
      quota: null,
      isSpent: false,
      verdict: { colour: 'grey', reason: 'unknown' },
      shown: null,
    })
  })

  it('judges by the worst of what binds, not by what is tightest', () => {
    const quotas = [aWindow('session', 0.2, inMs(HOUR_MS)), aWindow('weekly', 0.1, inMs(DAY_MS))]
    expect(binding({ quotas }).verdict).toEqual({ colour: 'red', reason: 'level' })
  })

  it('says which quota the verdict is about, so that no number stands beside the colour of another', () => {
    const quotas = [aWindow('session', 0.9, inMs(HOUR_MS)), aWindow('weekly', 0.95, inMs(DAY_MS))]
    expect(binding({ quotas })).toMatchObject({ quota: { id: 'session' }, shown: { id: 'session' } })
    const pools = [aModel('claude-opus', 0.4), aModel('claude-sonnet', 0.1), aModel('gemini-pro', 0.9)]
    expect(binding({ account: { provider: 'antigravity' }, quotas: pools })).toMatchObject({
      quota: { id: 'gemini-pro' },
      verdict: { colour: 'red' },
      shown: { id: 'claude-sonnet' },
    })
  })

  it('is about the tightest of what is calm, not about a window that has just begun', () => {
    const quotas = [aWindow('session', 1, inMs(HOUR_MS)), aWindow('weekly', 0.72, inMs(DAY_MS))]
    const account = toAccountDocument(aState({ quotas }), NOW, DEFAULT_RULES)
    const lasts: Forecast = {
      account: account.id,
      quota: 'weekly',
      burnPerHourRatio: 0.001,
      exhaustsAt: null,
      exhaustsAtLow: null,
      exhaustsAtHigh: null,
      probabilityBeforeReset: 0.01,
      pace: { deltaRatio: 0.5, word: 'in_reserve' },
      model: 'linear',
      score: null,
    }
    const learned = account.quotas.map((quota) => (quota.id === 'weekly' ? { ...quota, forecast: lasts } : quota))
    expect(bindingOf({ ...account, quotas: learned }, NOW, DEFAULT_RULES)).toMatchObject({
      verdict: { colour: 'calm', reason: 'lasts' },
      shown: { id: 'weekly' },
    })
  })

  it('is grey when it is too old', () => {
    const old = { quotas: [aWindow('session', 0.9)], observedAt: plusMs(NOW, -HOUR_MS) }
    const account = toAccountDocument(aState(old), NOW, DEFAULT_RULES)
    expect(isOutdated(account, NOW)).toBe(true)
    expect(binding(old).verdict).toEqual({ colour: 'grey', reason: 'stale' })
  })
})

describe('worst first', () => {
  it('goes by colour, then by what is left, and puts what is not known last', () => {
    const rows = [
      { verdict: { colour: 'grey', reason: 'stale' }, left: 0.1 },
      { verdict: { colour: 'calm', reason: 'lasts' }, left: 0.9 },
      { verdict: { colour: 'red', reason: 'level' }, left: 0.2 },
      { verdict: { colour: 'red', reason: 'spent' }, left: 0 },
      { verdict: { colour: 'amber', reason: 'level' }, left: null },
      { verdict: { colour: 'amber', reason: 'level' }, left: 0.5 },
    ] as const
    const order = rows.toSorted(worstFirst).map(({ verdict, left }) => `${verdict.colour} ${left}`)
    expect(order).toEqual(['red 0', 'red 0.2', 'amber 0.5', 'amber null', 'calm 0.9', 'grey 0.1'])
  })
})
