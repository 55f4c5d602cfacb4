import type { AccountState } from '../model/account.ts'
import type { AccountDocument, AccountsDocument, QuotaDocument } from '../model/document.ts'
import { stateFromDocument } from '../model/document-state.ts'
import { STATUS_OF_CODE } from '../model/problem.ts'
import { type EpochMs, fromIso, MINUTE_MS, plusMs } from '../model/time.ts'

/** What board.json still knows. `damaged`: it is there but not (all of it) understood. */
export interface Restored {
  readonly states: ReadonlyMap<string, AccountState>
  readonly damaged: boolean
}

/** A file written later than this much after now was written under another clock. */
const CLOCK_TOLERANCE_MS = MINUTE_MS

/**
 * The states behind a kept document, by account id. Each account is checked on its own: a damaged one is left out and
 * takes no other with it. When the clock has gone back since, ages are kept rather than instants.
 */
export function restoreStates(content: unknown, now: EpochMs): Restored {
  if (content === null || content === undefined) return { states: new Map(), damaged: false }
  const document = content as Partial<AccountsDocument>
  if (typeof content !== 'object' || document.schemaVersion !== 1 || !Array.isArray(document.accounts)) {
    return { states: new Map(), damaged: true }
  }
  const writtenAt = fromIso(document.generatedAt)
  const backBy = writtenAt !== null && writtenAt > now + CLOCK_TOLERANCE_MS ? now - writtenAt : 0
  const states = new Map<string, AccountState>()
  let damaged = false
  for (const account of document.accounts as readonly unknown[]) {
    if (isAccountDocument(account)) states.set(account.id, shiftState(stateFromDocument(account), backBy))
    else damaged = true
  }
  return { states, damaged }
}

/** The same state for a wall clock that has been moved by `deltaMs`: ages and waits stay what they were. */
export function shiftState(state: AccountState, deltaMs: number): AccountState {
  if (deltaMs === 0) return state
  const shift = (at: EpochMs): EpochMs => plusMs(at, deltaMs)
  const shiftOrNull = (at: EpochMs | null): EpochMs | null => (at === null ? null : shift(at))
  const { attempt } = state
  return {
    ...state,
    observedAt: shiftOrNull(state.observedAt),
    nextPollAt: shiftOrNull(state.nextPollAt),
    attempt: attempt && {
      ...attempt,
      at: shift(attempt.at),
      problem: attempt.problem && {
        ...attempt.problem,
        since: shift(attempt.problem.since),
        retryAt: shiftOrNull(attempt.problem.retryAt),
      },
    },
  }
}

type Fields = Readonly<Record<string, unknown>>

function isAccountDocument(value: unknown): value is AccountDocument {
  if (!isFields(value)) return false
  return (
    isText(value['id']) &&
    isText(value['provider']) &&
    isText(value['name']) &&
    isText(value['source']) &&
    isText(value['status']) &&
    isTextOrNull(value['email']) &&
    isTextOrNull(value['observedAt']) &&
    isTextOrNull(value['staleAt']) &&
    isTextOrNull(value['nextPollAt']) &&
    isTextOrNull(value['via']) &&
    isPlanOrNull(value['plan']) &&
    isProblemOrNull(value['problem']) &&
    isListOf(value['notes'], (note) => isFields(note) && isText(note['code']) && isText(note['message'])) &&
    isListOf(value['quotas'], isQuotaDocument)
  )
}

function isQuotaDocument(value: unknown): value is QuotaDocument {
  if (!isFields(value)) return false
  const texts = ['id', 'label', 'kind', 'unit']
  const numbers = ['used', 'limit', 'remaining', 'usedRatio', 'remainingRatio', 'windowSeconds']
  const flags = ['unlimited', 'overageAllowed', 'inferred', 'helper']
  return (
    texts.every((name) => isText(value[name])) &&
    numbers.every((name) => value[name] === null || Number.isFinite(value[name])) &&
    flags.every((name) => typeof value[name] === 'boolean') &&
    isTextOrNull(value['resetsAt']) &&
    isTextOrNull(value['providerPool']) &&
    (value['observedAt'] === undefined || isTextOrNull(value['observedAt']))
  )
}

function isProblemOrNull(value: unknown): boolean {
  if (value === null) return true
  return (
    isFields(value) &&
    isText(value['code']) &&
    Object.hasOwn(STATUS_OF_CODE, value['code']) &&
    isText(value['message']) &&
    isTextOrNull(value['hint']) &&
    isText(value['since']) &&
    isTextOrNull(value['retryAt'])
  )
}

function isPlanOrNull(value: unknown): boolean {
  return value === null || (isFields(value) && isText(value['id']) && isTextOrNull(value['name']))
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isTextOrNull(value: unknown): boolean {
  return value === null || isText(value)
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem)
}
