/** What a browser loads before it shows anything: held to a budget, because nobody notices a kilobyte a week. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

const WEB = join(import.meta.dirname, '..', '..', 'dist', 'web')
const BUDGET_BYTES = 80_000

function gzipped(path: string): number {
  return gzipSync(readFileSync(join(WEB, path)), { level: 9 }).length
}

describe('the first view', () => {
  const page = readFileSync(join(WEB, 'index.html'), 'utf8')
  const named = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path = '']) => path)
  const worker = readdirSync(join(WEB, 'assets')).find((name) => name.startsWith('worker-'))

  it('takes at most 80 kB over the line, its thread and its icon included', () => {
    expect(named.some((path) => path.endsWith('.js'))).toBe(true)
    expect(named.some((path) => path.endsWith('.css'))).toBe(true)
    expect(worker).toBeDefined()
    const files = ['index.html', ...named, `assets/${worker}`]
    const bytes = files.reduce((sum, path) => sum + gzipped(path), 0)
    expect(bytes).toBeGreaterThan(10_000)
    expect(bytes).toBeLessThanOrEqual(BUDGET_BYTES)
  })

  it('loads nothing from elsewhere, and has no line of script or style in it (W24)', () => {
    for (const path of readdirSync(WEB, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(html|css|webmanifest)$/.test(path)) continue
      expect(readFileSync(join(WEB, path), 'utf8'), path).not.toMatch(/["'(]\s*(https?:)?\/\//)
    }
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
  })
})
