/**
 * Measures what the budgets are about and prints each figure with its ratio.
 *
 *   npm run bench -- [--only NAME] [--quick] [--write]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { BENCHES } from './all.ts'
import { benchmarksPage } from './page.ts'
import type { Row } from './row.ts'

const PAGE = join(import.meta.dirname, '..', 'docs', 'benchmarks.md')

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})

const names = BENCHES.map((bench) => bench.name)
const unknown = values.only.filter((name) => !names.includes(name))
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. Known: ${names.join(', ')}.`)
  process.exit(4)
}

const rows: Row[] = []
for (const bench of BENCHES) {
  if (values.only.length > 0 && !values.only.includes(bench.name)) continue
  console.error(`${bench.name} …`)
  for (const row of await bench.run({ quick: values.quick })) {
    rows.push(row)
    const ratio = row.ratio === null ? '' : `${row.ratio.toFixed(2)} ×  `
    console.log(`${row.held ? 'met   ' : 'MISSED'} ${ratio}${row.bench}: ${row.what}`)
    console.log(`         ${row.figure} against ${row.against}; budget ${row.budget}`)
  }
}

if (values.write) {
  const before = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : ''
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown CPU',
    cores: cpus().length,
    node: process.versions.node,
    date: new Date().toISOString().slice(0, 10),
  }
  writeFileSync(PAGE, benchmarksPage(before, rows, machine, names))
}
if (rows.some((row) => !row.held)) process.exitCode = 1
