import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { providers } from '../src/providers/registry.ts'
import { ALLOWED, allImports, cycles, importsOf, sourceFiles, violation } from './helpers/imports.ts'

const src = join(import.meta.dirname, '..', 'src')

describe('the rooms', () => {
  it('import only in the directions that docs/architecture allows', () => {
    const violations = allImports(src)
      .map(violation)
      .filter((text) => text !== null)
    expect(violations).toEqual([])
  })

  it('are seen by this test at all: a plausible number of files and imports, and every room named in the table', () => {
    expect(sourceFiles(src).length).toBeGreaterThan(100)
    expect(allImports(src).length).toBeGreaterThan(300)
    const rooms = readdirSync(src, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'main')
      .map((entry) => entry.name)
    expect(rooms.filter((room) => ALLOWED[room] === undefined)).toEqual([])
  })

  it('are the ones that docs/architecture describes', () => {
    const page = readFileSync(join(src, '..', 'docs', 'architecture', 'README.md'), 'utf8')
    const described = [...page.matchAll(/^src\/([\w-]+)\/ /gm)].map((match) => match[1])
    expect(described.sort()).toEqual(Object.keys(ALLOWED).sort())
  })

  it('would report a forbidden import: the canary', () => {
    const canaries: readonly [string, string][] = [
      ['model/canary.ts', "import { readFileSync } from 'node:fs'"],
      ['model/canary.ts', "import * as z from 'zod'"],
      ['providers/claude/canary.ts', "import { createSendHttp } from '../../platform/http.ts'"],
      ['providers/claude/canary.ts', "import { parse } from '../codex/parse.ts'"],
      ['collector/canary.ts', "export { x } from '../server/app.ts'"],
      ['cli/canary.ts', "const lazy = await import('../collector/engine.ts')"],
      ['server/canary.ts', "import { main } from '../main.ts'"],
      ['credentials/canary.ts', "import { readGuarded } from '../platform/files.ts'"],
    ]
    for (const [file, text] of canaries) {
      const found = importsOf(file, text).map(violation)
      expect(found, text).toHaveLength(1)
      expect(found[0], text).not.toBeNull()
    }
    expect(importsOf('server/ok.ts', "import type { X } from '../model/index.ts'").map(violation)).toEqual([null])
  })

  it('have no import cycles', () => {
    expect(cycles(src)).toEqual([])
  })
})

describe('providers', () => {
  it('are the same in the registry, in the folders and in the docs', () => {
    const registered = providers.map((provider) => provider.id).sort()
    const folders = readdirSync(join(src, 'providers'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'shared')
      .map((entry) => entry.name)
      .sort()
    const pages = readdirSync(join(src, '..', 'docs', 'providers'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => name.slice(0, -3))
      .sort()
    expect(registered.length).toBeGreaterThan(1)
    expect(folders).toEqual(registered)
    expect(pages).toEqual(registered)
  })

  it('have the same file names in every folder', () => {
    for (const provider of providers) {
      const names = readdirSync(join(src, 'providers', provider.id))
      for (const expected of ['index.ts', 'ask.ts', 'schema.ts', 'parse.ts', 'fixtures']) {
        expect(names, `${provider.id}/${expected}`).toContain(expected)
      }
    }
  })
})

describe('the clock, the environment and the network', () => {
  const OUTSIDE = /\bDate\.now\(|\bnew Date\(\)|\bprocess\.env\b|(?<![.\w])fetch\(|\bsetTimeout\(|\bsetInterval\(/
  const MAY = /^(platform|config|simulator|main)[/.]|\.test\.tsx?$|testing\.ts$|conformance\.ts$/

  it('are touched in their own rooms only', () => {
    const found = sourceFiles(src)
      .filter((file) => !MAY.test(file))
      .filter((file) => OUTSIDE.test(stripComments(readFileSync(join(src, file), 'utf8'))))
    expect(found).toEqual([])
  })
})

function stripComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')
}
