import { describe, expect, it } from 'vitest'
import { aModel, aProblem, aState, aWindow, NOW } from '../../test/helpers/states.ts'
import { type AccountDocument, type QuotaDocument, toAccountDocument } from '../model/document.ts'
import type { Level } from '../model/level.ts'
import { makeQuota, type Quota, ratiosFromAmounts } from '../model/quota.ts'
import { DEFAULT_RULES } from '../model/settings.ts'
import { HOUR_MS, plusMs } from '../model/time.ts'
import { instantText } from './instant.ts'
import { capitals, providerTitle, vendorOf } from './provider-names.ts'
import { problemSentence, quotaStatus, quotaStatusText, statusTone, statusWord, toneOf } from './status-words.ts'

function shown(quota: Quota, now = NOW): QuotaDocument {
  const [made] = toAccountDocument(aState({ quotas: [quota] }), now, DEFAULT_RULES).quotas
  if (made === undefined) throw new Error('no quota')
  return made
}

describe('quotaStatusText', () => {
  it.each<[number | null, string]>([
    [0.23, '23% 🔴 LOW'],
    [0.29, '29% 🔴 LOW'],
    [0.3, '30% 🟡 MEDIUM'],
    [0.45, '45% 🟡 MEDIUM'],
    [0.6999, '70% 🟡 MEDIUM'],
    [0.7, '70% 🟢 OK'],
    [0.87, '87% 🟢 OK'],
    [1, '100% 🟢 OK'],
    [0, '0% ⛔ EXHAUSTED'],
    [null, '– UNKNOWN'],
  ])('%s left is "%s"', (left, text) => {
    expect(quotaStatusText(shown(aWindow('session', left)))).toBe(text)
  })

  it('says of a window that is not reported when its models are spent', () => {
    const quotas = [aWindow('pool.3p-5h', null, { providerPool: '3p' }), aModel('claude', 0, { providerPool: '3p' })]
    const [window] = toAccountDocument(aState({ quotas }), NOW, DEFAULT_RULES).quotas as [QuotaDocument]
    expect(quotaStatusText(window)).toBe('– UNKNOWN, MODELS SPENT')
    expect([quotaStatus(window).tone, quotaStatus(window, true).tone]).toEqual(['red', 'grey'])
  })

  it('says overage is exhausted, and unlimited is unlimited', () => {
    expect(quotaStatusText(shown(aWindow('premium', 0, ratiosFromAmounts(5321, 1500))))).toBe('0% ⛔ EXHAUSTED')
    expect(quotaStatusText(shown(aWindow('chat', null, { unlimited: true })))).toBe('∞ UNLIMITED')
  })

  it('says resetting… instead of a number that belongs to the past', () => {
    const quota = aWindow('session', 0.5, { resetsAt: plusMs(NOW, HOUR_MS) })
    expect(quotaStatusText(shown(quota, plusMs(NOW, HOUR_MS)))).toBe('resetting…')
  })

  it('never lets a stale value pass for current', () => {
    expect(quotaStatusText(shown(aWindow('session', 0.9)), true)).toBe('90% ⚪ STALE')
    expect(quotaStatus(shown(aWindow('session', 0.9)), true).tone).toBe('grey')
    expect(quotaStatusText(shown(aWindow('session', null)), true)).toBe('– UNKNOWN')
  })

  it('judges a balance by its amount and counts the rest', () => {
    const money = (facts: Partial<Quota>) =>
      shown(makeQuota({ id: 'credits', label: 'Credits', kind: 'balance', unit: 'USD', ...facts }))
    expect(quotaStatusText(money({ remaining: 12.5 }))).toBe('$12.50 🟢 OK')
    expect(quotaStatusText(money({ remaining: 3.2 }))).toBe('$3.20 🔴 LOW')
    expect(quotaStatusText(money({ remaining: 0 }))).toBe('$0.00 ⛔ EXHAUSTED')
    expect(quotaStatusText(money({ remaining: null }))).toBe('– UNKNOWN')
    expect(quotaStatusText(money({ kind: 'spend', used: 41.8 }))).toBe('$41.80 spent')
    expect(quotaStatusText(money({ kind: 'count', unit: 'count', used: 3 }))).toBe('3 used')
    expect(quotaStatusText(money({ kind: 'count', unit: 'count', remaining: 2 }))).toBe('2 left')
    expect(quotaStatusText(money({ kind: 'spend' }))).toBe('– UNKNOWN')
  })
})

describe('tones', () => {
  it('follow contracts section 7.11', () => {
    const levels: readonly Level[] = ['ok', 'medium', 'low', 'exhausted', 'unlimited', 'unknown']
    expect(levels.map(toneOf)).toEqual(['fine', 'amber', 'red', 'red', 'grey', 'grey'])
    expect(statusTone('forbidden')).toBe('red')
    expect(statusTone('rate_limited')).toBe('amber')
    expect(statusTone('pending')).toBe('grey')
    expect(statusTone('ok')).toBe('fine')
    expect(statusWord('forbidden')).toBe('FORBIDDEN (403)')
  })
})

describe('problemSentence', () => {
  const instant = instantText('UTC')
  const sentence = (account: AccountDocument) => problemSentence(account, NOW, instant)
  const document = (facts: Parameters<typeof aState>[0]) => toAccountDocument(aState(facts), NOW, DEFAULT_RULES)

  it('is silent when all is well', () => {
    expect(sentence(document({}))).toBeNull()
  })

  it('says what happened, what to do and when it is tried again', () => {
    const soon = plusMs(NOW, 42 * 60_000)
    const signedOut = aProblem('signed_out', { message: 'Signed out.', hint: 'Run `claude` once.', retryAt: soon })
    expect(sentence(document({ problem: signedOut }))).toBe('Signed out. Run `claude` once.')
    const timeout = aProblem('timeout', { message: 'No answer in time.', hint: null, retryAt: soon })
    expect(sentence(document({ problem: timeout }))).toBe('No answer in time. Next try 09:42.')
    expect(sentence(document({ problem: { ...timeout, retryAt: plusMs(NOW, -1) } }))).toBe('No answer in time.')
    const refused = aProblem('forbidden', { message: 'Google refuses this account.', hint: null })
    expect(sentence(document({ problem: refused }))).toBe('Google refuses this account.')
  })

  it('says who slows us down, not "rate limit exceeded"', () => {
    const slowed = aProblem('rate_limited', { retryAt: plusMs(NOW, 42 * 60_000) })
    expect(sentence(document({ problem: slowed }))).toBe('Slowed down by Anthropic, next try 09:42.')
    expect(sentence(document({ problem: { ...slowed, retryAt: null } }))).toBe('Slowed down by Anthropic.')
  })

  it('has words for accounts that are not asked or not read yet', () => {
    expect(sentence(document({ account: { enabled: false } }))).toBe('Switched off by its owner; not asked.')
    expect(sentence(document({ attempt: null }))).toBe('No data yet.')
  })
})

describe('names', () => {
  it('are what people call the services, with capitals for new ones', () => {
    expect(providerTitle('nano-gpt')).toBe('NanoGPT')
    expect(providerTitle('kimi-code')).toBe('Kimi Code')
    expect(vendorOf('codex')).toBe('OpenAI')
    expect(vendorOf('zed')).toBe('Zed')
    expect(capitals('gemini')).toBe('Gemini')
  })
})
