import type { JSX } from 'preact'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import { shade } from '../view/usage.ts'
import { ShadeScale } from './shade-scale.tsx'

interface HeatTableProps {
  readonly hint: string
  /** 168 of them, Monday 00:00 first; null: never seen. */
  readonly cells: readonly (number | null)[]
  /** A cell's number, in words. */
  readonly text: (value: number | null) => string
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour)
/** 2024-01-01 was a Monday. */
const A_MONDAY = Date.UTC(2024, 0, 1, 12)
const DAY_MS = 86_400_000

/** Burn by hour of the week: a real table, whose cells say their number to those who cannot see the shade. */
export function HeatTable({ hint, cells, text }: HeatTableProps): JSX.Element {
  const words = useStore(useApp().words)
  const most = Math.max(...cells.map((value) => value ?? 0))
  const weekday = new Intl.DateTimeFormat(words.locale, { weekday: 'short', timeZone: 'UTC' })
  return (
    <section class="heat-room">
      <h2>{words.t('analytics.hours')}</h2>
      <p class="soft small">{hint}</p>
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
                {HOURS.map((hour) => {
                  const value = cells[day * 24 + hour] ?? null
                  const said = words.t('analytics.cell', name, String(hour), text(value))
                  return (
                    <td key={hour} data-shade={shade(value, most) ?? 'unknown'} title={said}>
                      <span class="hidden">{text(value)}</span>
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
