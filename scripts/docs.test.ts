import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { outdated, pages } from './docs.mjs'

describe('the generated pages', () => {
  it('say what the code says (else: npm run docs)', async () => {
    expect(await outdated()).toEqual([])
  })

  it('name every command, every section of config.toml and every metric', async () => {
    const made = await pages()
    expect(made.get('docs/cli.md')).toContain('## `tokstat guard`')
    expect(made.get('docs/cli.md')).not.toContain('__complete')
    expect(made.get('man/tokstat.1')).toContain('.SS tokstat guard')
    expect(made.get('docs/config.md')).toContain('## `[polling]`')
    expect(made.get('docs/config.md')).toContain('## `[providers.antigravity]`')
    expect(made.get('docs/metrics.md')).toContain('`antigravity_token_quota_remaining_fraction`')
  })

  it('are found out of date when a letter differs or a page is missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tokstat-docs-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    for (const name of ['docs', 'man']) mkdirSync(join(folder, name))
    const made = await pages()
    for (const [path, text] of made) writeFileSync(join(folder, path), text)
    expect(await outdated(folder)).toEqual([])
    writeFileSync(join(folder, 'docs/cli.md'), `${made.get('docs/cli.md')} `)
    rmSync(join(folder, 'docs/metrics.md'))
    expect(await outdated(folder)).toEqual(['docs/cli.md', 'docs/metrics.md'])
  })
})
