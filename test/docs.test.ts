import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parse as parseToml } from 'smol-toml'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { paintFor } from '../src/cli/paint.ts'
import { parseCommandLine } from '../src/cli/parse-command-line.ts'
import { COMMANDS } from '../src/cli/registry.ts'
import { route } from '../src/cli/route.ts'
import { createWorld } from '../src/simulator/world.ts'
import { createMachine, type Machine } from './helpers/machine.ts'
import { type Block, bareCommand, blocksOf, commandsOf, documentationPages, type Words } from './helpers/markdown.ts'
import { stopPrograms } from './helpers/program.ts'
import { unknownMetrics } from './helpers/promql.ts'
import { lookForTools } from './helpers/tools.ts'

const ROOT = join(import.meta.dirname, '..')
const pages = documentationPages()
const blocks = pages.flatMap((page) => blocksOf(page))
const inLanguage = (...languages: readonly string[]): readonly Block[] =>
  blocks.filter(({ language }) => languages.includes(language))

/** Settings of shells, bars and service managers: tokstat's command lines in them are checked, and nothing else. */
const OF_OTHER_TOOLS = ['', 'bash', 'css', 'fish', 'ini', 'zsh']

/** Whether a page is about another program, whose settings have the form of ours. */
function isAboutAnotherTool({ at }: Block): boolean {
  return /^docs\/integrations\/(?!(README|docker|grafana|mcp|nix|prometheus|systemd)\.md)/.test(at)
}

/** Programs of others that the documentation may name. Their own arguments are not ours to check. */
const OTHERS = new Set(
  'age-keygen cd chmod cp docker jq kubectl launchctl mkdir nix openssl pass promtool ssh systemctl install npm npx node git curl echo cat codex gh agy claude gemini'.split(
    ' ',
  ),
)

/** Commands that only read, or write to stdout: they are run, in a home of the test's own. */
const HARMLESS = new Set(
  'list best doctor explain providers metrics version completion export history forecast statusline'.split(' '),
)
const HARMLESS_PAIRS = new Set([
  'quota list',
  'quota show',
  'config check',
  'config path',
  'config schema',
  'grafana dashboard',
  'alerts list',
  'alerts log',
])

/** The arguments of a command line of tokstat; null: it is another program's. */
function tokstatArguments(words: Words): readonly string[] | null {
  const [first, second, ...rest] = bareCommand(words)
  if (first === 'tokstat') return second === undefined ? [] : [second, ...rest]
  if (first === 'npx' && second === 'tokstat') return rest
  if (first === 'node' && second === 'bin/tokstat.mjs') return rest
  return null
}

/** Commands of every shell block, and of lines that begin with a prompt in blocks of output. */
const shellLines = [
  ...inLanguage('sh').flatMap(({ at, text }) => commandsOf(text).map((words) => ({ at, words }))),
  ...inLanguage('', 'text').flatMap(({ at, text }) => {
    const prompted = text.split('\n').filter((line) => line.startsWith('$ '))
    return commandsOf(prompted.map((line) => line.slice(2)).join('\n')).map((words) => ({ at, words }))
  }),
]
/** Command lines of tokstat within the settings of other programs: `#(tokstat statusline --for tmux)`. */
const embedded = [...inLanguage(...OF_OTHER_TOOLS), ...inLanguage('toml', 'json').filter(isAboutAnotherTool)].flatMap(
  ({ at, text }) =>
    [...text.matchAll(/\btokstat((?: +(?:'[^']*'|"[^"]*"|--?[\w-]+|[\w./:-]+))+)/g)].flatMap((match) =>
      // A sentence that begins with the name is no command.
      COMMANDS.some(({ name }) => match[1]?.trimStart().startsWith(name))
        ? commandsOf(`tokstat${match[1]}`).map((words) => ({ at, argv: words.slice(1) }))
        : [],
    ),
)

const ours = shellLines.flatMap(({ at, words }) => {
  const argv = tokstatArguments(words)
  return argv === null ? [] : [{ at, argv }]
})

/** The examples of every `--help`, which docs/cli.md repeats. */
const examples = (
  await Promise.all(
    COMMANDS.map(async ({ name, load }) => {
      const lines = (await load()).examples.map(([line]) => line)
      return commandsOf(lines.join('\n')).flatMap((words) => {
        const argv = tokstatArguments(words)
        return argv === null ? [] : [{ at: `tokstat ${name} --help`, argv }]
      })
    }),
  )
).flat()

/** What tokstat's own parser has against a command line; null: nothing. */
async function unknownIn(argv: readonly string[]): Promise<string | null> {
  try {
    const found = route(argv, COMMANDS)
    if (found.kind !== 'command') return null
    parseCommandLine(found.command, await found.command.load(), found.rest, paintFor(false))
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('the documentation', () => {
  it('is seen by this test at all', () => {
    expect(pages).toEqual(
      expect.arrayContaining(['README.md', 'QUICKSTART.md', 'docs/cli.md', 'docs/integrations/docker.md']),
    )
    expect(ours.length).toBeGreaterThan(25)
    expect(embedded.length).toBeGreaterThan(3)
  })

  it('has blocks of languages that are checked here, and no other', () => {
    const known = [...OF_OTHER_TOOLS, 'json', 'mermaid', 'nix', 'promql', 'sh', 'text', 'toml', 'ts', 'yaml']
    expect(blocks.filter(({ language }) => !known.includes(language)).map(({ at }) => at)).toEqual([])
  })

  it('links to pages and files that are there', () => {
    const broken = pages.flatMap((page) => {
      const text = readFileSync(join(ROOT, page), 'utf8').replace(/```[\s\S]*?```/g, '')
      const targets = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '')
      return targets
        .filter((target) => !/^[a-z]+:/.test(target))
        .filter((target) => !existsSync(resolve(ROOT, dirname(page), target)))
        .map((target) => `${page}: ${target}`)
    })
    expect(broken).toEqual([])
  })
})

describe('shell blocks', () => {
  it('are shell', () => {
    const wrong = inLanguage('sh').filter(({ text }) => spawnSync('bash', ['-n'], { input: text }).status !== 0)
    expect(wrong.map(({ at }) => at)).toEqual([])
  })

  it('call commands and flags that tokstat has', async () => {
    const faults: string[] = []
    for (const { at, argv } of [...ours, ...embedded, ...examples]) {
      const fault = await unknownIn(argv)
      if (fault !== null) faults.push(`${at}: tokstat ${argv.join(' ')}: ${fault}`)
    }
    expect(faults).toEqual([])
    expect(await unknownIn(['list', '--no-such-flag']), 'the canary').not.toBeNull()
    expect(await unknownIn(['no-such-command']), 'the canary').not.toBeNull()
  })

  it('call scripts of npm and of this checkout that are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    for (const { at, words } of shellLines) {
      const [first = '', second = '', third = ''] = bareCommand(words)
      if (first === 'npm' && second === 'run') expect(scripts, at).toHaveProperty(third)
      else if (first === 'npm' && ['start', 'test'].includes(second)) expect(scripts, at).toHaveProperty(second)
      else if (first.startsWith('./')) expect(existsSync(join(ROOT, first)), `${at}: ${first}`).toBe(true)
      else if (first !== 'tokstat' && first !== '') expect(OTHERS.has(first), `${at}: ${first}`).toBe(true)
    }
  })
})

describe('harmless commands', () => {
  let machine: Machine
  const harmless = [...ours, ...examples].filter(
    ({ argv }) => HARMLESS.has(argv[0] ?? 'list') || HARMLESS_PAIRS.has(argv.slice(0, 2).join(' ')),
  )

  beforeAll(async () => {
    const world = createWorld({ seed: 11, accounts: { antigravity: 2, claude: 1, codex: 1, copilot: 1 } })
    machine = await createMachine({ world, providers: ['antigravity', 'claude', 'codex', 'copilot'] })
    await machine.run(['list'])
  })

  afterAll(async () => {
    await stopPrograms()
    await machine.remove()
  })

  it('run, all of them', async () => {
    const lines = new Map(harmless.map(({ at, argv }) => [argv.join(' '), { at, argv }]))
    expect(lines.size).toBeGreaterThan(25)
    for (const [line, { at, argv }] of lines) {
      const { code, stdout, stderr } = await machine.run(argv)
      // 1 is what doctor says when something is wrong; an account that a page invents is not known here.
      const isFine =
        code === 0 || (argv[0] === 'doctor' && code === 1) || /no account|not known|Unknown account/i.test(stderr)
      expect(isFine, `${at}: tokstat ${line} ended with ${code}: ${stderr}${stdout.slice(0, 300)}`).toBe(true)
    }
  }, 120_000)

  it('settings of the pages are settings', async () => {
    const settings = inLanguage('toml').filter((block) => !isAboutAnotherTool(block))
    expect(settings.length).toBeGreaterThan(5)
    for (const { at, text } of settings) {
      await machine.writeConfig(text)
      const { code, stdout, stderr } = await machine.run(['config', 'check'])
      expect(code, `${at}: ${stdout}${stderr}`).toBe(0)
    }
  })
})

describe('data in the pages', () => {
  const promtool = lookForTools('promtool')
  const nix = lookForTools('nix-instantiate')

  it('is JSON, YAML and TOML', () => {
    for (const block of inLanguage('json')) {
      // A piece that belongs into somebody's larger file.
      const isPiece = isAboutAnotherTool(block) && !block.text.startsWith('{')
      expect(() => JSON.parse(isPiece ? `{${block.text}}` : block.text) as unknown, block.at).not.toThrow()
    }
    for (const { at, text } of inLanguage('toml')) expect(() => parseToml(text), at).not.toThrow()
    for (const { at, text } of inLanguage('yaml')) expect(() => parseYaml(text) as unknown, at).not.toThrow()
  })

  it('expressions ask for metrics that there are', () => {
    const expressions = inLanguage('promql').flatMap(({ at, text }) => text.split('\n').map((expr) => ({ at, expr })))
    expect(expressions.length).toBeGreaterThan(0)
    for (const { at, expr } of expressions) expect(unknownMetrics(expr), at).toEqual([])
  })

  it.skipIf(promtool.missing.length > 0)(`Prometheus takes every scrape configuration${promtool.note}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tokstat-docs-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const configs = inLanguage('yaml').filter(({ text }) => text.includes('scrape_configs'))
    expect(configs.length).toBeGreaterThan(2)
    for (const [index, { at, text }] of configs.entries()) {
      const file = join(folder, `${index}.yml`)
      await writeFile(file, text)
      const check = spawnSync('promtool', ['check', 'config', '--syntax-only', file], { encoding: 'utf8' })
      expect(check.status, `${at}: ${check.stderr}`).toBe(0)
    }
  })

  it.skipIf(nix.missing.length > 0)(`Nix parses every expression${nix.note}`, () => {
    for (const { at, text } of inLanguage('nix')) {
      const check = spawnSync('nix-instantiate', ['--parse', '-'], { input: text, encoding: 'utf8' })
      expect(check.status, `${at}: ${check.stderr}`).toBe(0)
    }
  })
})
