import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cli, fakeApp } from '../../test/helpers/fake-cli.ts'
import { exportLines } from './commands/best.ts'

function inShell(lines: readonly string[], name: string): string {
  const script = `${lines.join('\n')}\nprintf '%s' "$TOKSTAT_BEST_${name}"`
  return spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout
}

const choice = {
  account: 'claude/work',
  provider: 'claude',
  pool: null,
  remainingRatio: 0.64,
  resetsAt: null,
  reason: 'r',
}

describe('best --export', () => {
  it('gives a shell the best account, and exits 5 with empty variables when there is none', async () => {
    const run = await cli('best --export')
    expect(run.code).toBe(0)
    expect(inShell(run.out.trim().split('\n'), 'ACCOUNT')).toMatch(/^antigravity\/|^codex\/|^copilot\//)
    const none = await cli('best --export', {
      app: fakeApp(undefined, { best: async () => ({ best: null, others: [], excluded: [] }) }),
    })
    expect(none.code).toBe(5)
    expect(inShell(none.out.trim().split('\n'), 'ACCOUNT')).toBe('')
  })

  it('lets no name be a command', () => {
    const hostile = fc.stringMatching(/^[a-z'"$`;&|()\\ !*#~<>-]{1,20}$/)
    fc.assert(
      fc.property(hostile, (name) => {
        const best = { ...choice, account: `claude/${name}` }
        expect(inShell(exportLines({ best, others: [], excluded: [] }), 'NAME')).toBe(name)
      }),
      { numRuns: 40 },
    )
  })
})
