import type { JSX } from 'preact'
import type { WindowGroup } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import { groupKey, windowName, windowsText } from '../view/burn-groups.ts'
import { BurnCalendar } from './burn-calendar.tsx'
import { HeatTable } from './heat-table.tsx'
import { Empty, Loading, Unreadable } from './states.tsx'
import { useAnswer } from './use-answer.ts'

interface BurnAcrossProps {
  readonly group: WindowGroup
  readonly since: string
}

/** What many accounts burn together, in full windows of one length. */
export function BurnAcross({ group, since }: BurnAcrossProps): JSX.Element {
  const app = useApp()
  const words = useStore(app.words)
  const key = `across ${groupKey(group)} ${since}`
  const answer = useAnswer(key, async () => ({ key, sum: await app.client.burnAcross(acrossQuery(group, since)) }))
  if (answer.error !== null && answer.value?.key !== key) return <Unreadable onRetry={answer.retry} />
  // The sum of another group would be in windows of another length.
  if (answer.value === null || answer.value.key !== key) return <Loading />
  const sum = answer.value.sum?.groups.find(({ windowSeconds }) => windowSeconds === group.windowSeconds)
  if (sum === undefined || sum.days.length === 0) {
    return <Empty text={words.t('analytics.none')}>{words.t('analytics.noneHint')}</Empty>
  }
  const text = (windows: number | null): string => windowsText(windows, words)
  const partly = sum.days.filter(({ seenQuotas }) => seenQuotas < sum.quotas)
  const daysHint = words.t('analytics.acrossDays')
  return (
    <>
      <p>
        {words.t('analytics.acrossWhat', sum.quotas, sum.accounts, windowName(group, words))}{' '}
        {words.t('analytics.acrossOnce')}
      </p>
      <HeatTable
        hint={words.t('analytics.acrossHours')}
        cells={sum.hours.map(({ burnedWindows }) => burnedWindows)}
        text={text}
      />
      <BurnCalendar
        hint={partly.length === 0 ? daysHint : `${daysHint} ${words.t('analytics.acrossSeen', sum.quotas)}`}
        days={sum.days.map(({ day, burnedWindows, seenQuotas }) => ({
          day,
          burned: burnedWindows,
          seen: seenQuotas < sum.quotas ? [seenQuotas, sum.quotas] : null,
        }))}
        text={text}
      />
    </>
  )
}

/** Of one length, or of all that the service has where it tells none. */
export function acrossQuery({ provider, windowSeconds }: WindowGroup, since: string): Record<string, string> {
  return {
    ...(provider === null ? {} : { provider }),
    ...(windowSeconds === null ? {} : { windowSeconds: String(windowSeconds) }),
    since,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  }
}
