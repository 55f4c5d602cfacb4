import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { clean } from '../../../src/format/clean.ts'
import { capitals, providerTitle } from '../../../src/format/provider-names.ts'
import {
  type AccountDocument,
  type Alert,
  type EpochMs,
  fromIso,
  linesOf,
  type QuotaDocument,
} from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { useStanding } from '../components/account-card.tsx'
import { WithCommands } from '../components/copy.tsx'
import { Facts } from '../components/facts.tsx'
import { LiveText } from '../components/live-text.tsx'
import { Name } from '../components/name.tsx'
import { QuotaHistory } from '../components/quota-history.tsx'
import { QuotaLine } from '../components/quota-line.tsx'
import { RefreshButton } from '../components/refresh-button.tsx'
import { Empty } from '../components/states.tsx'
import { useAnswer } from '../components/use-answer.ts'
import { VerdictMark } from '../components/verdict-mark.tsx'
import type { Place } from '../state/location.ts'
import { useStore } from '../state/store.ts'
import { worstLine } from '../view/lines.ts'
import type { Words } from '../words/words.ts'
import '../styles/account.css'

/** One account: its quotas large, what was, what is to be expected, and where it is all from. */
export function AccountView({ place }: { readonly place: Place }): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const account = useStore(app.board, (board) => board.document?.accounts.find(({ id }) => id === place.account))
  if (account === undefined) {
    return (
      <Empty text={words.t('account.gone')}>
        <a href="#/">{words.t('nav.back')}</a>
      </Empty>
    )
  }
  return (
    <article class="account-view">
      <AccountHead account={account} words={words} />
      <Quotas account={account} words={words} />
      <Past account={account} place={place} />
      <AccountAlerts account={account} words={words} />
      <Facts account={account} />
    </article>
  )
}

interface PartProps {
  readonly account: AccountDocument
  readonly words: Words
}

function AccountHead({ account, words }: PartProps): JSX.Element {
  const app = useApp()
  const { tone, word } = useStanding(account, words)
  const observedAt = fromIso(account.observedAt)
  const problem = words.problem(account, app.ticker.now())
  return (
    <header class="account-head">
      <p>
        <a href="#/" class="soft">
          ← {words.t('nav.back')}
        </a>
      </p>
      <div class="account-name">
        <h1>
          {providerTitle(account.provider)} <Name text={account.name} />
        </h1>
        <span class={`standing tone-${tone}`}>
          <VerdictMark tone={tone} />
          {word}
        </span>
        <RefreshButton account={account} />
      </div>
      <p class="soft">
        {account.plan === null ? null : `${clean(account.plan.name ?? account.plan.id)} · `}
        <LiveText text={(now) => words.age(observedAt, now)} />
        {account.activeFor.length > 0
          ? ` · ${words.t('account.activeFor', account.activeFor.map(capitals).join(', '))}`
          : null}
      </p>
      {problem === null ? null : (
        <p class="banner amber" dir="auto">
          <WithCommands text={clean(problem)} />
        </p>
      )}
    </header>
  )
}

function Quotas({ account, words }: PartProps): JSX.Element {
  const { main, more } = linesOf(account, (pool) => words.t('quota.pool', capitals(pool)))
  const helpers = account.quotas.filter((quota) => quota.helper).length
  if (main.length === 0) return <Empty text={words.t('quota.none')} />
  return (
    <section class="rows quotas">
      <ul class="lines">
        {[...main, ...more].map((line) => (
          <QuotaLine key={line.key} line={line} account={account} isInner={more.includes(line)} />
        ))}
      </ul>
      {helpers > 0 ? <p class="soft small">{words.n('quota.helper', helpers)}</p> : null}
    </section>
  )
}

/** Quotas that have a past worth a chart, the account's own order. */
function chartable(account: AccountDocument): readonly QuotaDocument[] {
  return account.quotas.filter((quota) => !quota.helper && !quota.unlimited)
}

/** The quota to look at first; one that comes back says more than an amount that only shrinks. */
function tightestOf(account: AccountDocument, now: EpochMs): QuotaDocument | undefined {
  const lines = linesOf(account, capitals)
  const main = lines.main.filter(({ quota }) => quota.resetsAt !== null)
  return worstLine(account, main.length === 0 ? lines : { main, more: [] }, now)?.quota
}

function Past({ account, place }: { readonly account: AccountDocument; readonly place: Place }): JSX.Element | null {
  const app = useApp()
  const quotas = useMemo(() => chartable(account), [account])
  const wanted = place.parameters.get('quota')
  // Chosen once: a chart does not go over to another quota while somebody looks at it.
  const tightest = useMemo(() => tightestOf(account, app.ticker.now())?.id, [account.id, quotas.length === 0])
  const byId = (id: string | undefined) => quotas.find((one) => one.id === id)
  const quota = byId(wanted) ?? byId(tightest) ?? quotas[0]
  if (quota === undefined) return null
  return <QuotaHistory account={account} quotas={quotas} quota={quota} place={place} />
}

function AccountAlerts({ account, words }: PartProps): JSX.Element | null {
  const app = useApp()
  const live = useStore(app.board, (board) => board.alerts)
  const answer = useAnswer(`${account.id} ${live.length}`, () =>
    app.api.get<{ alerts: readonly Alert[] }>(`/api/v1/alerts?account=${encodeURIComponent(account.id)}`),
  )
  const alerts = answer.value?.alerts ?? []
  if (alerts.length === 0) return null
  return (
    <section>
      <h2>{words.t('account.alertsHere')}</h2>
      <ul class="facts">
        {alerts.slice(0, 8).map((alert) => {
          const at = fromIso(alert.at)
          return (
            <li key={alert.id}>
              <span dir="auto">
                <WithCommands text={clean(alert.message)} />
              </span>
              <span class="soft">
                {at === null ? null : words.instant(at, app.ticker.now())} · {words.t(`alerts.${alert.state}`)}
              </span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
