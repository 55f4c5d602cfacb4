import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CATALOGUE, catalogueTable, type Fault } from './catalogue.ts'

const root = join(import.meta.dirname, '..', '..')
const all: readonly Fault[] = CATALOGUE.flatMap((section) => section.faults)

function range(letter: string, first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `${letter}${String(first + index).padStart(2, '0')}`)
}

describe('the catalogue of faults', () => {
  it('has every fault of its sections, once', () => {
    const wanted = [
      ...range('H', 1, 32),
      ...range('S', 1, 23),
      ...range('C', 1, 32),
      ...range('W', 1, 30),
      ...range('P', 1, 16),
      ...range('L', 1, 15),
      ...range('D', 1, 22),
      ...range('A', 1, 15),
      ...range('T', 1, 19),
    ]
    expect(all.map(({ id }) => id)).toEqual(wanted)
  })

  it.each(all)('$id is injected where it says, or says why not', ({ id, tests, remark }) => {
    if (tests.length === 0) expect(remark).toBeTruthy()
    for (const file of tests) {
      const path = join(root, file)
      expect(existsSync(path), file).toBe(true)
      expect(readFileSync(path, 'utf8'), file).toMatch(new RegExp(`\\b${id}\\b`))
    }
  })

  it('is the table of docs/reliability.md, to the letter', () => {
    const path = join(root, 'docs', 'reliability.md')
    const page = readFileSync(path, 'utf8')
    const marked = /(?<=<!-- faults: begin -->\n)[\s\S]*?(?=\n<!-- faults: end -->)/
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, page.replace(marked, catalogueTable()))
    const table = marked.exec(readFileSync(path, 'utf8'))?.[0]
    expect(table).toBe(catalogueTable())
  })
})
