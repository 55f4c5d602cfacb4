import { describe, expect, it } from 'vitest'
import { cli, fakeApp } from '../../test/helpers/fake-cli.ts'
import { sampleDocument } from '../../test/helpers/sample-document.ts'
import type { PointDocument, SeriesDocument } from '../model/past-document.ts'

const NOTHING = { usedRatio: null, remainingRatio: null, used: null, remaining: null, limit: null, reset: false }

function series(facts: Partial<SeriesDocument>, points: readonly Partial<PointDocument>[]): SeriesDocument {
  return {
    account: 'claude/work',
    provider: 'claude',
    quota: 'session',
    unit: 'share',
    label: 'Session',
    kind: 'window',
    ...facts,
    points: points.map((point, index) => ({ ...NOTHING, at: `2026-11-22T0${index + 6}:00:00Z`, ...point })),
  }
}

async function lines(one: SeriesDocument): Promise<readonly string[]> {
  const app = fakeApp(sampleDocument, { history: async () => ({ series: [one] }) })
  const { code, out, err } = await cli('history claude/work', { app })
  expect([code, err]).toEqual([0, ''])
  return out.split('\n')
}

describe('tokstat history', () => {
  it('draws shares over 0 to 100 %', async () => {
    const found = await lines(series({}, [{ usedRatio: 0 }, { usedRatio: 0.5 }, { usedRatio: 1 }]))
    expect(found.slice(0, 3)).toEqual(['Session  session', '  ▁▅█', '  06:00 0% → 08:00 100% (share used)'])
  })

  it('draws amounts over the highest of them where there is no share, and says them', async () => {
    const balance = series({ quota: 'credits', unit: 'USD', label: 'Credits', kind: 'balance' }, [
      { remaining: 20 },
      { remaining: 10 },
      {},
      { remaining: 0 },
    ])
    expect((await lines(balance)).slice(0, 3)).toEqual([
      'Credits  credits',
      '  █▅ ▁',
      '  06:00 $20.00 left → 09:00 $0.00 left',
    ])
    const spend = series({ quota: 'usage', unit: 'EUR', label: 'Spent', kind: 'spend' }, [{ used: 1 }, { used: 4 }])
    expect((await lines(spend)).slice(1, 3)).toEqual(['  ▃█', '  06:00 €1.00 spent → 07:00 €4.00 spent'])
  })

  it('draws nothing where nothing was known', async () => {
    expect((await lines(series({}, [{}, {}])))[2]).toBe('  06:00 – → 07:00 – (share used)')
  })
})
