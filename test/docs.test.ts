import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parse as parseToml } from 'smol-toml'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { createWorld } from '../src/simulator/world.ts'
import { createMachine, type Machine } from './helpers/machine.ts'
import { type Block, blocksOf, documentationPages } from './helpers/markdown.ts'
import { stopPrograms } from './helpers/program.ts'
import { unknownMetrics } from './helpers/promql.ts'
import { lookForTools } from './helpers/tools.ts'

const ROOT = join(import.meta.dirname, '..')
const pages = documentationPages()
const blocks = pages.flatMap((page) => blocksOf(page))
const inLanguage = (...languages: readonly string[]): readonly Block[] =>
  blocks.filter(({ language }) => languages.includes(language))

/** How many blocks of each language there are at least, and who checks them; a block of another language is a fault. */
const CHECKED = {
  // docs-commands.test.ts: run as they stand or known why not, calls and syntax checked.
  bash: 2,
  elvish: 1,
  fish: 1,
  powershell: 1,
  sh: 30,
  zsh: 3,
  // e2e/recipes.test.ts: run by the program they are for.
  i3: 1,
  tmux: 2,
  // This file.
  css: 1,
  ini: 3,
  json: 5,
  nix: 2,
  promql: 1,
  toml: 10,
  ts: 1,
  yaml: 4,
  // To look at: output, where lines behind a prompt are run, and drawings. docs/cli.md is generated.
  text: 5,
}

/** Whether a page is about another program, whose settings have the form of ours. */
function isAboutAnotherTool({ at }: Block): boolean {
  return /^docs\/integrations\/(?!(README|docker|grafana|mcp|nix|prometheus|systemd)\.md)/.test(at)
}

describe('the documentation', () => {
  it('is seen by this test at all', () => {
    expect(pages).toEqual(
      expect.arrayContaining(['README.md', 'QUICKSTART.md', 'docs/cli.md', 'docs/integrations/docker.md']),
    )
  })

  it('has blocks of languages that are checked here, and no other', () => {
    expect(blocks.filter(({ language }) => !Object.hasOwn(CHECKED, language)).map(({ at }) => at)).toEqual([])
    for (const [language, least] of Object.entries(CHECKED)) {
      expect(inLanguage(language).length, language).toBeGreaterThanOrEqual(least)
    }
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

describe('settings', () => {
  let machine: Machine

  beforeAll(async () => {
    const world = createWorld({ seed: 11, accounts: { antigravity: 2, claude: 1, codex: 1, copilot: 1 } })
    machine = await createMachine({ world, providers: ['antigravity', 'claude', 'codex', 'copilot'] })
  })

  afterAll(async () => {
    await stopPrograms()
    await machine.remove()
  })

  it('of the pages are settings of tokstat', async () => {
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

  it('is style sheets, settings and TypeScript', () => {
    for (const { at, text } of inLanguage('css')) expect(text, at).toMatch(/^(?:#[\w.-]+ \{ [\w-]+: [^;{}]+; \}\n?)+$/)
    for (const { at, text } of inLanguage('ini')) expect(text, at).toMatch(/^\[.+\]\n(?:[\w-]+ ?= ?.+\n?)+$/)
    for (const { at, text } of inLanguage('ts')) expect(() => stripTypeScriptTypes(text), at).not.toThrow()
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
