/** What is in the tarball: all that runs, the licences of it, and nothing else. That it runs: installed.test.ts. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packTarball } from '../helpers/packed.ts'

const run = promisify(execFile)

/** Every kind of file there is, and why it is there. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/, 'what every package has'],
  [/^bin\/tokstat\.mjs$/, 'the command, which any Node can read'],
  [/^dist\/(main|library)\.mjs$/, 'the program, the library'],
  [/^dist\/quick\.cjs$/, 'status lines and cached lists, which start without the program'],
  [/^dist\/chunks\/[\w.-]+\.mjs$/, 'what they load when they need it'],
  [/^dist\/types\/(main|client|model)\/[\w-]+\.d\.ts$/, 'types of the library'],
  [/^dist\/web\/(index\.html|icon(-(maskable-)?\d+\.png|\.svg)|manifest\.webmanifest|sw\.js)$/, 'the web app'],
  [/^dist\/web\/assets\/[\w-]+\.(js|css)$/, 'the web app'],
  [/^dist\/(web\/)?THIRD-PARTY-LICENSES\.txt$/, 'licences of bundled libraries, which ask for it'],
  [/^man\/tokstat\.1$/, 'man tokstat'],
]

let folder = ''
let unpacked = ''
let tarball = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokstat-packed-'))
  tarball = await packTarball(folder)
  await run('tar', ['-xzf', tarball, '-C', folder])
  unpacked = join(folder, 'package')
}, 60_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function files(): readonly string[] {
  return readdirSync(unpacked, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(unpacked.length + 1))
}

describe('the packed tarball', () => {
  it('holds files of these kinds and no other, and some of each', () => {
    expect(files().filter((name) => !REASONS.some(([pattern]) => pattern.test(name)))).toEqual([])
    for (const [pattern, why] of REASONS)
      expect(
        files().some((name) => pattern.test(name)),
        why,
      ).toBe(true)
  })

  it('is small: 1.5 MB to fetch, 5 MB on disk', () => {
    expect(statSync(tarball).size).toBeLessThan(1.5e6)
    const onDisk = files().reduce((sum, name) => sum + statSync(join(unpacked, name)).size, 0)
    expect(onDisk).toBeLessThan(5e6)
  })

  it('needs no package but the keyring, and that one is optional', () => {
    const about = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as Record<string, unknown>
    expect(about['dependencies']).toBeUndefined()
    expect(Object.keys(about['optionalDependencies'] ?? {})).toEqual(['@napi-rs/keyring'])
  })

  it('runs nothing at its installation', () => {
    const { scripts } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as { scripts: object }
    const atInstall = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish']
    expect(Object.keys(scripts).filter((name) => atInstall.includes(name))).toEqual([])
  })

  it('gives the licence text of every library in it', () => {
    for (const name of ['dist/THIRD-PARTY-LICENSES.txt', 'dist/web/THIRD-PARTY-LICENSES.txt']) {
      const parts = readFileSync(join(unpacked, name), 'utf8').split(`\n\n${'-'.repeat(80)}\n\n`)
      expect(parts.length, name).toBeGreaterThan(1)
      for (const part of parts) expect(part, name).toMatch(/permission|redistribution|terms and conditions/i)
    }
  })
})
