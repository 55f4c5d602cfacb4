import { describe, expect, it } from 'vitest'
import { aModel, aProblem, aState, aWindow, NOW, type StateFacts } from '../../test/helpers/states.ts'
import { type BestQuery, rankAccounts } from './best.ts'
import type { Forecast } from './forecast.ts'
import { makeQuota, ratiosFromAmounts } from './quota.ts'
import { DEFAULT_RULES } from './settings.ts'
import { HOUR_MS, plusMs, toIso } from './time.ts'

function rank(states: readonly StateFacts[], query: BestQuery = {}, now = NOW) {
  return rankAccounts(states.map(aState), query, now, DEFAULT_RULES)
}

function order(states: readonly StateFacts[], query: BestQuery = {}, now = NOW): readonly string[] {
  const { best, others } = rank(states, query, now)
  return [best, ...others].flatMap((choice) =>
    choice ? [choice.pool ? `${choice.account}#${choice.pool}` : choice.account] : [],
  )
}

const claude = (name: string, ...quotas: NonNullable<StateFacts['quotas']>): StateFacts => ({
  account: { provider: 'claude', name },
  quotas,
})
const at = (provider: string, ...quotas: NonNullable<StateFacts['quotas']>): StateFacts => ({
  account: { provider },
  quotas,
})
const balance = (remaining: number) =>
  makeQuota({ id: 'credits', label: 'Credits', kind: 'balance', unit: 'USD', remaining })

describe('order', () => {
  it('puts more headroom first, judged by the tightest window', () => {
    const a = claude('a', aWindow('session', 0.9), aWindow('weekly', 0.2))
    const b = claude('b', aWindow('session', 0.5), aWindow('weekly', 0.6))
    expect(order([a, b])).toEqual(['claude/b', 'claude/a'])
    expect(rank([a]).best).toMatchObject({ remainingRatio: 0.2, reason: 'weekly is its tightest limit' })
  })

  it('breaks a tie by the reset that comes sooner', () => {
    const late = claude('late', aWindow('weekly', 0.5, { resetsAt: plusMs(NOW, 9 * HOUR_MS) }))
    const soon = claude('soon', aWindow('weekly', 0.5, { resetsAt: plusMs(NOW, HOUR_MS) }))
    const none = claude('none', aWindow('weekly', 0.5, { resetsAt: null }))
    expect(order([none, late, soon])).toEqual(['claude/soon', 'claude/late', 'claude/none'])
  })

  it('takes money without a limit after every known share, and billing beyond last of all', () => {
    const money = at('openrouter', balance(50))
    const little = claude('little', aWindow('session', 0.05))
    const beyond = at('copilot', aWindow('premium', 0, { ...ratiosFromAmounts(5321, 1500), overageAllowed: true }))
    expect(order([beyond, money, little])).toEqual(['claude/little', 'openrouter/ada', 'copilot/ada'])
  })

  it('counts unlimited as a full share', () => {
    const unlimited = at('copilot', aWindow('premium', null, { unlimited: true }))
    expect(order([claude('a', aWindow('session', 0.99)), unlimited])).toEqual(['copilot/ada', 'claude/a'])
    expect(rank([unlimited]).best?.reason).toBe('premium has no limit')
  })
})

describe('exclusion', () => {
  it.each([
    [aState({ account: { enabled: false } }), 'switched off by its owner'],
    [aState({ attempt: null, reading: null, observedAt: null }), 'not read yet'],
    [aState({ problem: aProblem('signed_out') }), 'signed out'],
    [aState({ problem: aProblem('forbidden') }), 'forbidden (403)'],
    [aState({ problem: aProblem('no_quota_reported') }), 'the plan reports no such quota'],
    [aState({ observedAt: plusMs(NOW, -900_000) }), 'the last reading is too old'],
    [aState({ problem: aProblem('timeout'), reading: null, observedAt: null }), 'cannot be reached'],
    [aState(), 'what is left is not known'],
  ])('says why, case %#', (state, reason) => {
    const { best, excluded } = rankAccounts([state], {}, NOW, DEFAULT_RULES)
    expect(best).toBeNull()
    expect(excluded[0]?.reason).toBe(reason)
  })

  it('excludes an account by its spent weekly window however full the session is, until the last one is back', () => {
    const weekly = aWindow('weekly', 0, { label: 'Weekly', resetsAt: plusMs(NOW, 50 * HOUR_MS) })
    const session = aWindow('session', 0, { label: 'Session (5 h)' })
    expect(rank([claude('a', aWindow('session', 1), weekly)]).excluded).toEqual([
      { account: 'claude/a', reason: 'limit reached: Weekly', recoversAt: toIso(plusMs(NOW, 50 * HOUR_MS)) },
    ])
    expect(rank([claude('a', session, weekly)]).excluded[0]?.recoversAt).toBe(toIso(plusMs(NOW, 50 * HOUR_MS)))
  })

  it('keeps a failed account in while its last reading is fresh', () => {
    expect(order([{ ...claude('a', aWindow('session', 0.5)), problem: aProblem('timeout') }])).toEqual(['claude/a'])
  })

  it('does not let spend, counts, unknown windows or helpers stand in the way', () => {
    const spend = makeQuota({ id: 'usage.month', label: 'Month', kind: 'spend', unit: 'USD', used: 90 })
    const odd = aWindow('x.five-year', 0, { inferred: true })
    const helper = aWindow('tab_x', 0, { helper: true })
    expect(order([claude('a', spend, odd, helper, aWindow('session', 0.5))])).toEqual(['claude/a'])
  })

  it('lets an empty balance exclude only where it is the limit', () => {
    expect(order([at('codex', aWindow('session', 0.5), balance(0))])).toEqual(['codex/ada'])
    expect(rank([at('openrouter', balance(0))]).excluded[0]?.reason).toBe('limit reached: Credits')
  })
})

describe('recovery', () => {
  it('counts a spent window as available again from its reset on, without a new reading', () => {
    const spent = claude('a', aWindow('session', 0, { resetsAt: plusMs(NOW, 1000) }))
    expect(order([spent])).toEqual([])
    const later = rank([spent, claude('b', aWindow('session', 0.01))], {}, plusMs(NOW, 1000))
    expect(later.best?.account).toBe('claude/b')
    expect(later.others).toMatchObject([{ account: 'claude/a', remainingRatio: null, resetsAt: null }])
  })

  it('does the same for pools', () => {
    const spent = at('antigravity', aModel('claude-a', 0, { resetsAt: plusMs(NOW, 1000) }), aModel('gemini-a', 0.5))
    expect(order([spent])).toEqual(['antigravity/ada#gemini'])
    expect(order([spent], {}, plusMs(NOW, 1000))).toEqual(['antigravity/ada#gemini', 'antigravity/ada#claude'])
  })
})

describe('pools of antigravity', () => {
  const account = at('antigravity', aModel('claude-a', 0), aModel('gemini-a', 0.7), aModel('gemini-b', 0.3))

  it('offers each pool by itself and excludes the blocked one', () => {
    const { best, excluded } = rank([account])
    expect(best).toMatchObject({ account: 'antigravity/ada', pool: 'gemini', remainingRatio: 0.3 })
    expect(excluded).toMatchObject([{ account: 'antigravity/ada', reason: 'claude: limit reached (claude-a)' }])
  })

  it('narrows by pool and by model, listed or not', () => {
    expect(order([account], { pool: 'gemini' })).toEqual(['antigravity/ada#gemini'])
    expect(order([account], { model: 'gemini-next' })).toEqual(['antigravity/ada#gemini'])
    expect(order([account], { model: 'claude-next' })).toEqual([])
    expect(rank([account], { pool: 'grok' }).excluded[0]?.reason).toBe('has no pool grok')
  })
})

describe('a model that is asked for', () => {
  it.each([
    ['claude', 'claude-opus-4', true],
    ['claude', 'gpt-5', false],
    ['codex', 'gpt-5-codex', true],
    ['codex', 'codex-mini', true],
    ['codex', 'o3', true],
    ['codex', 'opus', false],
    ['copilot', 'claude-opus-4', true],
    ['copilot', 'gpt-5', true],
    ['openrouter', 'mistral/large', true],
    ['gemini-cli', 'claude-opus-4', false],
  ])('%s serves %s: %s', (provider, model, serves) => {
    expect(order([at(provider, aWindow('session', 0.5))], { model })).toEqual(serves ? [`${provider}/ada`] : [])
  })

  it('is bound by the windows of that model, which bind no other', () => {
    const account = claude('a', aWindow('session', 0.9), aWindow('weekly.opus', 0, { label: 'Opus weekly' }))
    expect(order([account], { model: 'claude-sonnet-4' })).toEqual(['claude/a'])
    expect(order([account])).toEqual(['claude/a'])
    expect(rank([account], { model: 'claude-opus-4' }).excluded[0]?.reason).toBe('limit reached: Opus weekly')
  })

  it('must be listed where models are listed', () => {
    const account = at('gemini-cli', aModel('gemini-2.5-pro:TOKENS', 0.4), aModel('gemini-2.5-flash', 0))
    expect(order([account], { model: 'gemini-2.5-pro' })).toEqual(['gemini-cli/ada'])
    expect(order([account], { model: 'gemini-2.5-flash' })).toEqual([])
    expect(rank([account], { model: 'gemini-9' }).excluded[0]?.reason).toBe('does not offer gemini-9')
  })
})

describe('a service that counts by model only', () => {
  it('is usable while one of its models is: the tightest that is not spent decides', () => {
    const account = at('gemini-cli', aModel('a', 0, { inferred: true }), aModel('b', 0.4), aModel('c', 0.8))
    expect(rank([account]).best).toMatchObject({ remainingRatio: 0.4, reason: 'b is its tightest limit' })
  })

  it('is excluded when all are spent, until the first is back', () => {
    const account = at(
      'gemini-cli',
      aModel('a', 0, { resetsAt: plusMs(NOW, 9000) }),
      aModel('b', 0, { resetsAt: plusMs(NOW, 4000) }),
    )
    expect(rank([account]).excluded).toEqual([
      { account: 'gemini-cli/ada', reason: 'limit reached: every model', recoversAt: toIso(plusMs(NOW, 4000)) },
    ])
    expect(order([account], {}, plusMs(NOW, 4000))).toEqual(['gemini-cli/ada'])
  })
})

it('narrows by provider', () => {
  expect(
    order([claude('a', aWindow('session', 0.5)), at('codex', aWindow('session', 0.9))], { provider: 'claude' }),
  ).toEqual(['claude/a'])
})

describe('forecasts', () => {
  const expected = (probability: number, burnPerHourRatio: number): Forecast => ({
    account: '',
    quota: '',
    burnPerHourRatio,
    exhaustsAt: null,
    exhaustsAtLow: null,
    exhaustsAtHigh: null,
    probabilityBeforeReset: probability,
    pace: null,
    model: 'linear',
    score: null,
  })
  const rankWith = (states: readonly StateFacts[], forecasts: Readonly<Record<string, Forecast>>) =>
    rankAccounts(states.map(aState), {}, NOW, {
      ...DEFAULT_RULES,
      forecast: (account) => forecasts[account] ?? null,
    })
  const names = ({ best, others }: ReturnType<typeof rankWith>) => [best, ...others].map((choice) => choice?.account)

  const full = claude('full', aWindow('session', 0.9))
  const half = claude('half', aWindow('session', 0.5))
  const ending = claude(
    'ending',
    aWindow('session', 0.6, { resetsAt: plusMs(NOW, HOUR_MS / 3), windowSeconds: 18_000 }),
  )

  it('put what is about to be lost at its reset first: use it or lose it', () => {
    const ranked = rankWith([full, ending], { 'claude/ending': expected(0.01, 0.05) })
    expect(names(ranked)).toEqual(['claude/ending', 'claude/full'])
    expect(ranked.best?.reason).toBe('session is its tightest limit; what is left is lost at its reset')
  })

  it('do not, when it will be used anyway, when little is left, or when the reset is far', () => {
    const order = (state: StateFacts, forecast: Forecast) =>
      names(rankWith([full, state], { 'claude/ending': forecast }))
    expect(order(ending, expected(0.05, 1.5))[0]).toBe('claude/full')
    const little = claude('ending', aWindow('session', 0.2, { resetsAt: plusMs(NOW, HOUR_MS / 3) }))
    expect(order(little, expected(0.01, 0))[0]).toBe('claude/full')
    expect(order(claude('ending', aWindow('session', 0.6)), expected(0.01, 0))[0]).toBe('claude/full')
  })

  it('put what runs out before its reset last among the usable', () => {
    const ranked = rankWith([full, half], { 'claude/full': expected(0.8, 0.6) })
    expect(names(ranked)).toEqual(['claude/half', 'claude/full'])
    expect(ranked.others[0]?.reason).toContain('; at the present pace it runs out before its reset')
  })

  it('never make a spent or a signed-out account usable, nor money go before a share', () => {
    const money = at('openrouter', balance(50))
    const spent = claude('spent', aWindow('session', 0))
    const ranked = rankWith([money, spent, full], { 'claude/full': expected(0.99, 1), 'claude/spent': expected(0, 0) })
    expect(names(ranked)).toEqual(['claude/full', 'openrouter/ada'])
  })
})
