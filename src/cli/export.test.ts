import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { cli, fakeApp } from '../../test/helpers/fake-cli.ts'
import { sampleDocument } from '../../test/helpers/sample-document.ts'

const app = fakeApp(sampleDocument, {
  exportHistory: async (format, _query, write) => write(`a row as ${format}\n`),
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'tokstat-export-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  return made
}

it('an export goes to stdout, or into a new file that nobody else reads', async () => {
  expect(await cli('export --format json', { app })).toMatchObject({ code: 0, out: 'a row as json\n' })
  expect(await cli('export --json', { app })).toMatchObject({ code: 0, out: 'a row as json\n' })
  expect(await cli('export --json --format csv', { app })).toMatchObject({ code: 0, out: 'a row as csv\n' })
  expect(await cli('export', { app })).toMatchObject({ code: 0, out: 'a row as csv\n' })
  const out = join(folder(), 'history.txt')
  const line = ['export', '--format', 'openmetrics', '--out', out]
  expect(await cli(line, { app })).toMatchObject({ code: 0, out: '', err: `Written to ${out}.\n` })
  expect(readFileSync(out, 'utf8')).toBe('a row as openmetrics\n')
  expect(statSync(out).mode & 0o777).toBe(0o600)
  expect(await cli(line, { app })).toMatchObject({ code: 4, err: expect.stringContaining('exists already') })
})
