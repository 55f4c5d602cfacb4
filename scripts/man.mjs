/** Writes man/tokstat.1 out of the commands themselves; with --check it only says whether it is what they say. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeAll, manPage } from '../src/cli/man-page.ts'
import { COMMANDS } from '../src/cli/registry.ts'

const file = join(dirname(dirname(fileURLToPath(import.meta.url))), 'man', 'tokstat.1')
const page = manPage(await describeAll(COMMANDS))
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== page) {
    console.error('man/tokstat.1 is not what the commands say: run node scripts/man.mjs')
    process.exit(1)
  }
} else {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, page)
}
