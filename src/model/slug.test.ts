import { expect, it } from 'vitest'
import { slug } from './slug.ts'

it.each([
  ['Opus 4.5 (Thinking)', 'opus-4-5-thinking'],
  ['  --a__b--  ', 'a-b'],
  ['é', ''],
  ['', ''],
])('slugs %j as %j', (text, expected) => {
  expect(slug(text)).toBe(expected)
})
