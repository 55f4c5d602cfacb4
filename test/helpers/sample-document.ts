/**
 * One document with every look that the terminal has to draw: what its golden frames are made of. All of it is invented.
 */
import type { AccountState } from '../../src/model/account.ts'
import { type AccountsDocument, toAccountsDocument } from '../../src/model/document.ts'
import { makeQuota, type Quota, ratiosFromAmounts } from '../../src/model/quota.ts'
import { UNKNOWN_IDENTITY } from '../../src/model/reading.ts'
import { DEFAULT_RULES } from '../../src/model/settings.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, plusMs, SECOND_MS } from '../../src/model/time.ts'
import { aModel, aProblem, aState, aWindow, NOW, type StateFacts } from './states.ts'

const inMs = (ms: number) => ({ resetsAt: plusMs(NOW, ms) })
const readAgo = (ms: number) => ({ observedAt: plusMs(NOW, -ms) })

interface Facts extends StateFacts {
  readonly plan?: { readonly id: string; readonly name: string | null }
}

function state(provider: string, name: string, { plan, quotas = [], ...facts }: Facts): AccountState {
  const { account, ...rest } = facts
  const email = name.includes('@') ? name : null
  const made = aState({ account: { provider, name, email, ...account }, quotas, ...rest })
  if (made.reading === null) return made
  return { ...made, reading: { ...made.reading, identity: UNKNOWN_IDENTITY, plan: plan ?? null } }
}

const antigravityModels: readonly Quota[] = [
  aModel('claude-sonnet-4', 0.23, { label: 'Claude Sonnet 4', ...inMs(3 * HOUR_MS + 45 * MINUTE_MS) }),
  aModel('claude-opus-4-5-thinking', 0.45, {
    label: 'Claude Opus 4.5 (Thinking)',
    ...inMs(3 * HOUR_MS + 45 * MINUTE_MS),
  }),
  aModel('gemini-2.5-pro', 0.87, { label: 'Gemini 2.5 Pro', ...inMs(2 * HOUR_MS + 10 * MINUTE_MS) }),
  aModel('gemini-3-flash', null, { label: 'Gemini 3 Flash', resetsAt: null }),
  aModel('tab_flash_lite_preview', 1, { label: 'tab_flash_lite_preview', helper: true, resetsAt: null }),
  aModel('chat_20706', 1, { label: 'chat_20706', helper: true, resetsAt: null }),
]

const sampleStates: readonly AccountState[] = [
  state('antigravity', 'ada@example.com', {
    account: { source: 'antigravity-accounts', active: true, activeFor: ['claude', 'gemini'] },
    plan: { id: 'g1-pro-tier', name: 'Google AI Pro' },
    quotas: antigravityModels,
    ...readAgo(20 * SECOND_MS),
  }),
  state('antigravity', 'grace@example.com', {
    account: { source: 'antigravity-accounts' },
    problem: aProblem('forbidden', {
      message: 'Google refuses this account.',
      hint: 'Open Antigravity and look at it.',
    }),
    reading: null,
    observedAt: null,
  }),
  state('claude', 'work', {
    account: { source: 'claude-code', email: 'ada@work.example.com' },
    plan: { id: 'max_20x', name: 'Max 20x' },
    quotas: [
      aWindow('session', 0, { label: 'Session (5 h)', windowSeconds: 18_000, ...inMs(5 * HOUR_MS + 5 * MINUTE_MS) }),
      aWindow('weekly', 0.64, { label: 'Weekly', windowSeconds: 604_800, ...inMs(5 * DAY_MS) }),
      aWindow('weekly.opus', 0.91, { label: 'Opus weekly', windowSeconds: 604_800, ...inMs(5 * DAY_MS) }),
      makeQuota({
        id: 'extra_usage',
        label: 'Extra usage',
        kind: 'budget',
        unit: 'USD',
        used: 3.5,
        limit: 10,
        remaining: 6.5,
        ...ratiosFromAmounts(3.5, 10),
      }),
    ],
    ...readAgo(3 * MINUTE_MS),
  }),
  state('codex', 'ada@example.com', {
    account: { source: 'codex-cli' },
    plan: { id: 'plus', name: 'ChatGPT Plus' },
    quotas: [
      aWindow('session', 0.72, {
        label: 'Session (5 h)',
        windowSeconds: 18_000,
        ...inMs(2 * HOUR_MS + 40 * MINUTE_MS),
      }),
      aWindow('weekly', 0.81, { label: 'Weekly', windowSeconds: 604_800, ...inMs(2 * DAY_MS + 4 * HOUR_MS) }),
      makeQuota({ id: 'credits', label: 'Credits', kind: 'balance', unit: 'USD', remaining: 12.5 }),
    ],
    ...readAgo(MINUTE_MS),
  }),
  state('copilot', 'ada', {
    account: { source: 'gh' },
    plan: { id: 'individual_pro', name: 'Copilot Pro' },
    quotas: [
      aWindow('premium', 0, {
        label: 'Premium requests',
        unit: 'requests',
        used: 5321,
        limit: 1500,
        remaining: -3821,
        overageAllowed: true,
        ...ratiosFromAmounts(5321, 1500),
        ...inMs(9 * DAY_MS - 9 * HOUR_MS),
      }),
      aWindow('chat', null, { label: 'Chat', unlimited: true, resetsAt: null }),
    ],
    ...readAgo(4 * MINUTE_MS),
  }),
  state('copilot', 'home', {
    account: { source: 'github-copilot' },
    quotas: [aWindow('premium', 0.5, { label: 'Premium requests', ...inMs(-HOUR_MS) })],
    problem: aProblem('signed_out', { message: 'Signed out.', hint: 'Run `tokstat login copilot`.' }),
    ...readAgo(2 * HOUR_MS),
  }),
  state('gemini-cli', 'ada@example.com', {
    account: { source: 'gemini-cli' },
    plan: { id: 'standard-tier', name: null },
    quotas: [aModel('gemini-2.5-pro', 0.3, { label: 'gemini-2.5-pro', ...inMs(15 * HOUR_MS) })],
    problem: aProblem('rate_limited', { retryAt: plusMs(NOW, 42 * MINUTE_MS), hint: null }),
    ...readAgo(12 * MINUTE_MS),
  }),
  state('openrouter', 'env', {
    quotas: [
      makeQuota({ id: 'credits', label: 'Credits', kind: 'balance', unit: 'USD', remaining: 3.2 }),
      makeQuota({ id: 'usage.monthly', label: 'This month', kind: 'spend', unit: 'USD', used: 41.8 }),
    ],
    ...readAgo(2 * MINUTE_MS),
  }),
  state('nano-gpt', 'env', { attempt: null, reading: null, observedAt: null }),
]

/** The document at `NOW` of states.ts: Sunday 22 November 2026, 09:00 UTC. */
export const sampleDocument: AccountsDocument = toAccountsDocument({ accounts: sampleStates }, NOW, DEFAULT_RULES)
