import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { clean } from '../../../src/format/clean.ts'
import { percentText } from '../../../src/format/percent.ts'
import {
  type AccountDocument,
  type Alert,
  fromIso,
  type PointDocument,
  type QuotaDocument,
} from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { type Place, withParameters } from '../state/location.ts'
import { useStore } from '../state/store.ts'
import { chartFacts } from '../view/chart-facts.ts'
import { RANGES, rangeOf } from '../view/ranges.ts'
import type { Words } from '../words/words.ts'
import { Chart } from './chart.tsx'
import { CycleStrip, MOST_BEATS } from './cycle-strip.tsx'
import { ScrollRegion } from './scroll-region.tsx'
import { Empty, Loading, Unreadable } from './states.tsx'
import { Choice } from './toolbar.tsx'
import { useAnswer } from './use-answer.ts'

interface QuotaHistoryProps {
  readonly account: AccountDocument
  readonly quotas: readonly QuotaDocument[]
  readonly quota: QuotaDocument
  readonly place: Place
}

/** The past of one quota: its chart, its cycles, its forecast. */
export function QuotaHistory({ account, quotas, quota, place }: QuotaHistoryProps): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const range = rangeOf(place.parameters.get('range'), '24h')
  const set = (changes: Record<string, string>): void => app.go(withParameters(place, changes), true)
  return (
    <section class="past">
      <div class="past-head">
        <h2>{words.t('account.history')}</h2>
        <Choice
          label={words.t('account.quotaLabel')}
          value={quota.id}
          choices={quotas.map(({ id, label }) => [id, clean(label)])}
          onChange={(id) => set({ quota: id })}
        />
        <fieldset class="ranges">
          <legend class="hidden">{words.t('account.range')}</legend>
          {RANGES.map(({ key }) => (
            <button
              key={key}
              type="button"
              class="quiet"
              aria-pressed={key === range.key}
              onClick={() => set({ range: key })}
            >
              {key}
            </button>
          ))}
        </fieldset>
        <ExportLink account={account} quota={quota} since={range.since} words={words} />
      </div>
      <ChartOf account={account} quota={quota} range={range} />
      <ForecastText quota={quota} words={words} />
      <Cycles account={account} quota={quota} words={words} />
    </section>
  )
}

interface ExportProps {
  readonly account: AccountDocument
  readonly quota: QuotaDocument
  readonly since: string
  readonly words: Words
}

function ExportLink({ account, quota, since, words }: ExportProps): JSX.Element {
  const { url } = useApp()
  const query = new URLSearchParams({ account: account.id, quota: quota.id, since, format: 'csv' })
  return (
    <a class="small" href={`${url}/api/v1/export?${query}`} download>
      {words.t('account.export')}
    </a>
  )
}

interface ChartOfProps {
  readonly account: AccountDocument
  readonly quota: QuotaDocument
  readonly range: ReturnType<typeof rangeOf>
}

function ChartOf({ account, quota, range }: ChartOfProps): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const figure = useStore(app.preferences, (preferences) => preferences.figure)
  const about = { account: account.id, quota: quota.id }
  const history = useAnswer(`${account.id} ${quota.id} ${range.key} ${account.observedAt}`, () =>
    app.client.history({ ...about, since: range.since, points: 600 }),
  )
  const alerts = useAnswer(`alerts ${account.id}`, () =>
    app.api.get<{ alerts: readonly Alert[] }>(`/api/v1/alerts?account=${encodeURIComponent(account.id)}`),
  )
  const points = history.value?.series[0]?.points ?? []
  const facts = useMemo(
    () =>
      chartFacts({
        points,
        quota,
        range,
        now: app.ticker.now(),
        figure,
        alerts: (alerts.value?.alerts ?? []).filter((alert) => alert.quota === quota.id).map((alert) => alert.at),
      }),
    [history.value, alerts.value, quota, range, figure],
  )
  if (history.error !== null && history.value === null) return <Unreadable onRetry={history.retry} />
  if (history.value === null) return <Loading />
  if (points.length === 0) return <Empty text={words.t('account.noHistory')}>{words.t('account.noHistoryHint')}</Empty>
  const label = words.t('account.chart', clean(quota.label), range.key)
  return (
    <figure>
      <Chart facts={facts} label={label} />
      <PointTable points={points} label={label} words={words} />
    </figure>
  )
}

const MOST_ROWS = 200

function PointTable({
  points,
  label,
  words,
}: {
  readonly points: readonly PointDocument[]
  readonly label: string
  readonly words: Words
}): JSX.Element {
  const app = useApp()
  const now = app.ticker.now()
  return (
    <details class="table-of">
      <summary>{words.t('account.table')}</summary>
      <ScrollRegion label={label}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.t('table.at')}</th>
              <th scope="col">{words.t('table.used')}</th>
              <th scope="col">{words.t('table.left')}</th>
              <th scope="col">{words.t('table.reset')}</th>
            </tr>
          </thead>
          <tbody>
            {points
              .slice(-MOST_ROWS)
              .reverse()
              .map((point) => {
                const at = fromIso(point.at)
                return (
                  <tr key={point.at}>
                    <td>{at === null ? point.at : words.instant(at, now)}</td>
                    <td>{point.usedRatio === null ? (point.used ?? '–') : percentText(point.usedRatio)}</td>
                    <td>
                      {point.remainingRatio === null ? (point.remaining ?? '–') : percentText(point.remainingRatio)}
                    </td>
                    <td>{point.reset ? '●' : ''}</td>
                  </tr>
                )
              })}
          </tbody>
        </table>
      </ScrollRegion>
    </details>
  )
}

function ForecastText({ quota, words }: { readonly quota: QuotaDocument; readonly words: Words }): JSX.Element | null {
  const { ticker } = useApp()
  const { forecast } = quota
  if (quota.resetsAt === null) return null
  if (forecast === null) return <p class="soft small">{words.t('account.forecastNone')}</p>
  const probability = forecast.probabilityBeforeReset
  const parts = [
    words.verdict(quota, ticker.now(), false),
    words.pace(quota),
    probability === null ? '' : words.t('account.probability', Math.round(probability * 100)),
    forecast.burnPerHourRatio === null ? '' : words.t('account.burn', percentText(forecast.burnPerHourRatio)),
    forecast.score === null ? '' : words.t('account.score', forecast.score.toFixed(2)),
  ]
  return (
    <p class="small">
      <span class="soft">{words.t('account.forecast')}: </span>
      {parts.filter((part) => part !== '').join(' · ')}
    </p>
  )
}

/** As far back as the strip reaches: a year of five-hour windows would be two thousand cycles. */
function sinceOf({ windowSeconds }: QuotaDocument): { readonly since?: string } {
  return windowSeconds === null ? {} : { since: `${Math.ceil((MOST_BEATS * windowSeconds) / 3600)}h` }
}

function Cycles({
  account,
  quota,
  words,
}: {
  readonly account: AccountDocument
  readonly quota: QuotaDocument
  readonly words: Words
}): JSX.Element {
  const app = useApp()
  const answer = useAnswer(`cycles ${account.id} ${quota.id} ${quota.resetsAt}`, () =>
    app.client.cycles({ account: account.id, quota: quota.id, ...sinceOf(quota) }),
  )
  const cycles = answer.value?.cycles ?? []
  return (
    <div class="cycles-of">
      <h3>{words.t('account.cycles')}</h3>
      {cycles.length === 0 ? <p class="soft small">{words.t('account.cyclesNone')}</p> : <CycleStrip cycles={cycles} />}
    </div>
  )
}
