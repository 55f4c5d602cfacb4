import {
  type BurnAcrossDocument,
  DAY_MS,
  type EpochMs,
  epochMs,
  sumBurn,
  toAccountsDocument,
  toIso,
  type WindowGroup,
  windowGroups,
  type ZoneOffset,
} from '../model/index.ts'
import type { ServerDeps } from './deps.ts'
import { inTurns, keptAnswers } from './long-answers.ts'

/** Roll-ups of hours are read for so long; beyond, the store has days alone to give. */
const LONGEST_MS = 120 * DAY_MS
/** Nothing is left out: an hour has three points at most. */
const POINTS = 20_000

export interface AcrossQuery {
  /** Null: every service. */
  readonly provider: string | null
  /** Null: every length, each a sum of its own. */
  readonly windowSeconds: number | null
  /** Undefined: as far back as there are hours. */
  readonly since: EpochMs | undefined
  readonly zone: ZoneOffset
  /** What was asked, as text: the same answer serves it for a minute. */
  readonly key: string
}

/** Sums over accounts, one quota at a time with a turn for everything else in between, each kept for a minute. */
export function burnAcross(
  deps: Pick<ServerDeps, 'engine' | 'past' | 'clock' | 'rules' | 'about'>,
): (query: AcrossQuery) => Promise<BurnAcrossDocument> {
  return keptAnswers(deps, (query: AcrossQuery) => summed(deps, query))
}

async function summed(
  { engine, past, clock, rules }: Pick<ServerDeps, 'engine' | 'past' | 'clock' | 'rules'>,
  { provider, windowSeconds, since, zone }: AcrossQuery,
): Promise<BurnAcrossDocument> {
  const now = clock.now()
  const range = { since: epochMs(Math.max(since ?? 0, now - LONGEST_MS)), until: now }
  const { accounts } = toAccountsDocument(engine.board(), now, rules())
  const wanted = windowGroups(accounts).filter(
    (group) => group.provider === provider && (windowSeconds === null || group.windowSeconds === windowSeconds),
  )
  const groups: BurnAcrossDocument['groups'][number][] = []
  for (const group of wanted) groups.push(await groupSum(group))
  return { since: toIso(range.since), until: toIso(now), groups }

  async function groupSum({ members, ...names }: WindowGroup): Promise<BurnAcrossDocument['groups'][number]> {
    const sum = sumBurn(now, zone)
    await inTurns(members, ({ account, quota, unit }) => {
      const query = past.hidden({ account, quota, ...range, points: POINTS, rolled: true })
      for (const one of past.store.series(query)) if (one.unit === unit) sum.add(one.points)
    })
    return {
      ...names,
      accounts: new Set(members.map(({ account }) => account)).size,
      quotas: members.length,
      hours: sum.hours(),
      days: sum.days(),
    }
  }
}
