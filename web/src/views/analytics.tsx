import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { clean } from '../../../src/format/clean.ts'
import { accountTitle } from '../../../src/format/headline.ts'
import { percentText } from '../../../src/format/percent.ts'
import {
  type AccountDocument,
  type AccountsDocument,
  burnByDay,
  type EpochMs,
  heatMap,
  type QuotaDocument,
  type UsagePoint,
  type WindowGroup,
} from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { acrossQuery, BurnAcross } from '../components/burn-across.tsx'
import { BurnCalendar } from '../components/burn-calendar.tsx'
import { Comparison } from '../components/comparison.tsx'
import { CycleSummaryTiles } from '../components/cycle-summary.tsx'
import { HeatTable } from '../components/heat-table.tsx'
import { Empty, EmptyWithout, Loading, Unreadable } from '../components/states.tsx'
import { Choice } from '../components/toolbar.tsx'
import { useAnswer } from '../components/use-answer.ts'
import { type Place, withParameters } from '../state/location.ts'
import { useStore } from '../state/store.ts'
import { groupKey, groupsOf, groupTitle } from '../view/burn-groups.ts'
import { rangeOf } from '../view/ranges.ts'
import { sharePerHour } from '../view/small-share.ts'
import { localZone, usagePoints } from '../view/usage.ts'
import '../styles/account.css'
import '../styles/analytics.css'

const RANGE_KEYS = ['24h', '7d', '30d', '90d', '1y'] as const
/** Hours of many accounts are summed for so long at most. */
const LONGEST_ACROSS = '90d'

/** A quota with a past worth looking at: it is used up and comes back. */
interface Subject {
  readonly key: string
  /** What the account is called among the others. */
  readonly owner: string
  readonly title: string
  readonly account: AccountDocument
  readonly quota: QuotaDocument
}

/** What the view is about: one quota, or the windows of many accounts together. */
type Topic = { readonly key: string } & ({ readonly subject: Subject } | { readonly group: WindowGroup })

/** When the limit is used, how much of it is wasted, and whether the plan fits. */
export function AnalyticsView({ place }: { readonly place: Place }): JSX.Element | null {
  const app = useApp()
  const words = useStore(app.words)
  const document = useStore(app.board, (board) => board.document)
  const ids = document?.accounts.map((account) => `${account.id} ${account.quotas.length}`).join('\n')
  const subjects = useMemo(() => (document === null ? [] : subjectsOf(document)), [ids])
  const groups = useMemo(() => (document === null ? [] : groupsOf(document.accounts)), [ids])
  const topic = topicOf(place.parameters.get('of'), subjects, groups)
  const asked = rangeOf(place.parameters.get('range'), '30d')
  const range = topic !== null && 'group' in topic && asked.key === '1y' ? rangeOf(LONGEST_ACROSS, '30d') : asked
  const set = (changes: Record<string, string>): void => app.go(withParameters(place, changes), true)
  return (
    <div class="view">
      <header class="view-head">
        <h1>{words.t('analytics.title')}</h1>
        {topic === null ? null : (
          <>
            <Choice
              label={words.t('analytics.quota')}
              value={topic.key}
              choices={[
                ...groups.map((one) => [groupKey(one), groupTitle(one, words), words.t('analytics.together')] as const),
                ...subjects.map(({ key, title, owner }) => [key, title, owner] as const),
              ]}
              onChange={(of) => set({ of })}
            />
            <Choice
              label={words.t('account.range')}
              value={range.key}
              choices={RANGE_KEYS.filter((key) => key !== '1y' || 'subject' in topic).map((key) => [key, key])}
              onChange={(key) => set({ range: key })}
            />
            <a class="small" href={`${app.url}/api/v1/${exportPath(topic, range.since)}`} download>
              {words.t('analytics.export')}
            </a>
          </>
        )}
      </header>
      {topic === null ? (
        <EmptyWithout text={words.t('analytics.none')} hint={words.t('analytics.noneHint')} />
      ) : 'group' in topic ? (
        <BurnAcross group={topic.group} since={range.since} />
      ) : (
        <SubjectPast subject={topic.subject} since={range.since} />
      )}
      {document === null ? null : <Comparison document={document} since={range.since} />}
    </div>
  )
}

/** What the address asks for, else the first quota, else the first group (accounts with nothing but models). */
function topicOf(
  wanted: string | undefined,
  subjects: readonly Subject[],
  groups: readonly WindowGroup[],
): Topic | null {
  const [subject] = subjects
  const group = groups.find((one) => groupKey(one) === wanted) ?? (subject === undefined ? groups[0] : undefined)
  if (group !== undefined) return { key: groupKey(group), group }
  const found = subjects.find(({ key }) => key === wanted) ?? subject
  return found === undefined ? null : { key: found.key, subject: found }
}

/** A quota's samples as CSV; a sum as JSON, since it has no samples of its own. */
function exportPath(topic: Topic, since: string): string {
  if ('group' in topic) return `analytics/across?${new URLSearchParams(acrossQuery(topic.group, since))}`
  const { account, quota } = topic.subject
  return `export?${new URLSearchParams({ account: account.id, quota: quota.id, since, format: 'csv' })}`
}

function subjectsOf(document: AccountsDocument): readonly Subject[] {
  return document.accounts.flatMap((account) => {
    const owner = accountTitle(account, document)
    return account.quotas
      .filter((quota) => !quota.helper && quota.usedRatio !== null && quota.kind !== 'model')
      .map((quota) => ({
        key: `${account.id}/${quota.id}`,
        owner,
        title: `${owner}: ${clean(quota.label)}`,
        account,
        quota,
      }))
  })
}

function SubjectPast({ subject, since }: { readonly subject: Subject; readonly since: string }): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const about = { account: subject.account.id, quota: subject.quota.id, since }
  const key = `${subject.key} ${since}`
  const history = useAnswer(`history ${key}`, () => app.client.history({ ...about, points: 5_000 }))
  const cycles = useAnswer(`cycles ${key}`, () => app.client.cycles(about))
  const points = useMemo(() => usagePoints(history.value?.series[0]?.points ?? []), [history.value])
  const burn = useMemo(() => burnOf(points, app.ticker.now()), [points])
  if (history.error !== null && history.value === null) return <Unreadable onRetry={history.retry} />
  if (history.value === null) return <Loading />
  if (points.length < 2) return <Empty text={words.t('analytics.none')}>{words.t('analytics.noneHint')}</Empty>
  return (
    <>
      <CycleSummaryTiles cycles={cycles.value?.cycles ?? []} />
      <HeatTable hint={words.t('analytics.hoursHint')} cells={burn.cells} text={sharePerHour} />
      <BurnCalendar hint={words.t('analytics.daysHint')} days={burn.days} text={percentText} />
    </>
  )
}

function burnOf(points: readonly UsagePoint[], now: EpochMs) {
  return {
    cells: heatMap(points, now, localZone).map(({ burnedRatio }) => burnedRatio),
    days: burnByDay(points, now, localZone).map(({ day, burnedRatio }) => ({ day, burned: burnedRatio })),
  }
}
