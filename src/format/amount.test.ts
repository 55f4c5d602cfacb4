import { describe, expect, it } from 'vitest'
import { amountsOf, amountText, countText } from './amount.ts'
import { isCurrency, moneyOfLimit, moneyText } from './money.ts'
import { paceText } from './pace.ts'

describe('money', () => {
  it.each([
    [3.5, 'USD', '$3.50'],
    [1.005, 'USD', '$1.01'],
    [0, 'USD', '$0.00'],
    [0.004, 'USD', '<$0.01'],
    [-0.001, 'USD', '>-$0.01'],
    [-12.345, 'EUR', '-€12.35'],
    [1_234_567.8, 'USD', '$1,234,567.80'],
    [3.5, 'CHF', 'CHF 3.50'],
    [1200.4, 'JPY', '¥1,200'],
  ])('%d %s is %s', (amount, unit, text) => {
    expect(moneyText(amount, unit)).toBe(text)
  })

  it('shows a budget with its share', () => {
    expect(moneyOfLimit(3.5, 10, 'USD')).toBe('$3.50 / $10.00 (35%)')
    expect(moneyOfLimit(35.4, 10, 'USD')).toBe('$35.40 / $10.00 (354%)')
    expect(moneyOfLimit(1, 0, 'USD')).toBe('$1.00 / $0.00')
  })

  it('tells currencies from other units', () => {
    expect(['USD', 'EUR', 'NANO', 'share', 'usd'].filter(isCurrency)).toEqual(['USD', 'EUR'])
  })
})

describe('counts', () => {
  it.each([
    [0, '0'],
    [1234, '1,234'],
    [-3821, '-3,821'],
    [0.5, '0.5'],
    [12.345, '12.35'],
    [9999.999, '10,000'],
    [12_345, '12.3K'],
    [999_999, '999K'],
    [1_250_000, '1.2M'],
    [7e9, '7B'],
  ])('%d is %s', (count, text) => {
    expect(countText(count)).toBe(text)
  })

  it('name their unit', () => {
    expect(amountText(1234, 'requests')).toBe('1,234 requests')
    expect(amountText(3.5, 'NANO')).toBe('3.5 NANO')
    expect(amountText(3, 'count')).toBe('3')
  })
})

describe('amountsOf', () => {
  const none = { unit: 'requests', used: null, limit: null, remaining: null, kind: 'window' } as const

  it('says what the provider counted and nothing else', () => {
    expect(amountsOf({ ...none, used: 5321, limit: 1500, remaining: -3821 })).toBe('5,321 / 1,500 requests')
    expect(amountsOf({ ...none, remaining: 45, limit: 300 })).toBe('45 of 300 requests left')
    expect(amountsOf({ ...none, unit: 'USD', remaining: 12.5 })).toBe('$12.50 left')
    expect(amountsOf({ ...none, unit: 'USD', used: 3.42, kind: 'spend' })).toBe('$3.42 spent')
    expect(amountsOf({ ...none, unit: 'USD', used: 3.5, limit: 10 })).toBe('$3.50 / $10.00 (35%)')
    expect(amountsOf(none)).toBeNull()
    expect(amountsOf({ ...none, unit: 'share', used: 0.5 })).toBeNull()
  })
})

describe('paceText', () => {
  it('speaks in words, and is silent without a forecast', () => {
    expect(paceText({ level: 'medium', forecast: { pace: { deltaRatio: 0.12, word: 'in_reserve' } } })).toBe(
      '12% in reserve',
    )
    expect(paceText({ level: 'medium', forecast: { pace: { deltaRatio: -0.08, word: 'in_deficit' } } })).toBe(
      '8% in deficit',
    )
    expect(paceText({ level: 'medium', forecast: { pace: { deltaRatio: 0.01, word: 'on_pace' } } })).toBe('on pace')
    expect(paceText({ level: 'medium', forecast: { pace: null } })).toBe('')
    expect(paceText({ level: 'medium', forecast: null })).toBe('')
    expect(paceText({ level: 'exhausted', forecast: { pace: { deltaRatio: 0.01, word: 'on_pace' } } })).toBe('')
  })
})
