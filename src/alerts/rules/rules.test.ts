import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aModel, aProblem, aState, NOW } from '../../../test/helpers/states.ts'
import { DEFAULT_RULES, HOUR_MS, MINUTE_MS, plusMs, type Quota } from '../../model/index.ts'
import { localMinuteOfDay, quietUntil } from '../quiet.ts'
import { aRule, left } from '../testing.ts'
import { outageOf } from './outage.ts'
import { partsOfKey, type RuleState, readState, stateKey } from './state.ts'
import { type StepContext, stepCondition } from './step.ts'
import { type Truth, truthOfQuota } from './truth.ts'

const LOW = aRule({ when: { kind: 'level', atMost: 'low' } })

function truth(rule: typeof LOW, quota: Quota, now = NOW): Truth {
  return truthOfQuota(rule, { quota, state: aState({ quotas: [quota] }), now, rules: DEFAULT_RULES, forecast: null })
}

describe('what a reading says', () => {
  it.each([
    [0, 'holds'],
    [0.2999, 'holds'],
    [0.3, 'between'],
    [0.3499, 'between'],
    [0.35, 'clear'],
    [1, 'clear'],
    [null, 'unknown'],
  ] as const)('%s left against `level <= low` %s', (share, expected) => {
    expect(truth(LOW, left(share))).toBe(expected)
  })

  it('says nothing where it is due, and that an unlimited one is fine', () => {
    expect(truth(LOW, left(0.1, { resetsAt: plusMs(NOW, -1) }), NOW)).toBe('unknown')
    expect(truth(LOW, left(null, { unlimited: true }))).toBe('clear')
  })

  it('can clear a threshold of 100 %, and tells units apart', () => {
    const all = aRule({ when: { kind: 'remaining_ratio', below: 1 } })
    expect([truth(all, left(0.99)), truth(all, left(1))]).toEqual(['holds', 'clear'])
    const euros = aRule({ when: { kind: 'remaining_amount', below: 5, unit: 'EUR' } })
    expect(truth(euros, left(null, { kind: 'balance', unit: 'USD', remaining: 1 }))).toBe('unknown')
  })
})

describe('the steps of a condition', () => {
  const TRUTHS = fc.array(fc.constantFrom<Truth>('holds', 'between', 'clear', 'unknown'), { maxLength: 60 })

  function run(truths: readonly Truth[], more: Partial<StepContext> = {}, rule = LOW): readonly string[] {
    let state: RuleState | null = null
    const edges: string[] = []
    truths.forEach((one, index) => {
      const now = plusMs(NOW, index * MINUTE_MS)
      const context = { now, seenAt: now, least: 1, suppressed: false, hasCycle: false, snoozed: false, ...more }
      const step = stepCondition(state, one, rule, context)
      // What is remembered survives the disk.
      state = readState(JSON.parse(JSON.stringify(step.state)))
      if (step.edge !== null) edges.push(step.edge)
    })
    return edges
  }

  it('fire and resolve in turn, whatever comes', () => {
    fc.assert(
      fc.property(TRUTHS, (truths) => {
        run(truths).forEach((edge, index) => {
          expect(edge).toBe(index % 2 === 0 ? 'fired' : 'resolved')
        })
      }),
    )
  })

  it('fire once in a cycle at most', () => {
    fc.assert(
      fc.property(TRUTHS, (truths) => {
        expect(run(truths, { hasCycle: true }).filter((edge) => edge === 'fired').length).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('never fire while suppressed, nor before enough readings in a row agree', () => {
    fc.assert(
      fc.property(TRUTHS, fc.integer({ min: 2, max: 4 }), (truths, count) => {
        expect(run(truths, { suppressed: true })).toEqual([])
        const known = truths.filter((one) => one !== 'unknown')
        const longest = known
          .map((one) => (one === 'holds' ? 'h' : '.'))
          .join('')
          .split('.')
          .reduce((most, part) => Math.max(most, part.length), 0)
        const rule = aRule({ when: LOW.when, for: { kind: 'readings', count } })
        if (longest < count) expect(run(truths, {}, rule)).toEqual([])
        else expect(run(truths, {}, rule)[0]).toBe('fired')
      }),
    )
  })

  it('keep what is about different things apart', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string({ minLength: 1 }),
        fc.option(fc.string({ minLength: 1 })),
        (rule, id, quota) => {
          fc.pre(![id, quota ?? ''].some((part) => part.includes('\n')))
          expect(partsOfKey(stateKey(rule, id, quota))).toEqual({
            rule: rule.replaceAll('\n', ' '),
            account: id,
            quota,
          })
        },
      ),
    )
    for (const damaged of [null, 7, {}, { phase: 'loud', since: 1 }, { phase: 'firing', since: 'x' }]) {
      expect(readState(damaged)).toBeNull()
    }
  })
})

describe('an outage', () => {
  const of = (...ids: readonly (readonly [string, boolean])[]) =>
    outageOf(
      ids.map(([provider, isReached], index) =>
        aState({
          account: { provider, name: `n${index}` },
          quotas: [aModel('m', 1)],
          problem: isReached ? null : aProblem('timeout'),
        }),
      ),
      NOW,
    )

  it('is ours when more than half of the services are down, theirs when fewer are', () => {
    expect(of(['claude', false], ['codex', false], ['copilot', true]).offline).toBe(true)
    expect(of(['claude', false], ['codex', true])).toMatchObject({ offline: false, down: ['claude'] })
    expect(of(['claude', false], ['codex', false], ['copilot', true], ['openrouter', true]).offline).toBe(false)
    expect(of(['claude', false]).offline).toBe(false)
    expect(of().offline).toBe(false)
  })

  it('is not one of a service while one of its accounts is reached', () => {
    expect(of(['claude', false], ['claude', true], ['codex', false])).toMatchObject({ offline: false, down: ['codex'] })
  })
})

describe('quiet hours', () => {
  const night = { fromMinute: 22 * 60, toMinute: 7 * 60 }
  it('may pass midnight, and end when they say', () => {
    const at = (hour: number) => plusMs(NOW, (hour - 9) * HOUR_MS)
    expect(quietUntil(night, at(23), localMinuteOfDay)).toBe(at(31))
    expect(quietUntil(night, at(6), localMinuteOfDay)).toBe(at(7))
    expect(quietUntil(night, at(7), localMinuteOfDay)).toBeNull()
    expect(quietUntil(night, at(21), localMinuteOfDay)).toBeNull()
    expect(quietUntil(undefined, at(23), localMinuteOfDay)).toBeNull()
    expect(quietUntil({ fromMinute: 60, toMinute: 60 }, at(1), localMinuteOfDay)).toBeNull()
  })
})
