import { describe, expect, it } from 'vitest'
import { AppError } from '../model/app.ts'
import { parseDuration, parseThreshold, parseWhole } from './parse.ts'

describe('durations', () => {
  it.each([
    ['30s', 30_000],
    ['30', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    ['1.5m', 90_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text, '--interval')).toBe(ms)
  })

  it.each(['', '0', '0s', '-5s', '5 minutes', '5y', 's', 'NaN', '1e3'])('%j is a bad argument', (text) => {
    expect(() => parseDuration(text, '--interval')).toThrow(AppError)
  })
})

describe('thresholds', () => {
  it('are a share or an amount', () => {
    expect(parseThreshold('10%', '-')).toEqual({ kind: 'ratio', ratio: 0.1 })
    expect(parseThreshold('0.5 %', '-')).toEqual({ kind: 'ratio', ratio: 0.005 })
    expect(parseThreshold('5USD', '-')).toEqual({ kind: 'amount', amount: 5, unit: 'USD' })
    expect(parseThreshold('100 requests', '-')).toEqual({ kind: 'amount', amount: 100, unit: 'requests' })
  })

  it.each(['', '10', '%', '101%', '-5%', 'USD5'])('%j is a bad argument', (text) => {
    expect(() => parseThreshold(text, '--min-remaining')).toThrow(AppError)
  })
})

describe('whole numbers', () => {
  it('have a range', () => {
    expect(parseWhole('8000', '--port', 0, 65_535)).toBe(8000)
    for (const text of ['65536', '-1', '80.5', 'x', ''])
      expect(() => parseWhole(text, '--port', 0, 65_535)).toThrow(AppError)
  })
})
