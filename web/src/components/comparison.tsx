import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { clean } from '../../../src/format/clean.ts'
import { accountTitle } from '../../../src/format/headline.ts'
import { percentText } from '../../../src/format/percent.ts'
import type { AccountComparison, AccountsDocument } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { linkTo } from '../state/location.ts'
import { useStore } from '../state/store.ts'
import { comparedRows } from '../view/compared.ts'
import { ScrollRegion } from './scroll-region.tsx'
import { Loading, Unreadable } from './states.tsx'
import { useAnswer } from './use-answer.ts'

const MOST_ROWS = 40

interface ComparisonProps {
  readonly document: AccountsDocument
  readonly since: string
}

/** All accounts side by side: who hits the wall, who pays for what is never used. */
export function Comparison({ document, since }: ComparisonProps): JSX.Element | null {
  const app = useApp()
  const words = useStore(app.words)
  const answer = useAnswer(`compare ${since}`, async () => ({ since, past: await app.client.comparison({ since }) }))
  const ids = document.accounts.map(({ id, quotas }) => `${id} ${quotas.length}`).join('\n')
  const rows = useMemo(() => comparedRows(answer.value?.past.quotas ?? [], document), [answer.value, ids])
  // What another range says must not stand under this one.
  const isKnown = answer.value?.since === since
  if (isKnown && rows.length === 0) return null
  return (
    <section>
      <h2>{words.t('analytics.compare')}</h2>
      {isKnown ? (
        <Rows rows={rows} document={document} />
      ) : answer.error === null ? (
        <Loading />
      ) : (
        <Unreadable onRetry={answer.retry} />
      )}
    </section>
  )
}

interface RowsProps {
  readonly rows: readonly AccountComparison[]
  readonly document: AccountsDocument
}

function Rows({ rows, document }: RowsProps): JSX.Element {
  const words = useStore(useApp().words)
  const accounts = new Map(document.accounts.map((account) => [account.id, account]))
  return (
    <>
      {rows.length > MOST_ROWS ? (
        <p class="soft small">{words.t('analytics.compareMost', MOST_ROWS, rows.length)}</p>
      ) : null}
      <ScrollRegion label={words.t('analytics.compare')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.t('table.account')}</th>
              <th scope="col" class="number">
                {words.t('analytics.hit')}
              </th>
              <th scope="col" class="number">
                {words.t('analytics.wasted')}
              </th>
              <th scope="col" class="number">
                {words.t('analytics.peak')}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row) => {
              const account = accounts.get(row.account)
              const quota = account?.quotas.find(({ id }) => id === row.quota)
              return (
                <tr key={`${row.account} ${row.quota}`}>
                  <td>
                    <a href={linkTo('account', row.account, { quota: row.quota })} dir="auto">
                      {account === undefined ? clean(row.account) : accountTitle(account, document)}
                    </a>
                    <span class="soft under" dir="auto">
                      {clean(quota?.label ?? row.quota)}
                    </span>
                  </td>
                  <td class="number">
                    {words.t('analytics.hitOf', Math.round(row.wallRatio * row.cycles), row.cycles)}
                  </td>
                  <td class="number">{percentText(row.wastedRatio)}</td>
                  <td class="number">{percentText(row.meanPeakRatio)}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </ScrollRegion>
    </>
  )
}
