import { chmodSync, mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findOnPath, listFolder, scanFile } from './lookup.ts'

function folder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'tokstat-lookup-')))
}

describe('listFolder', () => {
  it('gives the names, or says what is in the way', async () => {
    const at = folder()
    writeFileSync(join(at, 'a.json'), '{}')
    expect(await listFolder(at)).toEqual({ kind: 'names', names: ['a.json'] })
    expect(await listFolder(join(at, 'nothing'))).toEqual({ kind: 'absent' })
    expect(await listFolder(join(at, 'a.json'))).toMatchObject({ kind: 'unreadable', reason: 'not_a_file' })
  })
})

describe('findOnPath', () => {
  it('follows links to the real file, passes over what is not executable, never looks at relative entries', async () => {
    const at = folder()
    mkdirSync(join(at, 'bin'))
    mkdirSync(join(at, 'real'))
    writeFileSync(join(at, 'real', 'tool.js'), '')
    chmodSync(join(at, 'real', 'tool.js'), 0o755)
    symlinkSync(join(at, 'real', 'tool.js'), join(at, 'bin', 'tool'))
    writeFileSync(join(at, 'real', 'tool'), 'not executable')
    chmodSync(join(at, 'real', 'tool'), 0o644)
    const path = ['.', join(at, 'bin')].join(delimiter)
    expect(await findOnPath('tool', path, 'linux')).toBe(join(at, 'real', 'tool.js'))
    expect(await findOnPath('other', path, 'linux')).toBeNull()
  })
})

describe('scanFile', () => {
  it('finds a match that spans two chunks, once', async () => {
    const path = join(folder(), 'bundle.js')
    writeFileSync(path, `${'x'.repeat(1_048_570)}const NAME = "value";${'y'.repeat(2_000_000)}`)
    expect(await scanFile(path, /const (\w+) = "(\w+)"/g, 8_000_000)).toEqual([
      ['const NAME = "value"', 'NAME', 'value'],
    ])
  })

  it('sees nothing behind the bound, and nothing in what is no file', async () => {
    const path = join(folder(), 'bundle.js')
    writeFileSync(path, `${'x'.repeat(100)}NEEDLE`)
    expect(await scanFile(path, /NEEDLE/g, 100)).toEqual([])
    expect(await scanFile(join(path, 'no'), /NEEDLE/g, 100)).toEqual([])
    expect(await scanFile(folder(), /NEEDLE/g, 100)).toEqual([])
  })
})
