import { describe, expect, it } from 'vitest'
import { aModel, anAccount, aWindow, NOW } from '../../test/helpers/states.ts'
import { instantText } from '../format/instant.ts'
import { commitOf, session, testHistory } from '../history/testing.ts'
import { type AlertRule, DEFAULT_RULES, HOUR_MS, MINUTE_MS, plusMs } from '../model/index.ts'
import { rehearse } from './rehearse.ts'
import { aRule } from './testing.ts'

function rehearsed(used: readonly (readonly [minutes: number, used: number, resetsIn?: number])[], rules: AlertRule[]) {
  const { store } = testHistory()
  for (const [minutes, share, resetsIn = 5] of used) {
    const at = plusMs(NOW, minutes * MINUTE_MS)
    store.record(commitOf(at, [session(share, NOW + resetsIn * HOUR_MS)]))
  }
  return rehearse({
    samples: store.samples({}),
    describe: () => ({ label: 'Session', kind: 'window' }),
    alertRules: rules,
    rules: DEFAULT_RULES,
    since: NOW,
    instant: instantText('UTC'),
  })
}

describe('a rehearsal', () => {
  it('says what would have fired, when, and for how long', () => {
    const result = rehearsed(
      [
        [0, 0.5],
        [5, 0.69],
        [10, 0.71],
        [15, 0.72],
        [20, 0.6],
      ],
      [aRule({ when: { kind: 'level', atMost: 'low' }, name: 'low' })],
    )
    expect(result.alerts).toEqual([
      {
        rule: 'low',
        event: 'level',
        account: 'claude/user@example.com',
        quota: 'session',
        at: '2026-11-22T09:10:00Z',
        message: 'Claude (user@example.com): Session is low, 29% left. Resets 14:00 (in 4h 50m).',
        resolvedAt: '2026-11-22T09:20:00Z',
      },
    ])
    expect(result.rules).toEqual([{ name: 'low', fired: 1, rehearsable: true }])
  })

  it('judges an unchanged value again, as it was read again though stored once', () => {
    const two = aRule({ when: { kind: 'exhausted' }, for: { kind: 'readings', count: 3 } })
    const result = rehearsed(
      [
        [0, 0.9],
        [5, 1],
        [55, 1.01],
      ],
      [two],
    )
    expect(result.alerts.map((alert) => alert.at)).toEqual(['2026-11-22T09:15:00Z'])
  })

  it('sees resets and recoveries as the history does', () => {
    const rules = [aRule({ when: { kind: 'reset' } }), aRule({ when: { kind: 'recovered' } })]
    const result = rehearsed(
      [
        [0, 0.9],
        [5, 1],
        [301, 0, 10],
        [306, 0.01, 10],
      ],
      rules,
    )
    expect(result.alerts.map((alert) => `${alert.event} ${alert.at}`).sort()).toEqual([
      'recovered 2026-11-22T14:01:00Z',
      'reset 2026-11-22T14:01:00Z',
    ])
  })

  it('says which rules it cannot know about', () => {
    const rules = [
      aRule({ when: { kind: 'stale' } }),
      aRule({ when: { kind: 'auth_required' } }),
      aRule({ when: { kind: 'runs_out_before_reset' } }),
    ]
    const result = rehearsed([[0, 1]], rules)
    expect(result.rules.map((rule) => rule.rehearsable)).toEqual([false, false, false])
    expect(result.alerts).toEqual([])
  })

  it('counts a pool once, each pool for itself, and helper models not at all', () => {
    const { store } = testHistory()
    const resetsAt = plusMs(NOW, 5 * HOUR_MS)
    const account = anAccount({ provider: 'antigravity', name: 'work' })
    for (const [minutes, share] of [
      [0, 0.3],
      [5, 0],
      [10, 0],
      [20, 0.9],
    ] as const) {
      const inferred = { resetsAt, inferred: minutes === 5 }
      const quotas = [
        ...['claude-opus', 'claude-sonnet', 'tab_flash'].map((id) => aModel(id, share, inferred)),
        ...['gemini-pro', 'gemini-flash'].map((id) => aModel(id, share, { resetsAt })),
        aWindow('pool.gemini-5h', share, { resetsAt }),
      ]
      store.record(commitOf(plusMs(NOW, minutes * MINUTE_MS), quotas, { account }))
    }
    const result = rehearse({
      samples: store.samples({}),
      describe: (_, quota) => ({
        label: quota,
        kind: quota.startsWith('pool.') ? 'window' : 'model',
        helper: quota.startsWith('tab_'),
        providerPool: quota.includes('gemini') ? 'gemini' : '3p',
      }),
      alertRules: [aRule({ when: { kind: 'exhausted' } })],
      rules: DEFAULT_RULES,
      since: NOW,
      instant: instantText('UTC'),
    })
    expect(
      result.alerts.map(({ message, at, resolvedAt }) => [message, at.slice(11, 16), resolvedAt?.slice(11, 16)]),
    ).toEqual([
      ['Antigravity (work): pool.gemini-5h limit reached, back at 14:00.', '09:05', '09:20'],
      ['Antigravity (work): Claude pool spent (2 models), back at 14:00.', '09:10', '09:20'],
    ])
    expect(result.rules[0]?.fired).toBe(2)
  })
})
