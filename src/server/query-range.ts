import { DURATION_UNIT_MS, type EpochMs, fromIso, type HistoryQuery, plusMs } from '../model/index.ts'
import { badRequest } from './problems.ts'

/** An instant (RFC 3339) or how long before `now` (`90s`, `24h`, `7d`); null for anything else. */
export function readInstant(text: string, now: EpochMs): EpochMs | null {
  const ago = /^(\d{1,6})([smhdw])$/.exec(text.trim())
  if (ago === null) return fromIso(text)
  return plusMs(now, -Number(ago[1]) * (DURATION_UNIT_MS[ago[2] ?? ''] ?? Number.NaN))
}

/** The parameters that history, cycles, forecast and export share. Throws a 400 that names the wrong one. */
export function readRange(parameter: (name: string) => string | undefined, now: EpochMs): HistoryQuery {
  const instant = (name: string): EpochMs | undefined => {
    const text = parameter(name)
    if (text === undefined || text === '') return undefined
    const at = readInstant(text, now)
    if (at === null) throw badRequest(`${name} must be an instant such as 2026-11-22T09:00:00Z, or an age such as 7d.`)
    return at
  }
  return {
    account: parameter('account') || undefined,
    quota: parameter('quota') || undefined,
    since: instant('since'),
    until: instant('until'),
  }
}
