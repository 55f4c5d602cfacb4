import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseExposition, seriesKey } from '../../test/helpers/exposition.ts'
import { golden } from '../../test/helpers/golden.ts'
import { checkMetrics } from '../../test/helpers/promtool.ts'
import {
  SAMPLE_NOW,
  sampleAccount,
  sampleBoard,
  sampleModel,
  sampleReading,
  sampleState,
} from '../../test/helpers/sample-board.ts'
import { type AccountState, DEFAULT_RULES, epochMs, type Quota, ratiosFromRemaining } from '../model/index.ts'
import { exposeBoard } from './exposition.ts'
import { cleanLabel, escapeLabel } from './text.ts'

function expose(states: readonly AccountState[], now = SAMPLE_NOW): string {
  return exposeBoard({ accounts: states }, { now, rules: DEFAULT_RULES })
}

function linesOf(text: string, name: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(`${name}{`))
}

describe('the metrics page of a board', () => {
  it('is the golden file, whole', () => {
    const page = expose(sampleBoard().accounts)
    expect(page).toBe(golden('metrics.txt', page))
  })

  it('is accepted by promtool and has every series once', () => {
    const page = expose(sampleBoard().accounts)
    const result = checkMetrics(page)
    if (result.installed) expect(result).toEqual({ installed: true, complaints: '', exitCode: 0 })
    const keys = parseExposition(page).map(seriesKey)
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys.length).toBeGreaterThan(60)
  })

  it('has the samples of the seed, letter for letter', () => {
    const now = epochMs(Date.parse('2024-06-13T12:00:00Z'))
    const quota: Quota = {
      ...sampleModel('claude-3-5-sonnet', 'Claude 3.5 Sonnet', 0.85),
      resetsAt: epochMs(Date.parse('2024-06-13T16:00:00Z')),
    }
    const page = expose(
      [sampleState(sampleAccount('antigravity', 'user@example.com'), [quota], { observedAt: now })],
      now,
    )
    expect(page.split('\n')).toEqual(
      expect.arrayContaining([
        '# HELP antigravity_token_quota_remaining_fraction Remaining token quota fraction (0.0 to 1.0)',
        '# TYPE antigravity_token_quota_remaining_fraction gauge',
        'antigravity_token_quota_remaining_fraction{account="user@example.com",model="claude-3-5-sonnet"} 0.85',
        'antigravity_token_quota_reset_time_seconds{account="user@example.com",model="claude-3-5-sonnet"} 1718294400',
        'antigravity_model_available{account="user@example.com",model="claude-3-5-sonnet",display_name="Claude 3.5 Sonnet"} 1',
      ]),
    )
  })

  it('keeps the seed names to antigravity and to models', () => {
    const page = expose(sampleBoard().accounts)
    const models = parseExposition(page).filter((sample) => sample.name.startsWith('antigravity_'))
    expect(models.map((sample) => sample.labels['account'])).not.toContain('ada@example.com')
    expect(models.map((sample) => sample.labels['model'])).not.toContain('ai_credits')
    expect(models.map((sample) => sample.labels['model'])).toContain('tab_flash_lite')
  })
})

describe('a value that is no longer true', () => {
  const account = sampleAccount('antigravity', 'user@example.com')
  const state = sampleState(account, [sampleModel('gemini-3-pro', 'Gemini 3 Pro', 0.5, 60_000)])

  it('takes ratios and amounts with it when its reset passes, and leaves the reset instant', () => {
    const amounts = { used: 5, limit: 10, remaining: 5 }
    const quotas = (state.reading?.quotas ?? []).map((quota) => ({ ...quota, ...amounts }))
    const due = expose([{ ...state, reading: sampleReading(quotas) }], epochMs(SAMPLE_NOW + 60_000))
    for (const name of ['remaining_ratio', 'used_ratio', 'used', 'limit', 'remaining']) {
      expect(linesOf(due, `tokstat_quota_${name}`), name).toEqual([])
    }
    expect(linesOf(due, 'antigravity_token_quota_remaining_fraction')).toEqual([])
    expect(linesOf(due, 'antigravity_token_quota_reset_time_seconds')).toHaveLength(1)
    expect(linesOf(due, 'tokstat_quota_reset_timestamp_seconds')).toHaveLength(1)
    expect(linesOf(due, 'antigravity_model_available')).toHaveLength(1)
  })

  it('takes every quota series with it when the reading is stale, and keeps the account', () => {
    const stale = parseExposition(expose([state], epochMs(SAMPLE_NOW + 15 * 60_000)))
    expect(stale.map((sample) => sample.name).sort()).toEqual([
      'tokstat_account_info',
      'tokstat_account_last_success_timestamp_seconds',
      'tokstat_account_status',
      'tokstat_account_up',
    ])
    expect(stale.find((sample) => sample.name === 'tokstat_account_status')?.labels['status']).toBe('stale')
  })

  it('is no sample at all while it is unknown: never 0, never NaN', () => {
    const page = expose([sampleState(account, [sampleModel('gemini-3-pro', 'Gemini 3 Pro', null)])])
    expect(linesOf(page, 'antigravity_token_quota_remaining_fraction')).toEqual([])
    expect(linesOf(page, 'tokstat_quota_remaining_ratio')).toEqual([])
    expect(page).not.toContain('NaN')
    expect(linesOf(page, 'antigravity_model_available')).toHaveLength(1)
  })

  it('says nothing about an attempt that never was, nor about a disabled account', () => {
    const pending = sampleState(account, null, { attempt: null })
    expect(linesOf(expose([pending]), 'tokstat_account_up')).toEqual([])
    expect(linesOf(expose([{ ...state, account: { ...account, enabled: false } }]), 'tokstat_account_up')).toEqual([])
  })

  it('does not double a series when a provider names one quota twice', () => {
    const quota = sampleModel('gemini-3-pro', 'Gemini 3 Pro', 0.5)
    const page = expose([sampleState(account, [quota, { ...quota, ...ratiosFromRemaining(0.9) }])])
    expect(linesOf(page, 'tokstat_quota_remaining_ratio')).toEqual([
      'tokstat_quota_remaining_ratio{provider="antigravity",account="user@example.com",quota="gemini-3-pro"} 0.5',
    ])
  })
})

describe('label values', () => {
  const hostile = fc.string({
    unit: fc.constantFrom('"', '\\', '\n', '\r', '\0', '}', ',', '{', '#', 'é', '😀', 'a', ' '),
  })

  it('parse back to what was written, whatever they hold', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), hostile), (name) => {
        const state = sampleState(sampleAccount('antigravity', name), [sampleModel(`m${name}`, name, 0.5)])
        const samples = parseExposition(expose([state]))
        const available = samples.filter((sample) => sample.name === 'antigravity_model_available')
        expect(available).toEqual([
          {
            name: 'antigravity_model_available',
            labels: { account: cleanLabel(name), model: cleanLabel(`m${name}`), display_name: cleanLabel(name) },
            value: '1',
          },
        ])
      }),
    )
  })

  it('lose only what no format can carry', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/[\0\r]/.test(text))
        expect(cleanLabel(text)).toBe(text)
      }),
    )
    expect(escapeLabel('a\r\nb\0"\\\uD800')).toBe('a\uFFFD\\nb\uFFFD\\"\\\\\uFFFD')
  })

  it('never become label names, and hostile ones pass promtool', () => {
    const name = 'x"} 1\nevil{a="b"} 2\\'
    const page = expose([sampleState(sampleAccount('antigravity', name), [sampleModel(name, name, 0.5, 1000)])])
    expect(parseExposition(page).every((sample) => !sample.name.startsWith('evil'))).toBe(true)
    const result = checkMetrics(page)
    if (result.installed) expect(result.exitCode).toBe(0)
  })
})
