import { describe, expect, it } from 'vitest'
import { serviceHealth } from './exposition.ts'

const PAGE = `# HELP tokstat_fetch_total x
tokstat_fetch_total{provider="claude",account="a\\"b",outcome="read"} 8
tokstat_fetch_total{provider="claude",account="c",outcome="rate_limited"} 2
tokstat_fetch_total{provider="codex",account="c",outcome="read"} 1
tokstat_fetch_duration_seconds_bucket{provider="claude",le="0.1"} 4
tokstat_fetch_duration_seconds_bucket{provider="claude",le="1"} 9
tokstat_fetch_duration_seconds_bucket{provider="claude",le="+Inf"} 10
tokstat_fetch_duration_seconds_sum{provider="claude"} 7
`

describe('the health of services', () => {
  it('is what their counters say', () => {
    const [claude, codex] = serviceHealth(PAGE)
    expect(claude).toEqual({
      provider: 'claude',
      reads: 8,
      failed: 2,
      medianSeconds: 1,
      slowSeconds: 1,
      reasons: ['rate_limited'],
    })
    expect(codex).toMatchObject({ provider: 'codex', reads: 1, failed: 0, medianSeconds: null })
  })

  it('has no duration where nothing was read: how fast it failed says nothing', () => {
    const failed = PAGE.replaceAll('outcome="read"} 8', 'outcome="timeout"} 8')
    expect(serviceHealth(failed)[0]).toMatchObject({ reads: 0, failed: 10, medianSeconds: null, slowSeconds: null })
  })

  it('is nothing on an empty page', () => {
    expect(serviceHealth('')).toEqual([])
  })
})
