import { describe, expect, it } from 'vitest'
import { sampleDocument } from '../../test/helpers/sample-document.ts'
import { aProblem, aState, aWindow, NOW } from '../../test/helpers/states.ts'
import type { AccountState } from '../model/account.ts'
import { rankAccounts } from '../model/best.ts'
import { type AccountsDocument, toAccountsDocument } from '../model/document.ts'
import { bestOfDocument } from '../model/document-state.ts'
import { DEFAULT_RULES } from '../model/settings.ts'
import { HOUR_MS, plusMs, toIso } from '../model/time.ts'
import { headline, nextResets } from './headline.ts'
import { instantText } from './instant.ts'

const instant = instantText('UTC')

function say(...states: readonly AccountState[]): string {
  const document = toAccountsDocument({ accounts: states }, NOW, DEFAULT_RULES)
  return headline({ document, best: rankAccounts(states, {}, NOW, DEFAULT_RULES), now: NOW, instant })
}

const claude = (name: string, left: number, facts: Parameters<typeof aState>[0] = {}) =>
  aState({ account: { name }, quotas: [aWindow('session', left, { label: 'Session (5 h)' })], ...facts })
const codex = (left: number) =>
  aState({ account: { provider: 'codex' }, quotas: [aWindow('weekly', left, { label: 'Weekly' })] })

describe('headline', () => {
  it('counts what is fine and says what to use next', () => {
    expect(say(claude('work', 0.8), codex(0.9))).toBe('All 2 accounts are fine. Use Codex next.')
    expect(say(claude('work', 0.9), claude('home', 0.8))).toBe('All 2 accounts are fine. Use Claude (work) next.')
    expect(say(codex(0.9))).toBe('Your account is fine.')
  })

  it('speaks about the part that is shown, and tells its names apart among all', () => {
    const states = [claude('work', 0), claude('home', 0.8), codex(0.9)]
    const whole = toAccountsDocument({ accounts: states }, NOW, DEFAULT_RULES)
    const part = (...names: readonly string[]): string => {
      const document = { ...whole, accounts: whole.accounts.filter((account) => names.includes(account.id)) }
      return headline({ document, whole, best: bestOfDocument(document, {}, NOW, DEFAULT_RULES), now: NOW, instant })
    }
    expect(part('claude/work', 'claude/home')).toBe(
      '1 of 2 accounts is fine. Claude (work): Session (5 h) limit reached, back at 12:00. Use Claude (home) next.',
    )
    expect(part('claude/work')).toBe('Claude (work): Session (5 h) limit reached, back at 12:00.')
    expect(part('claude/home')).toBe('Claude (home) is fine.')
    expect(part()).toBe('None of the 3 accounts is shown.')
  })

  it('names a limit that is reached first, and when it is back', () => {
    expect(say(claude('work', 0), claude('home', 0.1), codex(0.9))).toBe(
      '2 of 3 accounts are fine. Claude (work): Session (5 h) limit reached, back at 12:00. Use Codex next.',
    )
  })

  it('names a problem before a low quota', () => {
    const out = claude('work', 0.5, { problem: aProblem('signed_out') })
    expect(say(out, codex(0.1))).toBe('1 of 2 accounts is fine. Claude: signed out. Use Codex next.')
  })

  it('names the lowest quota when nothing is worse', () => {
    expect(say(claude('work', 0.25), codex(0.12))).toBe(
      'All 2 accounts are fine. Codex: Weekly, 12% left. Use Claude next.',
    )
  })

  it('says plainly when nothing can be used, nothing is known, or nothing is there', () => {
    expect(say(claude('work', 0), codex(0))).toBe(
      'None of 2 accounts is fine. Claude: Session (5 h) limit reached, back at 12:00. None is usable now.',
    )
    const pending = { attempt: null, reading: null, observedAt: null }
    expect(say(aState(pending), aState({ ...pending, account: { provider: 'codex' } }))).toBe('No data yet.')
    expect(say(aState({ account: { enabled: false } }))).toBe('Every account is switched off.')
    expect(say()).toBe('No accounts yet.')
    expect(say(claude('work', 0.5, { problem: aProblem('timeout') }))).toBe(
      'Your account needs a look. Claude: unreachable.',
    )
  })

  it('does not count an old reading as fine', () => {
    expect(say(claude('work', 0.9, { observedAt: plusMs(NOW, -HOUR_MS) }), codex(0.9))).toContain(
      '1 of 2 accounts is fine.',
    )
  })

  it('says what runs out before its reset when a forecast knows', () => {
    const document = toAccountsDocument({ accounts: [claude('work', 0.4), codex(0.9)] }, NOW, DEFAULT_RULES)
    const forecast = {
      account: 'claude/work',
      quota: 'session',
      burnPerHourRatio: 0.4,
      exhaustsAt: toIso(plusMs(NOW, HOUR_MS)),
      exhaustsAtLow: null,
      exhaustsAtHigh: null,
      probabilityBeforeReset: 0.9,
      pace: null,
      model: 'linear',
      score: null,
    }
    const known: AccountsDocument = {
      ...document,
      accounts: document.accounts.map((account) =>
        account.provider === 'claude'
          ? { ...account, quotas: account.quotas.map((quota) => ({ ...quota, forecast })) }
          : account,
      ),
    }
    const best = bestOfDocument(known, {}, NOW, DEFAULT_RULES)
    expect(headline({ document: known, best, now: NOW, instant })).toBe(
      '1 of 2 accounts is fine. Claude runs out at 10:00, 2 h before its reset. Use Codex next.',
    )
  })

  it('lets no hostile name reach the terminal', () => {
    const text = say(claude('\u001b]0;x\u0007ada', 0), claude('\u202eevil', 0.9))
    expect(text).not.toMatch(/[\u0000-\u001f\u202e]/)
    expect(text).toContain('Claude (evil)')
  })
})

describe('nextResets', () => {
  it('names what comes back, soonest first, models of one pool once', () => {
    expect(nextResets(sampleDocument, NOW).map(({ at, what }) => `${instant(at, NOW)} ${what}`)).toEqual([
      '11:10 Antigravity (ada@example.com) Gemini',
      '11:40 Codex Session (5 h)',
      '12:45 Antigravity (ada@example.com) Claude',
    ])
    expect(nextResets(sampleDocument, NOW, 1)).toHaveLength(1)
    expect(nextResets({ ...sampleDocument, accounts: [] }, NOW)).toEqual([])
  })

  it('says once what comes back once: models below a shared window come back with it', () => {
    const at = plusMs(NOW, HOUR_MS)
    const model = aWindow('gemini-3-pro', 0.5, { kind: 'model', providerPool: null, resetsAt: at })
    const window = aWindow('pool.gemini-5h', 0.5, { label: 'Gemini (5 h)', resetsAt: at })
    const state = aState({ account: { provider: 'antigravity', name: 'ada' }, quotas: [model, window] })
    const document = toAccountsDocument({ accounts: [state] }, NOW, DEFAULT_RULES)
    expect(nextResets(document, NOW).map(({ what }) => what)).toEqual(['Antigravity Gemini (5 h)'])
  })
})
