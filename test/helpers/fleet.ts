/** Documents with as many accounts as a test of the dashboard wants, and the past of one quota. All of it is invented. */
import type { AccountDocument, AccountsDocument } from '../../src/model/document.ts'
import type { PointDocument } from '../../src/model/past-document.ts'
import { epochMs, HOUR_MS, MINUTE_MS, toIso } from '../../src/model/time.ts'
import { sampleDocument } from './sample-document.ts'
import { NOW } from './states.ts'

/** `count` accounts: the sample ones, over and over under other names. */
export function fleetOf(count: number): AccountsDocument {
  const templates = sampleDocument.accounts.toSorted((a, b) => rank(a) - rank(b))
  const accounts = Array.from({ length: count }, (_, index): AccountDocument => {
    const template = templates[index % templates.length]
    if (template === undefined) throw new Error('the sample document has no account')
    const round = Math.floor(index / templates.length)
    return round === 0 ? template : renamed(template, round)
  })
  return { ...sampleDocument, accounts }
}

/** The one with most to draw comes first, for the fleet of one. */
function rank({ provider }: AccountDocument): number {
  return provider === 'claude' ? 0 : 1
}

function renamed(account: AccountDocument, round: number): AccountDocument {
  const name = account.name.includes('@') ? account.name.replace('@', `+${round}@`) : `${account.name}-${round}`
  return { ...account, name, id: `${account.provider}/${name}`, email: null }
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
