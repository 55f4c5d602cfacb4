import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lookForTools } from '../../test/helpers/tools.ts'
import { describeAll, manPage } from './man-page.ts'
import { COMMANDS } from './registry.ts'

const FILE = join(import.meta.dirname, '..', '..', 'man', 'tokstat.1')

describe('the man page', () => {
  it('has every command that a person may see, and no other', async () => {
    const page = manPage(await describeAll(COMMANDS))
    for (const { name, hidden } of COMMANDS) {
      expect(page.includes(`.SS tokstat ${name.replaceAll('-', '\\-')}`), name).toBe(hidden !== true)
    }
  })

  it('lets no word be a request of troff', async () => {
    const run = async () => 0
    const command = { registered: { name: 'x', summary: '.so /etc/passwd', load: async () => ({ examples: [], run }) } }
    const page = manPage([{ ...command, command: { examples: [["'x \\n", '-']], run } }])
    expect(page).toContain('\n\\&.so /etc/passwd\n')
    expect(page).toContain('\\(aqx \\en')
  })

  const { missing, note } = lookForTools('man')
  it.skipIf(missing.length > 0)(`is read by man without a complaint${note}`, () => {
    const shown = spawnSync('man', ['--warnings', '-l', FILE], {
      encoding: 'utf8',
      env: { ...{ MANWIDTH: '80', LC_ALL: 'C.UTF-8' }, PATH: '/usr/bin:/bin' },
    })
    expect(shown.stderr).toBe('')
    expect(shown.stdout).toContain('tokstat best')
    expect(shown.stdout).toContain('--min-remaining')
  })
})
