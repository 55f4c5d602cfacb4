import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { licenceOf } from './licences.mjs'

function library(name: string, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokstat-licence-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'lib'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.2.3', license: 'MIT' }))
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
  return folder
}

describe('the licence of a library', () => {
  it('is all that it brings: several licences, and notices', () => {
    const folder = library('two', { 'LICENSE-MIT': 'mit text\n', 'LICENSE-APACHE': 'apache text', NOTICE: 'a notice' })
    expect(licenceOf('two', folder)).toBe('two 1.2.3\n\napache text\n\nmit text\n\na notice')
  })

  it('is spelled out where it is only named, with whose it is', () => {
    const text = licenceOf('yoga-layout', library('yoga-layout', {}))
    expect(text).toMatch(
      /^yoga-layout 1\.2\.3\n\nCopyright \(c\) Meta Platforms, Inc\. and affiliates\.\n\nPermission is/,
    )
  })

  it('stops the build when nobody knows its text', () => {
    expect(() => licenceOf('stranger', library('stranger', {}))).toThrow('stranger (MIT) is bundled')
  })
})
