import { expect, it } from 'vitest'
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
