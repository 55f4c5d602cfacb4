import { describe, expect, it } from 'vitest'
import { epochMs, type QuotaDocument, type Status } from '../../../src/model/index.ts'
import { account, documentOf, quota } from '../testing.ts'
import { de, deSentences } from './de.ts'
import { en } from './en.ts'
import { englishSentences } from './sentences.ts'
import { sentencesIn } from './translated.ts'
import { vi, viSentences } from './vi.ts'
import { wordsOf } from './words.ts'

const NOW = epochMs(Date.parse('2026-11-22T09:00:00Z'))
const gaps = (text: string): string[] => (text.match(/\{\d\}/g) ?? []).sort()
const LANGUAGES = [
  ['de', de, sentencesIn('de', deSentences)],
  ['vi', vi, sentencesIn('vi', viSentences)],
] as const

describe.each(LANGUAGES)('%s', (language, catalogue, sentences) => {
  it('has every text of the English catalogue, with the same gaps', () => {
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(en).sort())
    for (const [key, text] of Object.entries(en)) {
      const own = catalogue[key as keyof typeof en]
      expect(own.trim(), key).not.toBe('')
      expect(gaps(own), key).toEqual(gaps(text))
    }
  })

  it('says the same numbers as English, and leaves no gap open', () => {
    const english = englishSentences()
    const quotas: readonly Partial<QuotaDocument>[] = [
      {},
      { due: true },
      { level: 'exhausted', remainingRatio: 0, usedRatio: 1 },
      { unlimited: true, level: 'unlimited' },
      { level: 'unknown', usedRatio: null, remainingRatio: null },
      { kind: 'balance', unit: 'USD', remaining: 12.5, remainingRatio: null, usedRatio: null, resetsAt: null },
    ]
    const digits = (text: string): string[] => text.match(/\d+/g) ?? []
    for (const facts of quotas) {
      const one = quota(facts)
      for (const say of [sentences, english]) {
        expect(say.verdict(one, NOW, false)).not.toMatch(/\{\d\}|undefined|null/)
      }
      expect(digits(sentences.left(one.remainingRatio))).toEqual(digits(english.left(one.remainingRatio)))
      expect(digits(sentences.amounts(one) ?? '')).toEqual(digits(english.amounts(one) ?? ''))
    }
    const states: readonly Status[] = ['ok', 'auth_required', 'rate_limited', 'disabled', 'pending', 'stale']
    for (const status of states) expect(sentences.status(account({ status }))).not.toBe('')
  })

  it('answers in its headline', () => {
    const fine = account({ quotas: [quota({ level: 'ok' })] })
    const spent = account({ id: 'codex/b', provider: 'codex', quotas: [quota({ level: 'exhausted' })] })
    const best = {
      best: { account: 'claude/work', provider: 'claude', pool: null, remainingRatio: 1, resetsAt: null, reason: '' },
      others: [],
      excluded: [],
    }
    const text = sentences.headline(documentOf(fine, spent), best, NOW)
    expect(text).toMatch(/1.*2/)
    expect(text).toContain('Claude')
    expect(text).toContain('Codex')
    expect(text).not.toMatch(/\{\d\}|undefined/)
  })

  it('writes durations of both units', () => {
    expect(sentences.countdown(epochMs(NOW + (3 * 60 + 45) * 60_000), NOW)).toMatch(/3 \S+ 45 \S+/)
    expect(sentences.countdown(null, NOW)).toBe('—')
    expect(language).toMatch(/^\w\w$/)
  })
})

describe('a text', () => {
  const words = wordsOf('en', en, englishSentences())

  it('has its form for one, and fills its gaps with numbers as the language writes them', () => {
    expect(words.n('accounts.count', 1)).toBe('1 account')
    expect(words.n('accounts.count', 1234)).toBe('1,234 accounts')
  })

  it('does not read gaps in what was put in', () => {
    expect(words.t('account.failed', '{0} {1}')).toBe('Could not be read: {0} {1}')
  })
})
