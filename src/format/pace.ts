import type { Forecast } from '../model/forecast.ts'
import { percentText } from './percent.ts'

/** `on pace`, `12% in reserve`, `8% in deficit`; empty while there is nothing to say. */
export function paceText(forecast: Pick<Forecast, 'pace'> | null): string {
  const pace = forecast?.pace ?? null
  if (pace === null) return ''
  if (pace.word === 'on_pace') return 'on pace'
  return `${percentText(Math.abs(pace.deltaRatio))} ${pace.word === 'in_reserve' ? 'in reserve' : 'in deficit'}`
}
