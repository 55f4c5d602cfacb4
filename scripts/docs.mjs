/**
 * Writes the pages of docs/ and the man page out of the code, or with --check says which of them are out of date.
 *
 *   npm run docs [-- --check]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { overview } from '../src/cli/help.ts'
import { describeAll, manPage } from '../src/cli/man-page.ts'
import { paintFor } from '../src/cli/paint.ts'
import { parseCommandLine } from '../src/cli/parse-command-line.ts'
import { COMMANDS } from '../src/cli/registry.ts'
import { configReference } from '../src/config/docs.ts'
import { metricsReference } from '../src/metrics/catalogue.ts'
import { providers } from '../src/providers/registry.ts'

const root = dirname(import.meta.dirname)
const plain = paintFor(false)

/** Every generated page by its path. */
export async function pages() {
  return new Map([
    ['docs/cli.md', await cliReference()],
    ['docs/config.md', configReference(providers)],
    ['docs/metrics.md', metricsReference()],
    ['man/tokstat.1', manPage(await describeAll(COMMANDS))],
  ])
}

async function cliReference() {
  // Help is wrapped at the width of the terminal; the page must be the same in every one.
  process.stdout.columns = 80
  const shown = COMMANDS.filter((command) => command.hidden !== true)
  const parts = [
    '# Command line\n\n<!-- Generated from the commands by `npm run docs`; do not edit. -->',
    fenced(overview(COMMANDS, null, plain).join('\n')),
    'Exit codes: 0 success · 1 failure · 2 authentication needed · 3 network or upstream · 4 bad arguments or\nconfiguration · 5 `guard`: below the threshold, `best`: none usable.',
  ]
  for (const registered of shown) {
    const help = parseCommandLine(registered, await registered.load(), ['--help'], plain)
    if (help.kind !== 'help') throw new Error(`${registered.name} has no help`)
    parts.push(`## \`tokstat ${registered.name}\``, fenced(help.text))
  }
  return `${parts.join('\n\n')}\n`
}

function fenced(text) {
  return `\`\`\`text\n${text.trim()}\n\`\`\``
}

/** The pages whose file is not what it should be. */
export async function outdated(folder = root) {
  const found = []
  for (const [path, text] of await pages()) {
    const file = join(folder, path)
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) found.push(path)
  }
  return found
}

if (import.meta.main) {
  const late = await outdated()
  if (process.argv.includes('--check')) {
    for (const path of late) console.error(`${path} is out of date: run \`npm run docs\`.`)
    process.exitCode = late.length > 0 ? 1 : 0
  } else {
    const made = await pages()
    mkdirSync(join(root, 'docs'), { recursive: true })
    for (const path of late) writeFileSync(join(root, path), made.get(path))
    console.log(late.length === 0 ? 'Every page is up to date.' : `Written: ${late.join(', ')}`)
  }
}
