import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { clean } from '../../../src/format/clean.ts'
import { accountTitle } from '../../../src/format/headline.ts'
import type { AccountDocument, AccountsDocument, QuotaDocument } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { BurnCalendar } from '../components/burn-calendar.tsx'
import { Comparison } from '../components/comparison.tsx'
import { CycleSummaryTiles } from '../components/cycle-summary.tsx'
import { HeatTable } from '../components/heat-table.tsx'
import { Empty, Loading, Unreadable } from '../components/states.tsx'
import { Choice } from '../components/toolbar.tsx'
import { useAnswer } from '../components/use-answer.ts'
import { type Place, withParameters } from '../state/location.ts'
import { useStore } from '../state/store.ts'
import { rangeOf } from '../view/ranges.ts'
import { usagePoints } from '../view/usage.ts'
import '../styles/account.css'
import '../styles/analytics.css'

const RANGE_KEYS = ['24h', '7d', '30d', '1y'] as const

/** A quota with a past worth looking at: it is used up and comes back. */
interface Subject {
  readonly key: string
  /** What the account is called among the others. */
  readonly owner: string
  readonly title: string
  readonly account: AccountDocument
  readonly quota: QuotaDocument
}

/** When the limit is used, how much of it is wasted, and whether the plan fits. */
export function AnalyticsView({ place }: { readonly place: Place }): JSX.Element | null {
  const app = useApp()
  const words = useStore(app.words)
  const document = useStore(app.board, (board) => board.document)
  const ids = document?.accounts.map((account) => `${account.id} ${account.quotas.length}`).join('\n')
  const subjects = useMemo(() => (document === null ? [] : subjectsOf(document)), [ids])
  const range = rangeOf(place.parameters.get('range'), '30d')
  const wanted = place.parameters.get('of')
  const subject = subjects.find(({ key }) => key === wanted) ?? subjects[0]
  const set = (changes: Record<string, string>): void => app.go(withParameters(place, changes), true)
  return (
    <div class="view">
      <header class="view-head">
        <h1>{words.t('analytics.title')}</h1>
        {subject === undefined ? null : (
          <>
            <Choice
              label={words.t('analytics.quota')}
              value={subject.key}
              choices={subjects.map(({ key, title, owner }) => [key, title, owner])}
              onChange={(of) => set({ of })}
            />
            <Choice
              label={words.t('account.range')}
              value={range.key}
              choices={RANGE_KEYS.map((key) => [key, key])}
              onChange={(key) => set({ range: key })}
            />
            <a class="small" href={exportUrl(app.url, subject, range.since)} download>
              {words.t('analytics.export')}
            </a>
          </>
        )}
      </header>
      {subject === undefined ? (
        <Empty text={words.t('analytics.none')}>{words.t('analytics.noneHint')}</Empty>
      ) : (
        <SubjectPast subject={subject} since={range.since} />
      )}
      {document === null ? null : <Comparison document={document} since={range.since} />}
    </div>
  )
}

function exportUrl(url: string, { account, quota }: Subject, since: string): string {
  return `${url}/api/v1/export?${new URLSearchParams({ account: account.id, quota: quota.id, since, format: 'csv' })}`
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
  if (history.error !== null && history.value === null) return <Unreadable onRetry={history.retry} />
  if (history.value === null) return <Loading />
  if (points.length < 2) return <Empty text={words.t('analytics.none')}>{words.t('analytics.noneHint')}</Empty>
  const now = app.ticker.now()
  return (
    <>
      <CycleSummaryTiles cycles={cycles.value?.cycles ?? []} />
      <HeatTable points={points} now={now} />
      <BurnCalendar points={points} now={now} />
    </>
  )
}
