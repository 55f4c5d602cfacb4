import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { percentText } from '../../../src/format/percent.ts'
import { burnByDay, type EpochMs, type UsagePoint } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import { localZone } from '../view/usage.ts'

interface BurnCalendarProps {
  readonly points: readonly UsagePoint[]
  readonly now: EpochMs
}

const MOST_DAYS = 60

/** Burn by day: a bar a day, its number in words. */
export function BurnCalendar({ points, now }: BurnCalendarProps): JSX.Element | null {
  const words = useStore(useApp().words)
  const days = useMemo(() => burnByDay(points, now, localZone).slice(-MOST_DAYS), [points])
  const most = Math.max(...days.map((day) => day.burnedRatio), 0.0001)
  const date = new Intl.DateTimeFormat(words.locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  })
  if (days.length === 0) return null
  return (
    <section>
      <h2>{words.t('analytics.days')}</h2>
      <p class="soft small">
        {words.t('analytics.daysHint')} {words.t('analytics.daysMost', percentText(most))}
      </p>
      <ol class="days">
        {days.map(({ day, burnedRatio }) => {
          const said = words.t(
            'analytics.dayCell',
            date.format(Date.parse(`${day}T00:00:00Z`)),
            percentText(burnedRatio),
          )
          return (
            <li key={day} title={said}>
              <span class="day-fill" style={{ blockSize: `${(burnedRatio / most) * 100}%` }} />
              <span class="hidden">{said}</span>
            </li>
          )
        })}
      </ol>
      <p class="strip-ends soft small" aria-hidden="true">
        <span>{date.format(Date.parse(`${days[0]?.day}T00:00:00Z`))}</span>
        <span>{days.length > 1 ? date.format(Date.parse(`${days.at(-1)?.day}T00:00:00Z`)) : ''}</span>
      </p>
    </section>
  )
}
