import { type EpochMs, epochMs, type HistoryTx, type Snooze, type SnoozeTarget, toIso } from '../model/index.ts'
import { shortHash } from './outbox.ts'
import { partsOfKey } from './rules/state.ts'

const MARK = 'snooze\n'

/** The snoozes that still count, each under its own key beside the states of the rules. */
export interface Snoozes {
  readonly all: readonly Snooze[]
  /** Until when nothing is said about it; null: it is not snoozed. */
  until(about: SnoozeTarget): EpochMs | null
}

export function readSnoozes(tx: Pick<HistoryTx, 'alertKeys' | 'alertState'>, now: EpochMs): Snoozes {
  const found = tx
    .alertKeys()
    .filter((key) => key.startsWith(MARK))
    .flatMap((key) => readSnooze(tx.alertState(key)) ?? [])
    .filter(({ endsAt }) => endsAt > now)
  return {
    all: found.map(({ endsAt, ...target }) => ({ id: idOf(target), ...target, until: toIso(endsAt) })),
    until(about) {
      const fitting = found.filter((snooze) =>
        PARTS.every((part) => snooze[part] === null || snooze[part] === about[part]),
      )
      return fitting.length === 0 ? null : epochMs(Math.max(...fitting.map(({ endsAt }) => endsAt)))
    },
  }
}

/** The same by the key of a rule's state. */
export function isSnoozedIn(snoozes: Snoozes): (key: string) => boolean {
  return (key) => {
    const parts = partsOfKey(key)
    return parts !== null && snoozes.until(parts) !== null
  }
}

/** The same target again is the same snooze, with another end. */
export function putSnooze(target: SnoozeTarget, endsAt: EpochMs, now: EpochMs, tx: HistoryTx): Snooze {
  const { rule, account, quota } = target
  const id = idOf(target)
  tx.putAlertState(MARK + id, now, { rule, account, quota, endsAt })
  return { id, rule, account, quota, until: toIso(endsAt) }
}

export function dropSnooze(id: string, now: EpochMs, tx: HistoryTx): void {
  tx.putAlertState(MARK + id, now, null)
}

/** Forgets what has ended. */
export function dropEnded(now: EpochMs, tx: HistoryTx): void {
  const counting = new Set(readSnoozes(tx, now).all.map(({ id }) => MARK + id))
  for (const key of tx.alertKeys()) {
    if (key.startsWith(MARK) && !counting.has(key)) tx.putAlertState(key, now, null)
  }
}

const PARTS = ['rule', 'account', 'quota'] as const

function idOf({ rule, account, quota }: SnoozeTarget): string {
  return shortHash(rule ?? '', account ?? '', quota ?? '')
}

function readSnooze(body: unknown): (SnoozeTarget & { readonly endsAt: EpochMs }) | null {
  if (typeof body !== 'object' || body === null || !('endsAt' in body)) return null
  const { endsAt } = body
  if (typeof endsAt !== 'number' || !Number.isFinite(endsAt)) return null
  const held: Readonly<Record<string, unknown>> = { ...body }
  const text = (part: string): string | null => (typeof held[part] === 'string' ? held[part] : null)
  return { rule: text('rule'), account: text('account'), quota: text('quota'), endsAt: epochMs(endsAt) }
}
