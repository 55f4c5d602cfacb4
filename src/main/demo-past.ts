import type { AccountState } from '../model/account.ts'
import type { Engine } from '../model/engine.ts'
import type { HistoryStore } from '../model/history.ts'
import type { Clock, Log, Timer } from '../model/ports.ts'
import { DAY_MS, HOUR_MS } from '../model/time.ts'
import { inventPast, type PastOptions, type QuotaPast, stepsOf } from '../simulator/past.ts'

/** Between two quotas everything else has its turn. */
const PAUSE_MS = 20
/** So many accounts have a long past, the others a short one: a thousand of them must not fill the disk. */
const LONG_PASTS = 60
const LONG_MS = 35 * DAY_MS
const SHORT_MS = 7 * DAY_MS

export interface DemoPastOptions {
  readonly engine: Engine
  readonly history: Pick<HistoryStore, 'backfill'>
  readonly clock: Pick<Clock, 'after'>
  readonly log: Log
  /** How fast time runs in the demo. */
  readonly speed: number
}

/**
 * Gives each quota of a demo a past, from its first reading back. One quota at a time, and only once every account
 * has been asked: the present comes first. Returns the stop function.
 */
export function writeDemoPast(options: DemoPastOptions): () => void {
  const { engine, clock } = options
  const seen = new Map<string, Set<string>>()
  const waiting: Piece[] = []
  let timer: Timer | null = null
  const step = (): void => {
    const piece = waiting.shift()
    timer = piece === undefined ? null : clock.after(PAUSE_MS, step)
    if (piece !== undefined) writePiece(options, piece)
  }
  const unsubscribe = engine.subscribe(({ board }) => {
    for (const state of board.accounts) {
      const known = seen.get(state.account.id)
      const fresh = (state.reading?.quotas ?? []).filter(({ id }) => known?.has(id) !== true).map(({ id }) => id)
      if (fresh.length === 0) continue
      const spanMs = known !== undefined || seen.size < LONG_PASTS ? LONG_MS : SHORT_MS
      waiting.push(...piecesOf(state, spanMs, options.speed).filter(({ past }) => fresh.includes(past.quota)))
      seen.set(state.account.id, new Set([...(known ?? []), ...fresh]))
    }
    const isAsked = board.accounts.every(({ attempt }) => attempt !== null)
    if (isAsked && timer === null && waiting.length > 0) timer = clock.after(PAUSE_MS, step)
  })
  return () => {
    unsubscribe()
    waiting.length = 0
    timer?.cancel()
  }
}

interface Piece {
  readonly state: AccountState
  readonly past: QuotaPast
  readonly options: PastOptions
}

function piecesOf(state: AccountState, spanMs: number, speed: number): readonly Piece[] {
  if (state.observedAt === null) return []
  const options = { now: state.observedAt, spanMs, stepMs: HOUR_MS, speed }
  return inventPast(state, options).map((past) => ({ state, past, options }))
}

function writePiece({ history, log }: DemoPastOptions, { state: { account }, past, options }: Piece): void {
  try {
    history.backfill(account.id, commitsOf(account, past, options))
  } catch (error) {
    log.error('a past could not be made up', { account: account.id, quota: past.quota, error: String(error) })
  }
}

function* commitsOf(account: AccountState['account'], past: QuotaPast, options: PastOptions) {
  for (const at of stepsOf(options)) {
    yield { at, account, reading: { quotas: [past.at(at)], notes: [] }, observedAt: null, problem: null }
  }
}
