import { describe, expect, it } from 'vitest'
import { account, documentOf, quota } from '../testing.ts'
import { comparedRows } from './compared.ts'

const past = (of: string, id: string) => ({
  account: of,
  quota: id,
  cycles: 3,
  wastedRatio: 0.2,
  wallRatio: 0,
  meanExhaustedSeconds: null,
  meanPeakRatio: 0.8,
})

describe('comparedRows', () => {
  it('leaves out helpers and models that share a window, and keeps what is gone by now', () => {
    const model = quota({ id: 'sonnet', kind: 'model' })
    const document = documentOf(
      account({ id: 'claude/work', quotas: [quota(), model, quota({ id: 'tab', helper: true })] }),
      account({ id: 'antigravity/ada', quotas: [model] }),
    )
    const rows = [
      past('claude/work', 'session'),
      past('claude/work', 'sonnet'),
      past('claude/work', 'tab'),
      past('claude/work', 'weekly'),
      past('antigravity/ada', 'sonnet'),
      past('codex/gone', 'session'),
    ]
    expect(comparedRows(rows, document).map((row) => `${row.account} ${row.quota}`)).toEqual([
      'claude/work session',
      'claude/work weekly',
      'antigravity/ada sonnet',
      'codex/gone session',
    ])
  })
})
