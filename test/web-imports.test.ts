import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importsOf, sourceFiles } from './helpers/imports.ts'

const web = join(import.meta.dirname, '..', 'web', 'src')
const ALLOWED_ROOMS = /\/src\/(model|client|format)\//
const ALLOWED_PACKAGES = /^(preact|uplot)(\/|$)/

/** What a browser cannot or must not load; null when the import is fine. */
function forbidden(file: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return ALLOWED_PACKAGES.test(specifier) ? null : `${file}: ${specifier}`
  const isOutside = /^(\.\.\/)+src\//.test(specifier)
  return isOutside && !ALLOWED_ROOMS.test(`/${specifier}`) ? `${file}: ${specifier}` : null
}

describe('the web app', () => {
  const files = sourceFiles(web).filter((file) => !/\.test\.tsx?$/.test(file))
  const imports = files.flatMap((file) => importsOf(file, readFileSync(join(web, file), 'utf8')))

  it('imports model, client and format, and nothing else of src', () => {
    expect(files.length).toBeGreaterThan(50)
    expect(imports.length).toBeGreaterThan(200)
    expect(imports.map(({ file, specifier }) => forbidden(file, specifier)).filter(Boolean)).toEqual([])
  })

  it('would be caught: the canary', () => {
    for (const specifier of ['node:fs', 'zod', '../../../src/server/app.ts', '../../src/platform/clock.ts', 'react']) {
      expect(forbidden('canary.ts', specifier), specifier).not.toBeNull()
    }
    expect(forbidden('ok.ts', '../../../src/model/index.ts')).toBeNull()
  })

  it('writes no markup of its own into the page (W09)', () => {
    const writes = files.filter((file) =>
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/.test(
        readFileSync(join(web, file), 'utf8'),
      ),
    )
    expect(writes).toEqual([])
  })
})
