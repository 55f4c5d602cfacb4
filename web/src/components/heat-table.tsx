import type { JSX } from 'preact'
import { useMemo } from 'preact/hooks'
import { type EpochMs, heatMap, type UsagePoint } from '../../../src/model/index.ts'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import { sharePerHour } from '../view/small-share.ts'
import { localZone, shade } from '../view/usage.ts'
import { ShadeScale } from './shade-scale.tsx'

interface HeatTableProps {
  readonly points: readonly UsagePoint[]
  readonly now: EpochMs
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour)
/** 2024-01-01 was a Monday. */
const A_MONDAY = Date.UTC(2024, 0, 1, 12)
const DAY_MS = 86_400_000

/** Burn by hour of the week: a real table, whose cells say their number to those who cannot see the shade. */
export function HeatTable({ points, now }: HeatTableProps): JSX.Element {
  const words = useStore(useApp().words)
  const cells = useMemo(() => heatMap(points, now, localZone), [points])
  const most = Math.max(...cells.map((cell) => cell.burnedRatio ?? 0))
  const weekday = new Intl.DateTimeFormat(words.locale, { weekday: 'short', timeZone: 'UTC' })
  return (
    <section class="heat-room">
      <h2>{words.t('analytics.hours')}</h2>
      <p class="soft small">{words.t('analytics.hoursHint')}</p>
      <table class="heat">
        <thead>
          <tr>
            <td />
            {HOURS.map((hour) => (
              <th key={hour} scope="col">
                <span class={hour % 6 === 0 ? undefined : hour % 3 === 0 ? 'where-roomy' : 'hidden'}>{hour}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[0, 1, 2, 3, 4, 5, 6].map((day) => {
            const name = weekday.format(A_MONDAY + day * DAY_MS)
            return (
              <tr key={day}>
                <th scope="row">{name}</th>
                {cells.slice(day * 24, day * 24 + 24).map(({ hour, burnedRatio }) => {
                  const said = words.t('analytics.cell', name, String(hour), sharePerHour(burnedRatio))
                  return (
                    <td key={hour} data-shade={shade(burnedRatio, most) ?? 'unknown'} title={said}>
                      <span class="hidden">{sharePerHour(burnedRatio)}</span>
                    </td>
                  )
                })}
              </tr>
            )
          })}
        </tbody>
      </table>
      <ShadeScale />
    </section>
  )
}
