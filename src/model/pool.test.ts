import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aModel, aState, aWindow, NOW } from '../../test/helpers/states.ts'
import { familyOf, isHelperModel, poolOf, poolOfModel, poolStates } from './pool.ts'
import type { Quota } from './quota.ts'
import { DEFAULT_RULES, type Rules } from './settings.ts'
import { HOUR_MS, plusMs } from './time.ts'

const byPool: Rules = { ...DEFAULT_RULES, poolGroup: 'pool' }
const antigravity = { provider: 'antigravity' }

function pools(quotas: readonly Quota[], now = NOW, rules = DEFAULT_RULES) {
  return poolStates(aState({ account: antigravity, quotas }), now, rules)
}

describe('families', () => {
  it.each([
    ['claude-opus-4-5-thinking', 'claude'],
    ['Gemini-3-pro', 'gemini'],
    ['gpt_oss.120b', 'gpt'],
    ['o3', 'o3'],
    ['-x', null],
    ['', null],
  ])('%j belongs to %j', (model, family) => {
    expect(familyOf(model)).toBe(family)
  })

  it.each([
    'tab_flash_lite_preview',
    'chat_20706',
    'chat-title',
    'gemini-2.5-flash-lite',
    'gemini-3-pro-image',
    'x-internal-1',
  ])('%s is a helper', (model) => {
    expect(isHelperModel(model)).toBe(true)
  })

  it.each(['claude-sonnet-4', 'gemini-elite', 'gemini-imagery', 'tablet-1', 'chatgpt-5'])('%s is not', (model) => {
    expect(isHelperModel(model)).toBe(false)
  })
})

describe('poolOf', () => {
  it('groups for antigravity only', () => {
    const model = aModel('claude-sonnet-4', 0.5, { providerPool: '3p' })
    expect(poolOf('antigravity', model, 'family')).toBe('claude')
    expect(poolOf('antigravity', model, 'pool')).toBe('3p')
    expect(poolOf('gemini-cli', model, 'family')).toBe('claude-sonnet-4')
    expect(poolOf('claude', aWindow('weekly', 0.5), 'pool')).toBe('weekly')
  })

  it("places models that are not listed by their family, with the provider's pool of a listed sibling", () => {
    const state = aState({ account: antigravity, quotas: [aModel('claude-sonnet-4', 0.5, { providerPool: '3p' })] })
    expect(poolOfModel(state, 'claude-next', DEFAULT_RULES)).toBe('claude')
    expect(poolOfModel(state, 'claude-next', byPool)).toBe('3p')
    expect(poolOfModel(state, 'grok-5', byPool)).toBe('grok')
    expect(poolOfModel(aState({ account: { provider: 'codex' } }), 'gpt-5', DEFAULT_RULES)).toBeNull()
  })
})

describe('poolStates', () => {
  it('lets one exhausted member block its pool and names it', () => {
    const { claude, gemini } = Object.fromEntries(
      pools([aModel('claude-a', 0.9), aModel('claude-b', 0), aModel('gemini-a', 0.4)]),
    )
    expect(claude).toMatchObject({ blocked: true, blockedBy: 'claude-b', recoversAt: plusMs(NOW, 3 * HOUR_MS) })
    expect(gemini).toMatchObject({ blocked: false, blockedBy: null, recoversAt: null })
    expect(gemini?.binding?.id).toBe('gemini-a')
  })

  it('waits for the last of several exhausted members, an unknown reset being the last', () => {
    const soon = aModel('claude-a', 0, { resetsAt: plusMs(NOW, 1000) })
    const late = aModel('claude-b', 0, { resetsAt: plusMs(NOW, 9000) })
    const never = aModel('claude-c', 0, { resetsAt: null })
    expect(pools([soon, late]).get('claude')?.recoversAt).toBe(plusMs(NOW, 9000))
    expect(pools([late, soon]).get('claude')?.recoversAt).toBe(plusMs(NOW, 9000))
    expect(pools([never, late]).get('claude')).toMatchObject({ blocked: true, recoversAt: null })
    expect(pools([late, never]).get('claude')).toMatchObject({ blocked: true, recoversAt: null })
  })

  it('never lets helpers block', () => {
    const helper = aModel('gemini-3-flash-lite', 0, { helper: true })
    expect(pools([helper, aModel('gemini-3-pro', 0.5)]).get('gemini')?.blocked).toBe(false)
  })

  it('does not take unknown for spent', () => {
    expect(pools([aModel('claude-a', null)]).get('claude')).toMatchObject({ blocked: false, binding: null })
  })

  it('lets a shared window of the provider bind every family it covers and no other', () => {
    const quotas = [
      aWindow('pool.3p-weekly', 0, { providerPool: '3p' }),
      aModel('claude-a', 0.9, { providerPool: '3p' }),
      aModel('gpt-oss', 0.9, { providerPool: '3p' }),
      aModel('gemini-a', 0.9, { providerPool: 'gemini' }),
    ]
    const states = pools(quotas)
    expect(states.get('claude')?.blocked).toBe(true)
    expect(states.get('gpt')?.blocked).toBe(true)
    expect(states.get('gemini')?.blocked).toBe(false)
    expect(pools(quotas, NOW, byPool).get('3p')?.blocked).toBe(true)
  })

  it('blocks by a 429 that names a model, listed or not, until it ends', () => {
    const blocks = [{ model: 'claude-unlisted', until: plusMs(NOW, 5000) }]
    const state = aState({ account: antigravity, quotas: [aModel('claude-a', 0.9), aModel('gemini-a', 0.9)], blocks })
    expect(poolStates(state, NOW, DEFAULT_RULES).get('claude')).toMatchObject({
      blocked: true,
      blockedBy: 'claude-unlisted',
      recoversAt: plusMs(NOW, 5000),
    })
    expect(poolStates(state, NOW, DEFAULT_RULES).get('gemini')?.blocked).toBe(false)
    expect(poolStates(state, plusMs(NOW, 5000), DEFAULT_RULES).get('claude')?.blocked).toBe(false)
  })

  it('keeps the later end when exhaustion and a 429 meet', () => {
    const exhausted = aModel('claude-a', 0, { resetsAt: plusMs(NOW, 9000) })
    const blocks = [{ model: 'claude-a', until: plusMs(NOW, 5000) }]
    const state = aState({ account: antigravity, quotas: [exhausted], blocks })
    expect(poolStates(state, NOW, DEFAULT_RULES).get('claude')?.recoversAt).toBe(plusMs(NOW, 9000))
  })
})

describe('recovery', () => {
  const offset = fc.integer({ min: 1, max: 1_000_000 })

  it('unblocks by itself when the last reset passes, without a new reading', () => {
    fc.assert(
      fc.property(fc.array(offset, { minLength: 1, maxLength: 6 }), (offsets) => {
        const quotas = offsets.map((ms, index) => aModel(`claude-${index}`, 0, { resetsAt: plusMs(NOW, ms) }))
        const last = Math.max(...offsets)
        expect(pools(quotas, plusMs(NOW, last - 1)).get('claude')?.blocked).toBe(true)
        const after = pools(quotas, plusMs(NOW, last)).get('claude')
        expect(after).toMatchObject({ blocked: false, recoversAt: null, binding: null })
        expect(after?.due).not.toBeNull()
      }),
    )
  })

  it('never lets the state of one pool change another', () => {
    const share = fc.constantFrom(0, 0.2, 1, null)
    fc.assert(
      fc.property(fc.array(share, { maxLength: 5 }), fc.array(share, { maxLength: 5 }), offset, (mine, others, ms) => {
        const gemini = mine.map((left, index) => aModel(`gemini-${index}`, left))
        const claude = others.map((left, index) => aModel(`claude-${index}`, left, { resetsAt: plusMs(NOW, ms) }))
        expect(pools([...claude, ...gemini]).get('gemini')).toEqual(pools(gemini).get('gemini'))
      }),
    )
  })
})
