import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { loadWebAssets, NO_WEB_APP } from './web-assets.ts'

function builtApp(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokstat-web-'))
  mkdirSync(join(folder, 'assets'))
  const html = '<meta name="tokstat-base" content=""><script src="./assets/index-1a2b3c4d.js"></script>'
  writeFileSync(join(folder, 'index.html'), `${html}<link href="./icon.svg">`)
  writeFileSync(join(folder, 'icon.svg'), '<svg/>')
  writeFileSync(join(folder, 'notes.txt'), 'not for the web')
  writeFileSync(join(folder, 'assets', 'index-1a2b3c4d.js'), 'run()')
  return folder
}

describe('the built app', () => {
  it('is a table: its page, its files, and nothing else', () => {
    const assets = loadWebAssets(builtApp(), '')
    expect(assets.asset('/')?.contentType).toBe('text/html; charset=utf-8')
    expect(assets.asset('/assets/index-1a2b3c4d.js')).toMatchObject({ immutable: true })
    expect(assets.asset('/icon.svg')).toMatchObject({ immutable: false, contentType: 'image/svg+xml' })
    for (const path of ['/index.html', '/notes.txt', '/assets/', '/../etc/passwd', '/assets/../index.html']) {
      expect(assets.asset(path), path).toBeNull()
    }
  })

  it('knows the path it is served below, whatever marks are in it', () => {
    const page = String(loadWebAssets(builtApp(), '/a"b').asset('/')?.body)
    expect(page).toContain('content="/a&#34;b"')
    expect(page).toContain('src="/a&#34;b/assets/index-1a2b3c4d.js"')
    expect(page).toContain('href="/a&#34;b/icon.svg"')
  })

  it('follows no link out of its folder', () => {
    const folder = builtApp()
    symlinkSync('/etc/hostname', join(folder, 'leak.svg'))
    expect(loadWebAssets(folder, '').asset('/leak.svg')).toBeNull()
  })

  it('is there in gzip as well, where that is smaller', () => {
    const folder = builtApp()
    const text = 'export const words = "again and again"\n'.repeat(100)
    writeFileSync(join(folder, 'assets', 'long-1a2b3c4d.js'), text)
    const assets = loadWebAssets(folder, '')
    const long = assets.asset('/assets/long-1a2b3c4d.js')
    expect(gunzipSync(long?.gzip ?? '').toString()).toBe(text)
    expect(assets.asset('/assets/index-1a2b3c4d.js')?.gzip).toBeUndefined()
  })

  it('is nothing where it was not built', () => {
    expect(loadWebAssets(join(tmpdir(), 'tokstat-is-not-here'), '')).toBe(NO_WEB_APP)
  })
})
