import { describe, expect, it } from 'vitest'
import { aModel, aState, aWindow, NOW } from '../../test/helpers/states.ts'
import { bindingOf } from './binding.ts'
import { toAccountDocument } from './document.ts'
import { agedDocument, documentAt } from './document-state.ts'
import type { Quota } from './quota.ts'
import { DEFAULT_RULES } from './settings.ts'
import { HOUR_MS, MINUTE_MS, plusMs, toIso } from './time.ts'
import { verdictOf } from './verdict.ts'

const POOL = { providerPool: '3p' }
const LATER = { ...POOL, resetsAt: plusMs(NOW, 90 * HOUR_MS) }
const spent = ['claude-opus', 'claude-sonnet'].map((id) => aModel(id, 0, POOL))

function shown(...quotas: readonly Quota[]) {
  const document = toAccountDocument(aState({ account: { provider: 'antigravity' }, quotas }), NOW, DEFAULT_RULES)
  const [window] = document.quotas
  if (window === undefined) throw new Error('no quota')
  return { document, window }
}

describe('a window that is not reported, whose models are', () => {
  it('keeps its unknown numbers and its level, and has the verdict of its models', () => {
    const { window, document } = shown(aWindow('pool.3p-5h', null, POOL), ...spent)
    expect(window).toMatchObject({ remainingRatio: null, usedRatio: null, level: 'unknown', modelsSpent: true })
    expect(verdictOf(window, NOW, false)).toEqual({ colour: 'red', reason: 'spent' })
    expect(verdictOf(window, NOW, true).colour).toBe('grey')
    expect(bindingOf(document, NOW, DEFAULT_RULES)).toMatchObject({ isSpent: true, verdict: { reason: 'spent' } })
    expect(document.quotas.filter(({ modelsSpent }) => modelsSpent)).toEqual([window])
  })

  it.each<[string, Quota, readonly Quota[]]>([
    ['one of its models has something left', aWindow('w', null, POOL), [...spent, aModel('gpt-oss', 0.01, POOL)]],
    ['what is left of one of them is unknown', aWindow('w', null, POOL), [...spent, aModel('gpt-oss', null, POOL)]],
    ['they come back with another window', aWindow('w', null, LATER), spent],
    ['it says itself what is left', aWindow('w', 0.3, POOL), spent],
    ['it has no models', aWindow('w', null, POOL), []],
    ['only helpers are spent', aWindow('w', null, POOL), [aModel('tab_x', 0, { ...POOL, helper: true })]],
    ['they are of another pool', aWindow('w', null, { providerPool: 'gemini' }), spent],
    ['nobody knows whose it is', aWindow('w', null), spent.map((quota) => ({ ...quota, providerPool: null }))],
    ['it has no reset', aWindow('w', null, { ...POOL, resetsAt: null }), spent],
  ])('is only unknown when %s', (_, window, models) => {
    const found = shown(window, ...models).window
    expect(found.modelsSpent).toBe(false)
    expect(verdictOf(found, NOW, false).reason).not.toBe('spent')
  })

  it('is unknown again from the reset of its models on, also in a kept document', () => {
    const window = aWindow('pool.3p-5h', null, { ...POOL, resetsAt: plusMs(NOW, 3 * HOUR_MS + MINUTE_MS / 2) })
    const document = {
      schemaVersion: 1,
      generatedAt: toIso(NOW),
      accounts: [shown(window, ...spent).document],
    } as const
    const later = plusMs(NOW, 3 * HOUR_MS + 1)
    const aged = agedDocument(document, later)
    expect(document.accounts[0].quotas[0]?.modelsSpent).toBe(true)
    expect(aged.accounts[0]?.quotas[0]).toMatchObject({ due: false, modelsSpent: false })
    expect(aged.accounts[0]?.quotas).toEqual(documentAt(document, later, DEFAULT_RULES).accounts[0]?.quotas)
  })
})
