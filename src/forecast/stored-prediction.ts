import type { Prediction } from '../model/forecast-score.ts'

/** Whether a stored value still has the shape of a prediction: an older or damaged one is passed over. */
export function isPrediction(value: unknown): value is Prediction {
  if (typeof value !== 'object' || value === null) return false
  const fields: Readonly<Record<string, unknown>> = { ...value }
  const numbers = ['madeAt', 'horizon', 'usedRatio', 'probability', 'low', 'high']
  return (
    ['account', 'quota', 'model'].every((name) => typeof fields[name] === 'string') &&
    numbers.every((name) => Number.isFinite(fields[name])) &&
    (fields['outcome'] === null || isOutcome(fields['outcome']))
  )
}

function isOutcome(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const fields: Readonly<Record<string, unknown>> = { ...value }
  return typeof fields['ranOut'] === 'boolean' && (fields['usedRatio'] === null || Number.isFinite(fields['usedRatio']))
}
