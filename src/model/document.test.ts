import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aModel, aProblem, aState, aWindow, NOW } from '../../test/helpers/states.ts'
import type { AccountState } from './account.ts'
import { toAccountsDocument } from './document.ts'
import { agedDocument, bestOfDocument, documentAt, stateFromDocument } from './document-state.ts'
import type { Forecast } from './forecast.ts'
import { STATUS_OF_CODE } from './problem.ts'
import { type Quota, ratiosFromRemaining } from './quota.ts'
import { DEFAULT_RULES } from './settings.ts'
import { HOUR_MS, plusMs } from './time.ts'
import { verdictOf } from './verdict.ts'

const documentOf = (states: readonly AccountState[], now = NOW) =>
  toAccountsDocument({ accounts: states }, now, DEFAULT_RULES)

describe('the forecast of a quota', () => {
  const resetsAt = plusMs(NOW, HOUR_MS)
  const shared = { providerPool: '3p', resetsAt }
  const window = aWindow('pool.3p-5h', 0.25, { ...shared, windowSeconds: 18_000 })
  const weekly = aWindow('pool.3p-weekly', 0.9, { ...shared, resetsAt: plusMs(NOW, 90 * HOUR_MS) })
  const forecast: Forecast = {
    account: 'antigravity/ada',
    quota: window.id,
    burnPerHourRatio: 0.01,
    exhaustsAt: null,
    exhaustsAtLow: null,
    exhaustsAtHigh: null,
    probabilityBeforeReset: 0.02,
    pace: null,
    model: 'linear',
    score: null,
  }
  const rules = {
    ...DEFAULT_RULES,
    forecast: (_: string, quota: string) => (quota === window.id ? forecast : null),
  }
  const verdictWith = (facts: Partial<Quota>, ratio = 0.25) => {
    const state = aState({
      account: { provider: 'antigravity', name: 'ada' },
      quotas: [aModel('claude-sonnet-4', ratio, { ...shared, ...facts }), weekly, window],
    })
    const [model] = toAccountsDocument({ accounts: [state] }, NOW, rules).accounts[0]?.quotas ?? []
    return model && verdictOf(model, NOW, false).reason
  }

  it('is that of the window which a model draws on, so that one allowance has one verdict', () => {
    expect(verdictWith({})).toBe('lasts')
    expect(verdictWith({ resetsAt: plusMs(resetsAt, 2_000) })).toBe('lasts')
  })

  it('is its own where it draws on no window that is known, and where nothing is left', () => {
    expect(verdictWith({ providerPool: 'gemini' })).toBe('level')
    expect(verdictWith({ resetsAt: plusMs(resetsAt, HOUR_MS) })).toBe('level')
    expect(verdictWith({}, 0)).toBe('spent')
  })
})

describe('toAccountsDocument', () => {
  it('is the document of contracts section 4.1', () => {
    const state = aState({
      account: {
        provider: 'antigravity',
        name: 'user@example.com',
        email: 'user@example.com',
        source: 'antigravity-accounts',
        sources: ['antigravity-accounts'],
        active: true,
        activeFor: ['claude', 'gemini'],
      },
      reading: {
        identity: { subject: null, workspace: null, email: null, login: null },
        plan: { id: 'g1-pro-tier', name: 'Google AI Pro' },
        quotas: [aModel('claude-sonnet-4', null, { label: 'Claude Sonnet 4', ...ratiosFromRemaining(0.23) })],
        notes: [],
        observedAt: null,
        via: 'daily.example.com',
      },
    })
    expect(documentOf([state])).toEqual({
      schemaVersion: 1,
      generatedAt: '2026-11-22T09:00:00Z',
      accounts: [
        {
          id: 'antigravity/user@example.com',
          provider: 'antigravity',
          name: 'user@example.com',
          email: 'user@example.com',
          plan: { id: 'g1-pro-tier', name: 'Google AI Pro' },
          source: 'antigravity-accounts',
          sources: ['antigravity-accounts'],
          active: true,
          activeFor: ['claude', 'gemini'],
          status: 'ok',
          problem: null,
          observedAt: '2026-11-22T08:59:00Z',
          staleAt: '2026-11-22T09:14:00Z',
          nextPollAt: '2026-11-22T09:01:00Z',
          via: 'daily.example.com',
          notes: [],
          quotas: [
            {
              id: 'claude-sonnet-4',
              label: 'Claude Sonnet 4',
              kind: 'model',
              pool: 'claude',
              unit: 'share',
              used: null,
              limit: null,
              remaining: null,
              usedRatio: 0.77,
              remainingRatio: 0.23,
              unlimited: false,
              overageAllowed: false,
              inferred: false,
              level: 'low',
              due: false,
              resetsAt: '2026-11-22T12:00:00Z',
              windowSeconds: null,
              providerPool: null,
              observedAt: null,
              helper: false,
              modelsSpent: false,
              forecast: null,
            },
          ],
        },
      ],
    })
  })

  it('keeps the last good quotas and their age beside a problem', () => {
    const [account] = documentOf([aState({ quotas: [aWindow('session', 0.5)], problem: aProblem('timeout') })]).accounts
    expect(account).toMatchObject({ status: 'unreachable', observedAt: '2026-11-22T08:59:00Z' })
    expect(account?.problem).toMatchObject({ code: 'timeout', since: '2026-11-22T08:00:00Z', retryAt: null })
    expect(account?.quotas).toHaveLength(1)
  })

  it('keeps the numbers of a window that has ended, with level unknown', () => {
    const quota = aWindow('session', 0.5, { resetsAt: plusMs(NOW, 1000) })
    const [account] = documentOf([aState({ quotas: [quota] })], plusMs(NOW, 1000)).accounts
    expect(account?.quotas[0]).toMatchObject({ due: true, level: 'unknown', remainingRatio: 0.5 })
  })
})

const someState = fc
  .record({
    enabled: fc.boolean(),
    isRead: fc.boolean(),
    isTried: fc.boolean(),
    code: fc.constantFrom(null, ...(Object.keys(STATUS_OF_CODE) as (keyof typeof STATUS_OF_CODE)[])),
    ageMs: fc.integer({ min: 0, max: 2_000_000 }),
    left: fc.constantFrom(null, 0, 0.2, 0.5, 1),
    resetInMs: fc.constantFrom(null, -100_000, 1000, 500_000),
  })
  .map(({ enabled, isRead, isTried, code, ageMs, left, resetInMs }): AccountState => {
    const observedAt = plusMs(NOW, -ageMs)
    const resetsAt = resetInMs === null ? null : plusMs(NOW, resetInMs)
    const problem = code === null || code === 'overdue' ? null : aProblem(code)
    const state = aState({
      account: { enabled },
      quotas: [aWindow('session', left, { resetsAt })],
      observedAt,
      problem,
    })
    const unread = { ...state, reading: null, observedAt: null }
    if (!isTried) return { ...unread, attempt: null }
    return isRead || problem === null ? state : unread
  })

describe('documentAt', () => {
  it('says at any later instant what the state itself would say', () => {
    fc.assert(
      fc.property(someState, fc.integer({ min: 0, max: 3_000_000 }), (state, laterMs) => {
        const later = plusMs(NOW, laterMs)
        expect(documentAt(documentOf([state]), later, DEFAULT_RULES)).toEqual(documentOf([state], later))
      }),
    )
  })

  it('keeps a forecast until the window ends', () => {
    const document = documentOf([aState({ quotas: [aWindow('session', 0.5, { resetsAt: plusMs(NOW, 1000) })] })])
    const forecast = {
      account: 'claude/ada',
      quota: 'session',
      burnPerHourRatio: 0.1,
      exhaustsAt: null,
      exhaustsAtLow: null,
      exhaustsAtHigh: null,
      probabilityBeforeReset: 0.1,
      pace: null,
      model: 'linear',
      score: null,
    }
    const known = {
      ...document,
      accounts: document.accounts.map((account) => ({
        ...account,
        quotas: account.quotas.map((quota) => ({ ...quota, forecast })),
      })),
    }
    const at = (ms: number) => documentAt(known, plusMs(NOW, ms), DEFAULT_RULES).accounts[0]?.quotas[0]?.forecast
    expect(at(999)).toEqual(forecast)
    expect(at(1000)).toBeNull()
  })
})

describe('agedDocument', () => {
  it('says the same as documentAt, under the rules the document was written with', () => {
    fc.assert(
      fc.property(fc.array(someState, { maxLength: 3 }), fc.integer({ min: 0, max: 3_000_000 }), (states, laterMs) => {
        const later = plusMs(NOW, laterMs)
        const document = documentOf(states)
        expect(agedDocument(document, later)).toEqual(documentAt(document, later, DEFAULT_RULES))
      }),
    )
  })

  it('keeps the level that other thresholds gave', () => {
    const state = aState({ quotas: [aWindow('session', 0.5)] })
    const rules = { ...DEFAULT_RULES, levels: { ...DEFAULT_RULES.levels, low: 0.6 } }
    const document = toAccountsDocument({ accounts: [state] }, NOW, rules)
    expect(agedDocument(document, plusMs(NOW, 1000)).accounts[0]?.quotas[0]?.level).toBe('low')
    expect(agedDocument(document, plusMs(NOW, 1000)).accounts[0]).toBe(document.accounts[0])
  })
})

it('ranks a document as it ranks the states', () => {
  const states = [
    aState({ account: { name: 'a' }, quotas: [aWindow('session', 0.2)] }),
    aState({ account: { name: 'b' }, quotas: [aWindow('session', 0.8)] }),
  ]
  const document = documentOf(states)
  expect(bestOfDocument(document, {}, NOW, DEFAULT_RULES).best?.account).toBe('claude/b')
  expect(document.accounts.map((account) => stateFromDocument(account)).map((state) => state.account.id)).toEqual([
    'claude/a',
    'claude/b',
  ])
})
