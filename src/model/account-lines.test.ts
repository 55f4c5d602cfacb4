import { describe, expect, it } from 'vitest'
import { aState, aWindow, NOW } from '../../test/helpers/states.ts'
import { linesOf } from './account-lines.ts'
import { type AccountDocument, type QuotaDocument, toAccountDocument } from './document.ts'
import { DEFAULT_RULES } from './settings.ts'

const template = toAccountDocument(aState({ quotas: [aWindow('session', 0.5)] }), NOW, DEFAULT_RULES)
const accountWith = (quotas: readonly QuotaDocument[]): AccountDocument => ({ ...template, quotas })
const quota = (facts: Partial<QuotaDocument>): QuotaDocument => ({ ...(template.quotas[0] as QuotaDocument), ...facts })
const keysOf = (quotas: readonly QuotaDocument[]): { main: string[]; more: string[] } => {
  const { main, more } = linesOf(accountWith(quotas), (pool) => pool)
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
    const { main } = linesOf(accountWith(quotas), (pool) => `the ${pool}`)
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
