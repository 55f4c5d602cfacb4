import {
  type AccountState,
  type AlertSources,
  AppError,
  type Clock,
  type EpochMs,
  epochMs,
  type HistoryStore,
  type Log,
  MINUTE_MS,
  type Rules,
  type SwitchReport,
} from '../model/index.ts'
import {
  type AutoSwitchSettings,
  type Doubt,
  decideSwitch,
  doubtOf,
  type LastSwitch,
  type SwitchDecision,
  switchedPools,
  wasTakenBack,
} from './auto-switch.ts'
import { titleOf } from './message.ts'

export interface AutoSwitchOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly history: Pick<HistoryStore, 'transact'>
  readonly settings: () => AutoSwitchSettings
  readonly rules: () => Rules
  readonly sources: Pick<AlertSources, 'board'>
  /** Makes an account active in its owner's file. Rejects with AppError. */
  readonly perform: (state: AccountState, pool: string, dryRun: boolean) => Promise<SwitchReport>
  /** Into the log, the page and the events. */
  readonly announce: (message: string, account: string) => void
}

/** Looks whether an active account is spent, and makes the best other one active. Off unless the settings say so. */
export interface AutoSwitch {
  /** To be called after a change of the board. Never throws; resolves when what it began is done. */
  consider(): Promise<void>
}

/** From then on the board has seen the new file; before, it still shows the old choice. */
const SEEN_AFTER_MS = 90_000
/** Later changes are the owner's own business, not an answer to ours. */
const ANSWER_WITHIN_MS = 10 * MINUTE_MS

interface Kept extends LastSwitch {
  readonly dryRun: boolean
}

export function createAutoSwitch(options: AutoSwitchOptions): AutoSwitch {
  let running: Promise<void> | null = null
  const doubts = new Map<string, Doubt>()
  return {
    consider() {
      if (!options.settings().enabled) return Promise.resolve()
      running ??= look(options, doubts).finally(() => {
        running = null
      })
      return running
    },
  }
}

async function look(options: AutoSwitchOptions, doubts: Map<string, Doubt>): Promise<void> {
  const { sources, clock, rules, settings, log } = options
  for (const pool of switchedPools(sources.board().accounts)) {
    const states = sources.board().accounts
    const now = clock.now()
    const last = noticeTakenBack(pool, states, now, options)
    const doubt = doubts.get(pool) ?? null
    const decision = decideSwitch({ states, pool, now, rules: rules(), settings: settings(), last, doubt })
    keepDoubt(doubts, pool, doubtOf(states, pool, now, rules()))
    if (decision === null) continue
    try {
      await carryOut(decision, options)
    } catch (error) {
      const reason = error instanceof AppError ? error.message : 'unknown error'
      log.warn('the active account could not be switched', { pool, reason })
      remember(pool, { at: now, to: decision.from, undoneAt: null, dryRun: true }, options)
    }
  }
}

/** The first reading that raised it is the one that a later one has to repeat. */
function keepDoubt(doubts: Map<string, Doubt>, pool: string, doubt: Doubt | null): void {
  if (doubt === null) doubts.delete(pool)
  else if (doubts.get(pool)?.account !== doubt.account) doubts.set(pool, doubt)
}

async function carryOut(decision: SwitchDecision, options: AutoSwitchOptions): Promise<void> {
  const { sources, settings, clock, log, announce } = options
  const { dryRun } = settings()
  const states = sources.board().accounts
  const to = states.find((state) => state.account.id === decision.to)
  if (to === undefined) return
  const report = await options.perform(to, decision.pool, dryRun)
  const now = clock.now()
  const undoneAt = report.kept === false ? now : null
  remember(decision.pool, { at: now, to: decision.to, undoneAt, dryRun }, options)
  log.info(dryRun ? 'the active account would be switched' : 'the active account was switched', {
    pool: decision.pool,
    from: decision.from,
    to: decision.to,
    kept: report.kept,
  })
  const words = dryRun ? 'would become' : 'is now'
  const note = undoneAt === null ? '' : ' Its owner wrote its own choice back at once.'
  announce(
    `${titleOf(to, true)} ${words} the active account for ${decision.pool}: ${decision.reason}.${note}`,
    to.account.id,
  )
}

/** The owner of the file has the last word: what it took back is left alone for an hour. */
function noticeTakenBack(
  pool: string,
  states: readonly AccountState[],
  now: EpochMs,
  options: AutoSwitchOptions,
): Kept | null {
  const last = options.history.transact((tx) => readKept(tx.alertState(keyOf(pool))))
  if (last === null || last.dryRun) return last
  const age = now - last.at
  if (age < SEEN_AFTER_MS || age > ANSWER_WITHIN_MS || !wasTakenBack(last, pool, states)) return last
  const undone: Kept = { ...last, undoneAt: now }
  remember(pool, undone, options)
  options.log.info('the owner of the file wrote its own choice back', { pool, to: last.to })
  options.announce(
    `The owner of the file wrote its own active account for ${pool} back; tokstat leaves it for an hour.`,
    last.to,
  )
  return undone
}

function keyOf(pool: string): string {
  return `switch\n${pool}`
}

function remember(pool: string, kept: Kept, { history, clock }: AutoSwitchOptions): void {
  history.transact((tx) => tx.putAlertState(keyOf(pool), clock.now(), kept))
}

function readKept(body: unknown): Kept | null {
  if (typeof body !== 'object' || body === null) return null
  const held: Partial<Kept> = body
  if (typeof held.at !== 'number' || typeof held.to !== 'string') return null
  const undoneAt = typeof held.undoneAt === 'number' ? epochMs(held.undoneAt) : null
  return { at: epochMs(held.at), to: held.to, undoneAt, dryRun: held.dryRun === true }
}
