import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readVersion } from './version.ts'

describe('the version', () => {
  it('is the one of tokstat in the source tree', () => {
    expect(readVersion()).toMatch(/^\d+\.\d+\.\d+/)
    expect(readVersion()).not.toBe('0.0.0')
  })

  it('ignores package.json files of others and broken ones', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tokstat-version-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const deep = join(folder, 'a', 'b')
    mkdirSync(deep, { recursive: true })
    writeFileSync(join(deep, 'package.json'), '{')
    writeFileSync(join(folder, 'a', 'package.json'), '{"name":"other","version":"9.9.9"}')
    expect(readVersion(deep)).toBe('0.0.0')
    writeFileSync(join(folder, 'package.json'), '{"name":"tokstat","version":"1.2.3"}')
    expect(readVersion(deep)).toBe('1.2.3')
  })
})
