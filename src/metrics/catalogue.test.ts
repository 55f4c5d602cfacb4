import { describe, expect, it } from 'vitest'
import { BOARD_FAMILIES, type Family, metricsReference, OWN_FAMILIES } from './catalogue.ts'

const all: readonly Family[] = [...BOARD_FAMILIES, ...Object.values(OWN_FAMILIES)]

describe('the catalogue of metrics', () => {
  it('names every family once, in base units, and only counters end in _total', () => {
    expect(new Set(all.map((family) => family.name)).size).toBe(all.length)
    for (const family of all) {
      expect(family.name, family.name).toMatch(/^[a-z][a-z0-9_]*$/)
      expect(family.name, family.name).not.toMatch(/percent|_ms$|_minutes|_hours/)
      expect(family.name.endsWith('_total'), family.name).toBe(family.type === 'counter')
      expect(family.help, family.name).not.toBe('')
    }
  })

  it('puts the labels of every provider family in one order', () => {
    for (const family of BOARD_FAMILIES.filter((one) => one.name.startsWith('tokstat_'))) {
      const expected = ['provider', 'account', 'quota'].filter((label) =>
        (family.labels as readonly string[]).includes(label),
      )
      expect(family.labels.slice(0, expected.length), family.name).toEqual(expected)
      expect(expected.length, family.name).toBeGreaterThanOrEqual(2)
    }
  })

  it('is the reference page', () => {
    const page = metricsReference()
    for (const family of all) expect(page).toContain(`| \`${family.name}\` | ${family.type} |`)
  })
})
