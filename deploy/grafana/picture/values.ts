/** Values as Grafana writes and colours them: the units that these dashboards use. */
import type { FieldDefaults } from './board.ts'

/** Grafana's colours by name. */
const COLOURS: Readonly<Record<string, string>> = {
  green: '#73bf69',
  yellow: '#fade2a',
  orange: '#ff9830',
  red: '#f2495c',
  blue: '#5794f2',
  purple: '#b877d9',
  text: '#ccccdc',
}

/** The classic palette: one colour a series, in its order. */
const PALETTE = [
  '#73bf69',
  '#f2cc0c',
  '#8ab8ff',
  '#ff780a',
  '#f2495c',
  '#5794f2',
  '#b877d9',
  '#705da0',
  '#37872d',
  '#fade2a',
]

export const paletteColour = (index: number): string => PALETTE[index % PALETTE.length] ?? '#73bf69'

export const namedColour = (name: string): string => COLOURS[name] ?? name

export function thresholdColour({ thresholds }: FieldDefaults, value: number): string {
  const reached = thresholds.steps.filter((step) => step.value === null || value >= step.value)
  return namedColour(reached.at(-1)?.color ?? 'text')
}

/** `now`: unix seconds. */
export function textOf(defaults: FieldDefaults, value: number, now: number): string {
  const mapped = defaults.mappings?.find(({ type }) => type === 'value')?.options[String(value)]?.text
  if (mapped !== undefined) return mapped
  if (!Number.isFinite(value)) return String(value)
  const digits = defaults.decimals
  switch (defaults.unit) {
    case 'percent':
      return `${round(value, digits ?? 1)}%`
    case 'percentunit':
      return `${round(value * 100, digits ?? 1)}%`
    case 's':
      return scaled(value, [
        ['ms', 0.001],
        ['s', 1],
        ['mins', 60],
        ['hours', 3600],
        ['days', 86_400],
        ['weeks', 604_800],
      ])
    case 'bytes':
      return scaled(value, [
        ['B', 1],
        ['KiB', 1024],
        ['MiB', 1024 ** 2],
        ['GiB', 1024 ** 3],
      ])
    case 'reqpm':
      return `${round(value, 2)} req/min`
    case 'currencyUSD':
      return `$${value.toFixed(digits ?? 2)}`
    case 'dateTimeFromNow':
      return fromNow(value / 1000 - now)
    default:
      return defaults.unit?.startsWith('suffix:') === true
        ? `${round(value, digits ?? 2)}${defaults.unit.slice('suffix:'.length)}`
        : round(value, digits ?? 2)
  }
}

function round(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)))
}

function scaled(value: number, units: readonly (readonly [string, number])[]): string {
  const [name, size] = units.findLast(([, each]) => Math.abs(value) >= each) ?? units[0] ?? ['', 1]
  const shown = value / size
  return `${Number(shown.toPrecision(3))} ${name}`
}

function fromNow(seconds: number): string {
  const away = Math.abs(seconds)
  const [count, unit] =
    away < 90
      ? [1, 'minute']
      : away < 5400
        ? [away / 60, 'minute']
        : away < 129_600
          ? [away / 3600, 'hour']
          : [away / 86_400, 'day']
  const whole = Math.round(count)
  const words = whole === 1 ? `${unit === 'hour' ? 'an' : 'a'} ${unit}` : `${whole} ${unit}s`
  return seconds < 0 ? `${words} ago` : `in ${words}`
}
