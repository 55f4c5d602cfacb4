import type { JSX } from 'preact'
import { providerTitle } from '../../../src/format/provider-names.ts'
import { statusTone } from '../../../src/format/status-words.ts'
import { fromIso } from '../../../src/model/index.ts'
import { type ServerStatus, useApp } from '../app-context.ts'
import { Fact } from '../components/facts.tsx'
import { LiveText } from '../components/live-text.tsx'
import { ScrollRegion } from '../components/scroll-region.tsx'
import { Loading, Unreadable } from '../components/states.tsx'
import { useAnswer } from '../components/use-answer.ts'
import { VerdictMark } from '../components/verdict-mark.tsx'
import { useStore } from '../state/store.ts'
import { type ServiceHealth, serviceHealth } from '../view/exposition.ts'
import type { Words } from '../words/words.ts'
import '../styles/account.css'
import '../styles/analytics.css'

/** How tokstat itself is doing, and how the services answer. */
export function HealthView(): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const status = useStore(app.status)
  const beat = useStore(app.board, (board) => board.beatAt)
  const metrics = useAnswer(`metrics ${beat}`, () => app.api.text('/metrics'))
  return (
    <div class="view">
      <header class="view-head">
        <h1>{words.t('health.title')}</h1>
        <span class="links">
          <a href={`${app.url}/metrics`}>{words.t('health.metrics')}</a>
          <a href={`${app.url}/api/openapi.json`}>{words.t('health.api')}</a>
        </span>
      </header>
      {status === null ? <Loading /> : <Daemon status={status} words={words} />}
      <div class="wide-narrow">
        <section>
          <h2>{words.t('health.services')}</h2>
          {metrics.value === null && metrics.error !== null ? <Unreadable onRetry={metrics.retry} /> : null}
          {metrics.value === null && metrics.error === null ? <Loading /> : null}
          {metrics.value === null ? null : <ServiceTable services={serviceHealth(metrics.value)} words={words} />}
        </section>
        <States words={words} />
      </div>
    </div>
  )
}

function Daemon({ status, words }: { readonly status: ServerStatus; readonly words: Words }): JSX.Element {
  const startedAt = fromIso(status.startedAt)
  const oldestAt = fromIso(status.history.oldestAt)
  const { history } = status
  const { ticker } = useApp()
  return (
    <section>
      <h2>{words.t('health.daemon')}</h2>
      <dl class="fact-list">
        <Fact title={words.t('health.version')}>{status.version}</Fact>
        <Fact title={words.t('health.up')}>
          {startedAt === null ? '–' : <LiveText text={(now) => words.duration(now - startedAt)} />}
        </Fact>
        <Fact title={words.t('health.readers')}>{status.readers}</Fact>
        <Fact title={words.t('health.history')}>
          {history.why ?? words.t('health.historyFine', history.samples, history.series, megabytes(history.bytes))}
          {history.waiting > 0 ? <span class="tone-amber"> · {words.t('health.waiting', history.waiting)}</span> : null}
        </Fact>
        {oldestAt === null ? null : (
          <Fact title={words.t('health.oldest')}>{words.instant(oldestAt, ticker.now())}</Fact>
        )}
      </dl>
    </section>
  )
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

function ServiceTable({
  services,
  words,
}: {
  readonly services: readonly ServiceHealth[]
  readonly words: Words
}): JSX.Element {
  if (services.length === 0) return <p class="soft">{words.t('health.none')}</p>
  return (
    <ScrollRegion label={words.t('health.services')}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.t('health.service')}</th>
            <th scope="col" class="number">
              {words.t('health.reads')}
            </th>
            <th scope="col" class="number">
              {words.t('health.failed')}
            </th>
            <th scope="col" class="number">
              {words.t('health.median')}
            </th>
            <th scope="col" class="number">
              {words.t('health.slow')}
            </th>
          </tr>
        </thead>
        <tbody>
          {[...services]
            .sort((a, b) => titleOf(a).localeCompare(titleOf(b)))
            .map((service) => (
              <tr key={service.provider}>
                <td>
                  {titleOf(service)}
                  {service.reasons.length > 0 ? (
                    <span class="soft under">{service.reasons.slice(0, 3).join(', ').replaceAll('_', ' ')}</span>
                  ) : null}
                </td>
                <td class="number">{service.reads}</td>
                <td class="number">{service.failed}</td>
                <td class="number">{seconds(service.medianSeconds)}</td>
                <td class="number">{seconds(service.slowSeconds)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </ScrollRegion>
  )
}

function titleOf({ provider }: ServiceHealth): string {
  return providerTitle(provider)
}

/** A histogram knows the bound of a bucket, not the value. */
function seconds(bound: number | null): string {
  if (bound === null) return '–'
  return bound === Number.POSITIVE_INFINITY
    ? '> 30 s'
    : `≤ ${bound < 1 ? `${Math.round(bound * 1000)} ms` : `${bound} s`}`
}

function States({ words }: { readonly words: Words }): JSX.Element | null {
  const app = useApp()
  const accounts = useStore(app.board, (board) => board.document?.accounts) ?? []
  const byStatus = Map.groupBy(accounts, ({ status }) => status)
  if (accounts.length === 0) return null
  return (
    <section>
      <h2>{words.t('health.accounts')}</h2>
      <ul class="facts">
        {[...byStatus].map(([status, list]) => {
          const [first] = list
          return first === undefined ? null : (
            <li key={status}>
              <span class="standing">
                <VerdictMark tone={statusTone(status)} />
                {words.status(first)}
              </span>
              <span class="soft">{list.length}</span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
