/** Documents with as many accounts as a test of the dashboard wants, and the past of one quota. All of it is invented. */
import type { AccountState } from '../../src/model/account.ts'
import {
  type AccountDocument,
  type AccountsDocument,
  type QuotaDocument,
  toAccountDocument,
} from '../../src/model/document.ts'
import { stateFromDocument } from '../../src/model/document-state.ts'
import { paceOf } from '../../src/model/pace.ts'
import type { PointDocument } from '../../src/model/past-document.ts'
import { ratiosFromRemaining } from '../../src/model/quota.ts'
import { DEFAULT_RULES } from '../../src/model/settings.ts'
import { DAY_MS, epochMs, fromIso, HOUR_MS, MINUTE_MS, plusMs, toIso } from '../../src/model/time.ts'
import { sampleDocument } from './sample-document.ts'
import { NOW } from './states.ts'

/** `count` accounts: the sample ones, over and over under other names and with other numbers. */
export function fleetOf(count: number): AccountsDocument {
  const templates = sampleDocument.accounts.toSorted((a, b) => rank(a) - rank(b))
  const accounts = Array.from({ length: count }, (_, index): AccountDocument => {
    const template = templates[index % templates.length]
    if (template === undefined) throw new Error('the sample document has no account')
    const round = Math.floor(index / templates.length)
    return withForecasts(round === 0 ? template : variant(template, round))
  })
  return { ...sampleDocument, accounts }
}

/** The one with most to draw comes first, for the fleet of one. */
function rank({ provider }: AccountDocument): number {
  return provider === 'claude' ? 0 : 1
}

/** Another account of the kind: in trouble in every third round only, and never with the same shares. */
function variant(account: AccountDocument, round: number): AccountDocument {
  const name = account.name.includes('@') ? account.name.replace('@', `+${round}@`) : `${account.name}-${round}`
  const isWell = round % 3 !== 0
  const state = stateFromDocument(account)
  const read = isWell && account.status === 'forbidden' ? templateOf('antigravity').reading : state.reading
  const quotas = read?.quotas.map((quota, index) => {
    if (quota.remainingRatio === null) return quota
    const resetsAt = quota.resetsAt !== null && quota.resetsAt < NOW ? plusMs(NOW, 9 * DAY_MS) : quota.resetsAt
    const left = (quota.remainingRatio * 100 + 29 * round + 13 * index) % 100
    return {
      ...quota,
      resetsAt,
      used: null,
      limit: null,
      remaining: null,
      ...ratiosFromRemaining(Math.round(left) / 100),
    }
  })
  const varied: AccountState = {
    ...state,
    account: { ...state.account, id: `${account.provider}/${name}`, name, email: null },
    attempt: state.attempt && { ...state.attempt, problem: isWell ? null : state.attempt.problem },
    observedAt: isWell && read !== null ? plusMs(NOW, -round * MINUTE_MS) : state.observedAt,
    reading: read && { ...read, quotas: quotas ?? [] },
  }
  return toAccountDocument(varied, NOW, DEFAULT_RULES)
}

function templateOf(provider: string): AccountState {
  const template = sampleDocument.accounts.find((account) => account.provider === provider)
  if (template === undefined) throw new Error(`no sample account of ${provider}`)
  return stateFromDocument(template)
}

/** Windows burn at the pace they had until now, some of them three times as fast from here on. */
function withForecasts(account: AccountDocument): AccountDocument {
  const quotas = account.quotas.map((quota, index): QuotaDocument => {
    const { resetsAt, windowSeconds, usedRatio, id } = quota
    const at = fromIso(resetsAt)
    if (at === null || windowSeconds === null || usedRatio === null || usedRatio >= 1 || quota.due) return quota
    const pace = paceOf(usedRatio, { startsAt: plusMs(at, -windowSeconds * 1000), resetsAt: at }, NOW)
    const leftMs = at - NOW
    const passedHours = (windowSeconds * 1000 - leftMs) / HOUR_MS
    const burn = (usedRatio / passedHours) * ((account.name.length + index) % 4 === 0 ? 3 : 1)
    const emptyMs = ((1 - usedRatio) / burn) * HOUR_MS
    const exhaustsAt = emptyMs < leftMs ? toIso(plusMs(NOW, emptyMs)) : null
    const probabilityBeforeReset = emptyMs < leftMs ? 0.8 : emptyMs < leftMs * 1.2 ? 0.3 : 0.02
    const forecast = { account: account.id, quota: id, burnPerHourRatio: burn, exhaustsAt, exhaustsAtLow: null }
    const rest = { exhaustsAtHigh: null, probabilityBeforeReset, pace, model: 'linear', score: null }
    return { ...quota, forecast: { ...forecast, ...rest } }
  })
  return { ...account, quotas }
}

/** A day of a five-hour window: burned slowly, then faster, back to full at each reset. */
export const samplePast: readonly PointDocument[] = Array.from({ length: 96 }, (_, index): PointDocument => {
  const at = epochMs(NOW - 24 * HOUR_MS + index * 15 * MINUTE_MS)
  const inWindow = (index % 20) / 20
  const usedRatio = Math.min(1, inWindow * inWindow * 1.1)
  return {
    at: toIso(at),
    usedRatio,
    remainingRatio: 1 - usedRatio,
    used: null,
    remaining: null,
    limit: null,
    reset: false,
  }
})

export const samplePastResets = [1, 2, 3, 4].map((cycle) => epochMs(NOW - 24 * HOUR_MS + cycle * 20 * 15 * MINUTE_MS))

/** The peak of each window that has ended: some of them at the wall. */
export const samplePastPeaks = [0.62, 0.81, 1, 0.44, 0.12, 0.3, 0.95, 1, 0.7, 0.58]

/** Two weeks of a weekly window that resets in five days: nine tenths used in the last one, 36 % in this one. */
export const sampleWeeklyPast: readonly PointDocument[] = Array.from({ length: 85 }, (_, index): PointDocument => {
  const ago = (84 - index) * 4 * HOUR_MS
  const sinceReset = (2 * DAY_MS - ago + 14 * DAY_MS) % (7 * DAY_MS)
  const isNew = ago <= 2 * DAY_MS
  const usedRatio = isNew ? (sinceReset / (2 * DAY_MS)) * 0.36 : Math.min(0.9, (sinceReset / (7 * DAY_MS)) ** 0.7)
  const facts = { used: null, remaining: null, limit: null, reset: false }
  return { at: toIso(epochMs(NOW - ago)), usedRatio, remainingRatio: 1 - usedRatio, ...facts }
})
export const sampleWeeklyResets = [epochMs(NOW - 9 * DAY_MS), epochMs(NOW - 2 * DAY_MS)]
