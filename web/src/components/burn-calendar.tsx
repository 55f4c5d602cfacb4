import type { JSX } from 'preact'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'

interface CalendarDay {
  /** `2026-11-22` */
  readonly day: string
  readonly burned: number
  /** How many quotas of how many were seen where some were not; absent or null: it is whole. */
  readonly seen?: readonly [seen: number, all: number] | null
}

interface BurnCalendarProps {
  readonly hint: string
  /** Oldest first. */
  readonly days: readonly CalendarDay[]
  /** A day's number, in words. */
  readonly text: (burned: number) => string
}

const MOST_DAYS = 60

/** Burn by day: a bar a day, its number in words. */
export function BurnCalendar({ hint, days: all, text }: BurnCalendarProps): JSX.Element | null {
  const words = useStore(useApp().words)
  const days = all.slice(-MOST_DAYS)
  const most = Math.max(...days.map((day) => day.burned), 0.0001)
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
        {hint} {words.t('analytics.daysMost', text(most))}
      </p>
      <ol class="days">
        {days.map(({ day, burned, seen }) => {
          const whole = words.t('analytics.dayCell', date.format(Date.parse(`${day}T00:00:00Z`)), text(burned))
          const said = seen ? words.t('analytics.daySeen', whole, ...seen) : whole
          return (
            <li key={day} data-partly={seen ? '' : undefined} title={said}>
              <span class="day-fill" style={{ blockSize: `${(burned / most) * 100}%` }} />
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
