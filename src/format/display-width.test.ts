import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { displayWidth } from './display-width.ts'

describe('displayWidth', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['Zoë', 3],
    ['e\u0301', 1],
    ['漢字', 4],
    ['한국어', 6],
    ['ｆｕｌｌ', 8],
    ['🟢', 2],
    ['23% 🔴 LOW', 10],
    ['0% ⛔ EXHAUSTED', 15],
    ['90% ⚪ STALE', 12],
    ['∞ – — … ·', 9],
    ['██░░', 4],
    ['📊 Quota', 8],
    ['👩‍💻', 2],
    ['👍🏽', 2],
    ['🇻🇳🇫🇷', 4],
    ['⚠️', 2],
    ['\u200b\u0007', 0],
  ])('%j takes %d cells', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })

  it('agrees with string-width', () => {
    const unit = fc.constantFrom(
      ...'aZ ~ëø·–—…∞│╭█░⟳✓✗漢字あア한글ＡｆАбαω',
      '🟢',
      '🔴',
      '⛔',
      '⚪',
      '📊',
      '🚫',
      '❌',
      '👩‍💻',
      '👍🏽',
      '⚠️',
      'e\u0301',
      '🇻🇳',
    )
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 20 }), (text) => {
        expect(displayWidth(text)).toBe(stringWidth(text))
      }),
    )
  })
})
