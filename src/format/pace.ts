import type { QuotaDocument } from '../model/document.ts'
import type { Pace } from '../model/forecast.ts'
import { percentText } from './percent.ts'

type Paced = Pick<QuotaDocument, 'level'> & { readonly forecast: { readonly pace: Pace | null } | null }

/** The pace that is worth saying; null while there is none. What is spent goes on at no pace. */
export function saidPace({ level, forecast }: Paced): Pace | null {
  return level === 'exhausted' ? null : (forecast?.pace ?? null)
}

/** `on pace`, `12% in reserve`, `8% in deficit`; empty while there is nothing to say. */
export function paceText(quota: Paced): string {
  const pace = saidPace(quota)
  if (pace === null) return ''
  if (pace.word === 'on_pace') return 'on pace'
  return `${percentText(Math.abs(pace.deltaRatio))} ${pace.word === 'in_reserve' ? 'in reserve' : 'in deficit'}`
}
