import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { clean } from '../../../src/format/clean.ts'
import { accountTitle } from '../../../src/format/headline.ts'
import { percentText } from '../../../src/format/percent.ts'
import { type AccountDocument, type AccountsDocument, compareAccounts } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { linkTo } from '../state/location.ts'
import { useStore } from '../state/store.ts'
import { pastCycles } from '../view/usage.ts'
import { ScrollRegion } from './scroll-region.tsx'
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
  const answer = useAnswer(`compare ${since}`, () => app.client.cycles({ since }))
  const accounts = new Map(document.accounts.map((account) => [account.id, account]))
  const rows = useMemo(() => {
    const bySeries = Map.groupBy(answer.value?.cycles ?? [], ({ account, quota }) => `${account}\n${quota}`)
    return compareAccounts(
      [...bySeries].flatMap(([key, cycles]) => {
        const [account = '', quota = ''] = key.split('\n')
        return isCompared(accounts.get(account), quota) ? [{ account, quota, cycles: pastCycles(cycles) }] : []
      }),
    )
  }, [answer.value])
  if (rows.length === 0) return null
  return (
    <section>
      <h2>{words.t('analytics.compare')}</h2>
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
    </section>
  )
}

/** Models that share a window say the same as it does; helpers count for nothing. */
function isCompared(account: AccountDocument | undefined, id: string): boolean {
  const quota = account?.quotas.find((one) => one.id === id)
  if (account === undefined || quota === undefined) return true
  return !quota.helper && (quota.kind !== 'model' || !account.quotas.some(({ kind }) => kind === 'window'))
}
