import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AccountState } from '../model/account.ts'
import { toAccountsDocument } from '../model/document.ts'
import { DEFAULT_RULES } from '../model/settings.ts'
import { DAY_MS, epochMs, MINUTE_MS, plusMs } from '../model/time.ts'
import { restoreStates } from './restore.ts'
import { testAccount, testQuota, testReading } from './testing.ts'

const NOW = epochMs(Date.UTC(2026, 10, 22, 9, 0, 0))

function kept(facts: Partial<AccountState> = {}): AccountState {
  return {
    account: testAccount(),
    attempt: { at: NOW, tookMs: 5, problem: null },
    reading: testReading({
      plan: { id: 'pro', name: 'Pro' },
      quotas: [testQuota({ resetsAt: plusMs(NOW, MINUTE_MS) })],
      notes: [{ code: 'partial', message: 'The plan could not be read.' }],
    }),
    observedAt: NOW,
    nextPollAt: plusMs(NOW, MINUTE_MS),
    blocks: [],
    staleAfterMs: 900_000,
    ...facts,
  }
}

function written(...states: readonly AccountState[]): unknown {
  return JSON.parse(JSON.stringify(toAccountsDocument({ accounts: states }, NOW, DEFAULT_RULES)))
}

describe('restoring the last readings', () => {
  it('brings back reading, plan, age, plan for the next poll and problem', () => {
    const problem = {
      ...{ code: 'rate_limited' as const, message: 'Wait.', hint: null },
      since: plusMs(NOW, -MINUTE_MS),
      retryAt: plusMs(NOW, MINUTE_MS),
    }
    const { states, damaged } = restoreStates(
      written(kept(), kept({ account: testAccount({ id: 'claude/b' }), attempt: { at: NOW, tookMs: 1, problem } })),
      NOW,
    )
    expect(damaged).toBe(false)
    const state = states.get('claude/ada')
    expect(state).toMatchObject({ observedAt: NOW, nextPollAt: plusMs(NOW, MINUTE_MS), staleAfterMs: 900_000 })
    expect(state?.reading?.quotas).toEqual(kept().reading?.quotas)
    expect(state?.reading?.plan).toEqual({ id: 'pro', name: 'Pro' })
    expect(state?.attempt?.problem).toBeNull()
    expect(states.get('claude/b')?.attempt?.problem).toEqual(problem)
  })

  it('knows nothing without a file, and says when one is damaged', () => {
    expect(restoreStates(null, NOW)).toEqual({ states: new Map(), damaged: false })
    for (const content of ['text', 7, [], {}, { schemaVersion: 2, accounts: [] }, { schemaVersion: 1 }]) {
      expect(restoreStates(content, NOW)).toEqual({ states: new Map(), damaged: true })
    }
  })

  it('loses the damaged account alone', () => {
    const document = written(kept(), kept({ account: testAccount({ id: 'claude/b' }) })) as {
      accounts: Record<string, unknown>[]
    }
    Object.assign(document.accounts[0] ?? {}, { quotas: [{ id: 'session', remainingRatio: 'half' }] })
    const { states, damaged } = restoreStates(document, NOW)
    expect([...states.keys()]).toEqual(['claude/b'])
    expect(damaged).toBe(true)
  })

  it('keeps ages, not instants, when the clock has gone back since (T12)', () => {
    const { states } = restoreStates(written(kept()), plusMs(NOW, -365 * DAY_MS))
    expect(states.get('claude/ada')?.observedAt).toBe(plusMs(NOW, -365 * DAY_MS))
  })

  it('never throws and never takes over a field of another type', () => {
    const good = JSON.stringify(written(kept()))
    fc.assert(
      fc.property(fc.nat(good.length), fc.nat(20), fc.json(), (from, length, junk) => {
        const text = good.slice(0, from) + junk + good.slice(from + length)
        let content: unknown = null
        try {
          content = JSON.parse(text)
        } catch {
          content = text
        }
        for (const state of restoreStates(content, NOW).states.values()) {
          for (const quota of state.reading?.quotas ?? []) {
            expect(quota.remainingRatio === null || Number.isFinite(quota.remainingRatio)).toBe(true)
          }
          expect(typeof state.account.id).toBe('string')
        }
      }),
    )
  })
})
