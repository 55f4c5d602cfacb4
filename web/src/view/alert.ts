import type { Alert } from '../../../src/model/index.ts'

/** Whether something that came over the wire can be shown as an alert. */
export function isAlert(value: unknown): value is Alert {
  if (typeof value !== 'object' || value === null) return false
  const facts = value as Readonly<Record<string, unknown>>
  return typeof facts['id'] === 'string' && typeof facts['message'] === 'string' && typeof facts['at'] === 'string'
}
