import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { cli, fakeApp } from '../../test/helpers/fake-cli.ts'
import { sampleDocument } from '../../test/helpers/sample-document.ts'

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'tokstat-out-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  return made
}

/** Every command that writes where the user says. */
const WRITERS: readonly (readonly [string, (file: string) => readonly string[]])[] = [
  ['backup', (file) => ['backup', file]],
  ['export', (file) => ['export', '--format', 'csv', '--out', file]],
  ['metrics', (file) => ['metrics', '--out', file]],
]

const app = fakeApp(sampleDocument, {
  exportHistory: async (_format, _query, write) => void write('a row\n'),
  writeMetrics: async (path) => writeFileSync(path, 'a page\n'),
  backup: async (path) => {
    writeFileSync(path, 'a copy\n')
    return { path, bytes: 7, samples: 1, cycles: 0 }
  },
})

describe.each(WRITERS)('what tokstat %s writes', (_name, line) => {
  it('goes where it was told', async () => {
    const file = join(folder(), 'written')
    expect(await cli(line(file), { app })).toMatchObject({ code: 0 })
    expect(existsSync(file)).toBe(true)
  })

  it('makes no folder', async () => {
    const missing = join(folder(), 'absent')
    expect(await cli(line(join(missing, 'deep', 'written')), { app })).toEqual({
      code: 4,
      out: '',
      err: `tokstat: The folder ${join(missing, 'deep')} does not exist.\nMake it, or choose another.\n`,
    })
    expect(existsSync(missing)).toBe(false)
  })

  it('needs a folder above it, not a file', async () => {
    const file = join(folder(), 'a-file')
    writeFileSync(file, '')
    const { code, err } = await cli(line(join(file, 'written')), { app })
    expect([code, err]).toEqual([4, `tokstat: ${file} is not a folder.\nChoose another.\n`])
  })
})

it('a file that cannot be written says why, and does not blame tokstat', async () => {
  const where = folder()
  const out = join(where, 'x'.repeat(300))
  expect(await cli(['export', '--format', 'csv', '--out', out], { app })).toMatchObject({
    code: 1,
    err: `tokstat: ${out} could not be written: name too long.\nName a folder that you may write to and that has room.\n`,
  })
  expect(readdirSync(where)).toEqual([])
})
