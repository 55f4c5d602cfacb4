import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance } from './edit-distance.ts'
import { didYouMean, nearest } from './suggest.ts'

const commands = ['list', 'best', 'refresh', 'quota list', 'quota monitor', 'completion', 'doctor']

it.each([
  ['lst', 'list'],
  ['lsit', 'list'],
  ['LIST', 'list'],
  ['refesh', 'refresh'],
  ['comp', 'completion'],
  ['quota mointor', 'quota monitor'],
  ['docter', 'doctor'],
  ['xyzzy', null],
  ['', null],
])('takes %j for %j', (word, expected) => {
  expect(nearest(word, commands)).toBe(expected)
})

it('asks in words', () => {
  expect(didYouMean('bst', commands)).toBe('Did you mean `best`?')
  expect(didYouMean('zzzzzz', commands)).toBeNull()
})

describe('the distance of two words', () => {
  it('counts swaps as one step', () => {
    expect(editDistance('prot', 'port')).toBe(1)
    expect(editDistance('', 'abc')).toBe(3)
  })

  it('is a distance: none to itself, the same both ways', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(editDistance(a, a)).toBe(0)
        expect(editDistance(a, b)).toBe(editDistance(b, a))
      }),
    )
  })
})
