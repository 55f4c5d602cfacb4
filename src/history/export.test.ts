import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { epochMs, HOUR_MS, MINUTE_MS, makeQuota, type Sample } from '../model/index.ts'
import { csvField, exportText, type SampleSource } from './export.ts'
import { commitOf, START, session, temporaryFolder, testHistory } from './testing.ts'

const RESET = START + 3 * HOUR_MS

function sample(more: Partial<Sample> = {}): Sample {
  return {
    account: 'claude/user@example.com',
    provider: 'claude',
    name: 'user@example.com',
    quota: 'session',
    unit: 'share',
    at: START,
    seq: START,
    used: null,
    limit: null,
    remaining: null,
    usedRatio: 0.25,
    remainingRatio: 0.75,
    resetsAt: epochMs(RESET),
    unlimited: false,
    inferred: false,
    ...more,
  }
}

const text = (format: 'csv' | 'json' | 'openmetrics', source: SampleSource): string =>
  [...exportText(format, source)].join('')

describe('csv', () => {
  it('is RFC 4180: header, CRLF, quotes doubled, unknown empty', () => {
    const odd = sample({
      name: 'x',
      account: 'claude/a "b", c',
      used: -3,
      unit: 'requests',
      resetsAt: null,
      remainingRatio: null,
    })
    expect(text('csv', () => [sample(), odd])).toBe(
      'at,provider,account,quota,unit,used,limit,remaining,used_ratio,remaining_ratio,resets_at\r\n' +
        '2026-11-22T09:00:00Z,claude,claude/user@example.com,session,share,,,,0.25,0.75,2026-11-22T12:00:00Z\r\n' +
        '2026-11-22T09:00:00Z,claude,"claude/a ""b"", c",session,requests,-3,,,0.25,,\r\n',
    )
  })

  it('defuses what a spreadsheet would run, and leaves numbers alone', () => {
    for (const start of ['=', '+', '-', '@', '\t', '\r', '\n']) {
      expect(csvField(`${start}HYPERLINK()`).replace(/^"/, '')).toMatch(/^'/)
    }
    expect(csvField('=1+1')).toBe("'=1+1")
    expect(csvField(-3.5)).toBe('-3.5')
    expect(csvField('a=b')).toBe('a=b')
  })
})

describe('json', () => {
  it('is one document with the columns of the CSV, also without a sample', () => {
    expect(JSON.parse(text('json', () => []))).toEqual({ samples: [] })
    expect(JSON.parse(text('json', () => [sample(), sample()]))).toEqual({
      samples: Array.from({ length: 2 }, () => ({
        at: '2026-11-22T09:00:00Z',
        provider: 'claude',
        account: 'claude/user@example.com',
        quota: 'session',
        unit: 'share',
        used: null,
        limit: null,
        remaining: null,
        used_ratio: 0.25,
        remaining_ratio: 0.75,
        resets_at: '2026-11-22T12:00:00Z',
      })),
    })
  })
})

describe('exportText', () => {
  it('comes in small pieces, however long the history is', () => {
    const many: SampleSource = function* () {
      for (let index = 0; index < 5_000; index++) yield sample()
    }
    const pieces = [...exportText('csv', many)]
    expect(pieces.length).toBeGreaterThan(20)
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(17_000)
  })
})

function promtool(...args: string[]): string {
  return execFileSync('promtool', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function hasPromtool(): boolean {
  try {
    promtool('--version')
    return true
  } catch {
    return false
  }
}

describe('openmetrics', () => {
  it('has one piece a family, only forward in time, escaped labels, and an end', () => {
    const odd = 'a"b\\c\nd'
    const page = text('openmetrics', () => [
      sample(),
      sample({ at: epochMs(START - 1) }),
      sample({ at: epochMs(START + 500), usedRatio: 0.3, remainingRatio: 0.7 }),
      sample({ name: odd, usedRatio: null, remainingRatio: null, used: 5, unit: 'USD', resetsAt: null }),
    ])
    expect(page.split('\n').filter((line) => line.startsWith('tokstat_quota_used_ratio{'))).toEqual([
      'tokstat_quota_used_ratio{provider="claude",account="user@example.com",quota="session"} 0.25 1795338000',
      'tokstat_quota_used_ratio{provider="claude",account="user@example.com",quota="session"} 0.3 1795338000.5',
    ])
    expect(page).toContain(
      'tokstat_quota_used{provider="claude",account="a\\"b\\\\c\\nd",quota="session",unit="USD"} 5 1795338000\n',
    )
    expect(page.match(/# TYPE tokstat_quota_used gauge/g)).toHaveLength(1)
    expect(page.endsWith('# EOF\n')).toBe(true)
  })

  // Where the tool is missing on a developer's machine the rest still holds; in CI its absence is a failure.
  it.runIf(hasPromtool() || process.env['CI'] === 'true')('is imported by promtool, value by value', () => {
    const { store, poll, clock } = testHistory()
    const expected: string[] = []
    for (let index = 0; index < 40; index++) {
      if (index === 20) clock.jump(-HOUR_MS)
      const at = clock.now()
      if (index < 20 || at > START + 19 * 5 * MINUTE_MS) expected.push(`${index / 100} ${at}`)
      poll([
        session(index / 100, RESET),
        makeQuota({ id: 'credits', label: 'Credits', kind: 'balance', unit: 'USD', remaining: 50 - index }),
      ])
    }
    store.record({
      ...commitOf(clock.now(), [session(0.5, RESET)]),
      account: { id: 'codex/a "b"', provider: 'codex', name: 'a "b"\\c' },
    })
    const folder = temporaryFolder()
    const file = join(folder, 'history.om')
    writeFileSync(
      file,
      text('openmetrics', () => store.samples({})),
    )
    promtool('tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'data'))
    // `dump` wants a whole data folder; the import writes blocks only.
    mkdirSync(join(folder, 'data', 'wal'))
    const dump = promtool('tsdb', 'dump', join(folder, 'data'))
    const found = dump
      .split('\n')
      .filter(
        (line) => line.includes('__name__="tokstat_quota_used_ratio"') && line.includes('account="user@example.com"'),
      )
      .map((line) => line.replace(/^\{.*\} /, ''))
    expect(found).toEqual(expected)
    expect(dump).toContain('unit="USD"')
    expect(dump).toContain('1.7953488e+09')
  })
})
