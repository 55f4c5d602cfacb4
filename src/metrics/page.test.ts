import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { parseExposition, seriesKey } from '../../test/helpers/exposition.ts'
import { type FakeClock, fakeClock } from '../../test/helpers/fake-clock.ts'
import { createFakeEngine, type FakeEngine } from '../../test/helpers/fake-engine.ts'
import { checkMetrics } from '../../test/helpers/promtool.ts'
import { SAMPLE_NOW, sampleAccount, sampleBoard, sampleModel, sampleState } from '../../test/helpers/sample-board.ts'
import { type Board, DEFAULT_RULES, type Rules } from '../model/index.ts'
import { createOwnMetrics, type OwnMetrics } from './own.ts'
import { createMetricsPage, type MetricsAnswer, type MetricsPage } from './page.ts'

interface Setup {
  readonly engine: FakeEngine
  readonly clock: FakeClock
  readonly own: OwnMetrics
  readonly page: MetricsPage
  rules: Rules
}

function setup(board: Board = sampleBoard()): Setup {
  const clock = fakeClock(SAMPLE_NOW)
  const engine = createFakeEngine(board)
  const own = createOwnMetrics({ version: '0.1.0', clock: clock.clock })
  const made: Setup = {
    engine,
    clock,
    own,
    rules: DEFAULT_RULES,
    page: createMetricsPage({ engine, clock: clock.clock, own, rules: () => made.rules }),
  }
  return made
}

function text(answer: MetricsAnswer): string {
  const body = Buffer.concat(answer.chunks)
  expect(body.length).toBe(answer.length)
  return (answer.encoding === 'gzip' ? gunzipSync(body) : body).toString()
}

const OPEN_METRICS = 'application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'

describe('the metrics page', () => {
  it('hands out the very same bytes for the board while nothing has changed', async () => {
    const { page, clock } = setup()
    const first = await page.render(undefined, undefined)
    await clock.advance(1000)
    const second = await page.render(undefined, undefined)
    expect(second.chunks[0]).toBe(first.chunks[0])
    const zipped = [await page.render(undefined, 'gzip'), await page.render(undefined, 'gzip, br')]
    expect(zipped[1]?.chunks[1]).toBe(zipped[0]?.chunks[1])
  })

  it('answers plain and gzip alike', async () => {
    const { page } = setup()
    const plain = text(await page.render(undefined, 'gzip;q=0'))
    const zipped = await page.render(undefined, 'br, gzip')
    expect(zipped.encoding).toBe('gzip')
    expect(parseExposition(text(zipped)).map(seriesKey)).toEqual(parseExposition(plain).map(seriesKey))
  })

  it('is one gzip member with a right checksum also when the board is empty', async () => {
    const { page } = setup({ accounts: [] })
    expect(text(await page.render(undefined, 'gzip'))).toContain('tokstat_build_info{version="0.1.0"} 1')
  })

  it('speaks OpenMetrics when it is asked for: counters without _total in their family, one EOF at the end', async () => {
    const { page, own } = setup()
    own.fetched({ provider: 'claude', account: 'claude/work', outcome: 'read', tookMs: 1000 })
    const answer = await page.render(OPEN_METRICS, undefined)
    const body = text(answer)
    expect(answer.contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
    expect(body).toContain('# TYPE tokstat_fetch counter\n')
    expect(body).toContain('tokstat_fetch_total{provider="claude",account="work",outcome="read"} 1\n')
    expect(body).toContain('tokstat_fetch_duration_seconds_bucket{provider="claude",le="1.0"} 1\n')
    expect(body.endsWith('\n# EOF\n')).toBe(true)
    expect(body.match(/# EOF/g)).toHaveLength(1)
  })

  it.each([
    [undefined, 'text/plain'],
    ['*/*', 'text/plain'],
    ['text/plain', 'text/plain'],
    ['application/openmetrics-text;q=0', 'text/plain'],
    ['application/openmetrics-text;q=0.1,text/plain', 'text/plain'],
    ['application/openmetrics-text', 'application/openmetrics-text'],
  ])('answers Accept %s with %s', async (accept, expected) => {
    const answer = await setup().page.render(accept, undefined)
    expect(answer.contentType.startsWith(expected)).toBe(true)
    expect(text(answer).includes('# EOF')).toBe(expected !== 'text/plain')
  })

  it('is clean for promtool, the daemon itself included', async () => {
    const { page, own } = setup()
    own.fetched({ provider: 'claude', account: 'claude/work', outcome: 'timeout', tookMs: 15_000 })
    own.httpRequest('/metrics', 200)
    own.historySamples(3)
    own.alert('exhausted', 'ops', 'delivered')
    const result = checkMetrics(text(await page.render(undefined, undefined)))
    if (result.installed) expect(result).toEqual({ installed: true, complaints: '', exitCode: 0 })
  })
})

describe('what changed since the last scrape', () => {
  const quota = sampleModel('gemini-3-pro', 'Gemini 3 Pro', 0.5, 60_000)
  const ada = sampleState(sampleAccount('antigravity', 'ada@example.com'), [quota])
  const bob = sampleState(sampleAccount('antigravity', 'bob@example.com'), [quota])

  it('is on the page at the next one, and an account that is gone has no series left', async () => {
    const { page, engine, own } = setup({ accounts: [ada, bob] })
    own.fetched({ provider: 'antigravity', account: bob.account.id, outcome: 'read', tookMs: 5 })
    expect(text(await page.render(undefined, undefined))).toContain('bob@example.com')
    engine.publish({ accounts: [ada] })
    const after = text(await page.render(undefined, undefined))
    expect(after).toContain('ada@example.com')
    expect(after).not.toContain('bob@example.com')
  })

  it('survives a loop of adding and removing without a ghost or a double', async () => {
    const { page, engine } = setup({ accounts: [ada] })
    for (let round = 0; round < 20; round += 1) {
      engine.publish({ accounts: round % 2 === 0 ? [ada, bob] : [bob] })
      const keys = parseExposition(text(await page.render(undefined, undefined))).map(seriesKey)
      expect(new Set(keys).size).toBe(keys.length)
      expect(keys.some((key) => key.includes('ada@'))).toBe(round % 2 === 0)
    }
  })

  it('includes what time alone changes: a reset that passes, a reading that turns stale', async () => {
    const { page, clock } = setup({ accounts: [ada] })
    expect(text(await page.render(undefined, undefined))).toContain('tokstat_quota_remaining_ratio{')
    await clock.advance(60_000)
    const due = text(await page.render(undefined, undefined))
    expect(due).not.toContain('tokstat_quota_remaining_ratio{')
    expect(due).toContain('tokstat_quota_reset_timestamp_seconds{')
    await clock.advance(15 * 60_000)
    expect(text(await page.render(undefined, undefined))).not.toContain('tokstat_quota_reset_timestamp_seconds{')
  })

  it('includes a clock that was set back', async () => {
    const { page, clock } = setup({ accounts: [ada] })
    await clock.advance(60_000)
    expect(text(await page.render(undefined, undefined))).not.toContain('tokstat_quota_remaining_ratio{')
    clock.jump(-30_000)
    expect(text(await page.render(undefined, undefined))).toContain('tokstat_quota_remaining_ratio{')
  })

  it('includes changed rules', async () => {
    const made = setup({ accounts: [sampleState(ada.account, [{ ...quota, providerPool: 'google' }])] })
    expect(text(await made.page.render(undefined, undefined))).toContain('pool="gemini"')
    made.rules = { ...DEFAULT_RULES, poolGroup: 'pool' }
    expect(text(await made.page.render(undefined, undefined))).toContain('pool="google"')
  })

  it('keeps one of two accounts whose names become the same text', async () => {
    const twin = (name: string) => sampleState(sampleAccount('antigravity', name), [quota])
    const { page } = setup({ accounts: [twin('a\r'), twin('a\0')] })
    const keys = parseExposition(text(await page.render(undefined, undefined))).map(seriesKey)
    expect(new Set(keys).size).toBe(keys.length)
  })
})
