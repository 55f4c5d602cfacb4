/**
 * One board with every status and every kind of quota value: what the golden files are made of. All of it is invented.
 */
import {
  type Account,
  type AccountState,
  type Attempt,
  type Board,
  epochMs,
  makeQuota,
  type ProblemCode,
  type Quota,
  type Reading,
  ratiosFromAmounts,
  ratiosFromRemaining,
  UNKNOWN_IDENTITY,
} from '../../src/model/index.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** The instant of the board: 2026-11-22T09:00:00Z. */
export const SAMPLE_NOW = epochMs(Date.parse('2026-11-22T09:00:00Z'))

function at(offsetMs: number) {
  return epochMs(SAMPLE_NOW + offsetMs)
}

export function sampleAccount(provider: string, name: string, more: Partial<Account> = {}): Account {
  return {
    id: `${provider}/${name}`,
    provider,
    name,
    email: name.includes('@') ? name : null,
    source: 'antigravity-accounts',
    sources: ['antigravity-accounts'],
    enabled: true,
    active: false,
    activeFor: [],
    ...more,
  }
}

export function sampleReading(quotas: readonly Quota[], more: Partial<Reading> = {}): Reading {
  return {
    identity: UNKNOWN_IDENTITY,
    plan: null,
    quotas,
    notes: [],
    observedAt: null,
    via: 'quota.example.test',
    ...more,
  }
}

/** A state that was read 20 s ago without trouble; everything can be overridden. */
export function sampleState(
  account: Account,
  quotas: readonly Quota[] | null,
  more: Partial<AccountState> = {},
): AccountState {
  return {
    account,
    attempt: { at: at(-20_000), tookMs: 180, problem: null },
    reading: quotas === null ? null : sampleReading(quotas),
    observedAt: quotas === null ? null : at(-20_000),
    nextPollAt: at(42_000),
    blocks: [],
    staleAfterMs: 15 * MINUTE,
    ...more,
  }
}

export function sampleFailure(code: ProblemCode, message: string, hint: string | null = null): Attempt {
  return {
    at: at(-10_000),
    tookMs: 95,
    problem: { code, message, hint, since: at(-30 * MINUTE), retryAt: at(5 * MINUTE) },
  }
}

/** A model of Antigravity or Gemini CLI; `share` null: unknown. */
export function sampleModel(id: string, label: string, share: number | null, resetsInMs: number | null = null): Quota {
  return makeQuota({
    id,
    label,
    kind: 'model',
    ...ratiosFromRemaining(share),
    resetsAt: resetsInMs === null ? null : at(resetsInMs),
  })
}

function antigravity(): AccountState[] {
  const models = [
    sampleModel('claude-sonnet-4', 'Claude Sonnet 4', 0.23, 3.75 * HOUR),
    sampleModel('claude-opus-4-5-thinking', 'Claude Opus 4.5 (Thinking)', 0.57, 3.75 * HOUR),
    sampleModel('gemini-3-pro', 'Gemini 3 "Pro"', 0.87, 2 * HOUR),
    sampleModel('gemini-3-flash', 'Gemini 3 Flash', 1, -5_000),
    sampleModel('gpt-oss-120b', 'GPT-OSS 120B', null),
    { ...sampleModel('tab_flash_lite', 'tab_flash_lite', 1), helper: true },
    makeQuota({ id: 'ai_credits', label: 'AI credits', kind: 'balance', unit: 'credits', remaining: 1250 }),
  ]
  const account = sampleAccount('antigravity', 'user@example.com', { active: true, activeFor: ['claude', 'gemini'] })
  const spent = [{ ...sampleModel('claude-sonnet-4', 'Claude Sonnet 4', 0, HOUR), inferred: true }]
  return [
    sampleState(account, models, {
      reading: sampleReading(models, { plan: { id: 'g1-pro-tier', name: 'Google AI Pro' } }),
    }),
    sampleState(sampleAccount('antigravity', 'spent@example.com'), spent),
    sampleState(sampleAccount('antigravity', 'old@example.com'), [sampleModel('gemini-3-pro', 'Gemini 3 Pro', 0.4)], {
      observedAt: at(-20 * MINUTE),
      attempt: { at: at(-20 * MINUTE), tookMs: 210, problem: null },
    }),
    sampleState(sampleAccount('antigravity', 'banned@example.com'), null, {
      attempt: sampleFailure('forbidden', 'Google refuses this account (403).', 'Open Antigravity with this account.'),
    }),
  ]
}

function geminiCli(): AccountState[] {
  const source = { source: 'gemini-cli', sources: ['gemini-cli'] } as const
  const requests = makeQuota({
    id: 'gemini-2.5-pro',
    label: 'gemini-2.5-pro',
    kind: 'model',
    unit: 'requests',
    remaining: 71,
    ...ratiosFromRemaining(0.71),
    resetsAt: at(15 * HOUR),
    windowSeconds: 86_400,
  })
  return [
    sampleState(sampleAccount('gemini-cli', 'ada@example.com', source), [requests]),
    sampleState(sampleAccount('gemini-cli', 'moved@example.com', source), [requests], {
      attempt: sampleFailure('credential_expired', 'The Google sign-in has expired.', 'Run `gemini` once.'),
    }),
    sampleState(sampleAccount('gemini-cli', 'off@example.com', { ...source, enabled: false }), null, {
      attempt: null,
      nextPollAt: null,
    }),
  ]
}

function claude(): AccountState[] {
  const source = { source: 'claude-code', sources: ['claude-code', 'opencode'] } as const
  const share = (id: string, label: string, used: number, hours: number, windowHours: number): Quota =>
    makeQuota({
      id,
      label,
      kind: 'window',
      ...ratiosFromAmounts(used, 100),
      resetsAt: at(hours * HOUR),
      windowSeconds: windowHours * 3600,
    })
  const quotas = [
    share('session', 'Session (5 h)', 69, 3, 5),
    share('weekly', 'Weekly', 36, 100, 168),
    makeQuota({
      id: 'extra_usage',
      label: 'Extra usage',
      kind: 'budget',
      unit: 'USD',
      used: 12.5,
      limit: 50,
      remaining: 37.5,
      ...ratiosFromAmounts(12.5, 50),
    }),
  ]
  return [
    sampleState(sampleAccount('claude', 'work', { ...source, email: 'ada@example.com' }), quotas, {
      reading: sampleReading(quotas, { plan: { id: 'max_20x', name: 'Max 20x' } }),
    }),
    sampleState(sampleAccount('claude', 'slow', source), quotas, {
      attempt: sampleFailure('rate_limited', 'Slowed down by Anthropic.'),
    }),
    sampleState(sampleAccount('claude', 'new', source), null, { attempt: null }),
  ]
}

function others(): AccountState[] {
  const copilot = { source: 'github-copilot', sources: ['github-copilot'] } as const
  const env = { source: 'env', sources: ['env'] } as const
  return [
    sampleState(sampleAccount('copilot', 'octo-ada', copilot), [
      makeQuota({
        id: 'premium',
        label: 'Premium requests',
        kind: 'window',
        unit: 'requests',
        used: 5321,
        limit: 1500,
        remaining: -3821,
        ...ratiosFromAmounts(5321, 1500),
        overageAllowed: true,
        resetsAt: at(200 * HOUR),
      }),
      makeQuota({ id: 'chat', label: 'Chat', kind: 'window', unit: 'requests', unlimited: true }),
    ]),
    sampleState(sampleAccount('copilot', 'free', copilot), null, {
      attempt: sampleFailure('no_quota_reported', 'This plan reports no such quota.'),
    }),
    sampleState(sampleAccount('openrouter', 'key', env), [
      makeQuota({ id: 'credits', label: 'Credits', kind: 'balance', unit: 'USD', remaining: 4.2 }),
      makeQuota({ id: 'usage.daily', label: 'Used today', kind: 'spend', unit: 'USD', used: 0.75 }),
    ]),
    sampleState(sampleAccount('openrouter', 'far', env), null, {
      attempt: sampleFailure('timeout', 'OpenRouter did not answer in time.'),
    }),
    sampleState(sampleAccount('nano-gpt', 'nano "quoted" \\ name', env), null, {
      attempt: sampleFailure('unexpected_response', 'The answer was not understood.'),
    }),
  ]
}

/** Every status once at least: ok, stale, forbidden, auth_required, disabled, rate_limited, pending, and the rest. */
export function sampleBoard(): Board {
  return { accounts: [...antigravity(), ...geminiCli(), ...claude(), ...others()] }
}
