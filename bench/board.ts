import {
  type AccountState,
  type Board,
  type EpochMs,
  makeQuota,
  plusMs,
  ratiosFromRemaining,
} from '../src/model/index.ts'
import { UNKNOWN_IDENTITY } from '../src/model/reading.ts'

export interface BoardSize {
  readonly accounts: number
  readonly quotas: number
  readonly now: EpochMs
}

/** A board of invented Antigravity accounts, all read just now; the same for the same size and instant. */
export function benchBoard({ accounts, quotas, now }: BoardSize): Board {
  return { accounts: Array.from({ length: accounts }, (_, index) => stateOf(index, quotas, now)) }
}

function stateOf(index: number, quotas: number, now: EpochMs): AccountState {
  const name = `user${index}@example.com`
  return {
    account: {
      id: `antigravity/${name}`,
      provider: 'antigravity',
      name,
      email: name,
      source: 'antigravity-accounts',
      sources: ['antigravity-accounts'],
      enabled: true,
      active: index === 0,
      activeFor: [],
    },
    attempt: { at: now, tookMs: 200, problem: null },
    reading: {
      identity: { ...UNKNOWN_IDENTITY, email: name },
      plan: { id: 'g1-pro-tier', name: 'Google AI Pro' },
      quotas: Array.from({ length: quotas }, (_, at) =>
        makeQuota({
          id: `${at % 2 === 0 ? 'claude' : 'gemini'}-model-${at}`,
          label: `${at % 2 === 0 ? 'Claude' : 'Gemini'} Model ${at}`,
          kind: 'model',
          ...ratiosFromRemaining(((index * 7 + at * 13) % 101) / 100),
          resetsAt: plusMs(now, (1 + (at % 5)) * 3_600_000),
        }),
      ),
      notes: [],
      observedAt: null,
      via: 'daily-cloudcode-pa.googleapis.com',
    },
    observedAt: now,
    nextPollAt: plusMs(now, 60_000),
    blocks: [],
    staleAfterMs: 15 * 60_000,
  }
}
