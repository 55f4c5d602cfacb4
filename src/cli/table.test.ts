import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { cutTo, padTo, wrapWords } from '../format/fit.ts'
import { type Cell, type Column, layOut, renderRow, renderTitles } from './table.ts'

const columns: readonly Column[] = [
  { title: 'NAME', least: 5 },
  { title: 'LEFT' },
  { title: 'CLOCK', dispensable: 1 },
  { title: 'PACE', dispensable: 2 },
]
const rows: readonly (readonly Cell[])[] = [
  [{ text: 'a long name here' }, { text: '23% 🔴 LOW' }, { text: 'Fri 09:00' }, { text: '8% in deficit' }],
  [{ text: '漢字' }, { text: '87% 🟢 OK' }, { text: '' }, { text: '' }],
]
const render = (width: number | null): readonly string[] => {
  const layout = layOut(columns, rows, width)
  return [renderTitles(layout, columns, (text) => text), ...rows.map((row) => renderRow(layout, row))]
}

describe('layOut', () => {
  it('shows all where there is room', () => {
    expect(render(null)).toEqual([
      'NAME              LEFT        CLOCK      PACE',
      'a long name here  23% 🔴 LOW  Fri 09:00  8% in deficit',
      '漢字              87% 🟢 OK',
    ])
    expect(render(80)).toEqual(render(null))
  })

  it('leaves out the pace first, then the clock, and cuts texts last', () => {
    expect(render(50)[1]).toBe('a long name here  23% 🔴 LOW  Fri 09:00')
    expect(render(38)[1]).toBe('a long name here  23% 🔴 LOW')
    expect(render(20)[1]).toBe('a long …  23% 🔴 LOW')
    expect(render(5)[1]).toBe('a lo…  23% 🔴 LOW')
  })

  it('leaves out columns that are empty everywhere', () => {
    const layout = layOut(columns, [[{ text: 'a' }, { text: '' }, { text: 'b' }]], null)
    expect(layout.shown).toEqual([0, 2])
    expect(layOut(columns, [], 80).shown).toEqual([])
  })

  it('never draws wider than it may while there is something to give', () => {
    fc.assert(
      fc.property(fc.integer({ min: 17, max: 90 }), (width) => {
        for (const line of render(width)) expect(stringWidth(line)).toBeLessThanOrEqual(width)
      }),
    )
  })
})

describe('texts', () => {
  it('are cut between whole characters, with a mark', () => {
    expect(cutTo('abcdef', 6)).toBe('abcdef')
    expect(cutTo('abcdef', 4)).toBe('abc…')
    expect(cutTo('漢字漢字', 4)).toBe('漢…')
    expect(cutTo('👩‍💻👩‍💻', 3)).toBe('👩‍💻…')
    expect(cutTo('abc', 0)).toBe('')
  })

  it('are padded by what they take on the screen', () => {
    expect(padTo('漢', 4)).toBe('漢  ')
    expect(padTo('long', 2)).toBe('long')
  })

  it('wrap at words', () => {
    expect(wrapWords('one two three', 8)).toEqual(['one two', 'three'])
    expect(wrapWords('! one two three', 8, '  ')).toEqual(['! one', '  two', '  three'])
    expect(wrapWords('unbreakable', 4)).toEqual(['unbreakable'])
  })
})
