import { describe, expect, it } from 'vitest'
import { codeAssistBody, readCodeAssist } from './code-assist.ts'

describe('readCodeAssist', () => {
  it.each([
    ['a text', 'project-abc123'],
    ['an object with id', { id: 'project-abc123' }],
    ['an object with projectId', { projectId: 'project-abc123' }],
  ])('reads the project as %s', (_form, cloudaicompanionProject) => {
    expect(readCodeAssist({ cloudaicompanionProject }).project).toBe('project-abc123')
  })

  it.each([['a b'], ['"},{"'], [''], [7], [{}], [{ id: 5 }]])('takes %j for no project', (cloudaicompanionProject) => {
    expect(readCodeAssist({ cloudaicompanionProject }).project).toBeNull()
  })

  it('takes the paid tier, else the current one, else no plan', () => {
    const currentTier = { id: 'free-tier', name: 'Antigravity' }
    expect(readCodeAssist({ currentTier, paidTier: { id: 'g1-pro-tier', name: 'Google AI Pro' } }).plan).toEqual({
      id: 'g1-pro-tier',
      name: 'Google AI Pro',
    })
    expect(readCodeAssist({ currentTier, paidTier: null }).plan).toEqual({ id: 'free-tier', name: 'Antigravity' })
    expect(readCodeAssist({ currentTier, paidTier: { name: 'No id' } }).plan?.id).toBe('free-tier')
    expect(readCodeAssist({ currentTier: { name: 'No id' } }).plan).toBeNull()
  })

  it('keeps a plan that is new, and says nothing for any other answer', () => {
    expect(readCodeAssist({ paidTier: { id: 'g2-mega-tier' } }).plan).toEqual({ id: 'g2-mega-tier', name: null })
    for (const json of [null, [], 'x', 3, [{}]]) {
      expect(readCodeAssist(json)).toMatchObject({ plan: null, project: null, credits: null, isRetired: false })
    }
  })

  it('reads AI credits from decimal texts and skips broken ones', () => {
    const creditsOf = (availableCredits: unknown) => readCodeAssist({ paidTier: { id: 'x', availableCredits } })
    expect(
      creditsOf([
        { creditType: 'OTHER', creditAmount: '1' },
        { creditType: 'GOOGLE_ONE_AI', creditAmount: '25000' },
      ]).credits,
    ).toBe(25_000)
    expect(creditsOf([{ creditType: 'OTHER', creditAmount: '7.5' }]).credits).toBe(7.5)
    expect(creditsOf([{ creditType: 'GOOGLE_ONE_AI', creditAmount: 'many' }, 9])).toMatchObject({
      credits: null,
      dropped: 2,
    })
    expect(creditsOf(undefined).credits).toBeNull()
  })
})

describe('codeAssistBody', () => {
  it('names the project only when there is one', () => {
    const metadata = { ideType: 'ANTIGRAVITY', platform: 'PLATFORM_UNSPECIFIED', pluginType: 'GEMINI' }
    expect(codeAssistBody('ANTIGRAVITY', null)).toEqual({ metadata })
    expect(codeAssistBody('ANTIGRAVITY', 'p')).toEqual({ metadata: { ...metadata, duetProject: 'p' } })
  })
})
