import type { QuotaDocument } from './document.ts'
import { isSameReset } from './shared-window.ts'
import { fromIso } from './time.ts'

/**
 * Marks the windows of which nothing is known but that all their models are spent. Google leaves a zero out of its
 * answers, so the summary says nothing of a spent window exactly when the model list says that its models are; but the
 * summary leaves out what it does not know as well, so no 0 is made of it (contracts section 7.1). What the models say
 * is known, and it is what a person must read first.
 */
export function markSpentModels(quotas: readonly QuotaDocument[]): readonly QuotaDocument[] {
  if (!quotas.some(isSilentWindow)) return quotas
  return quotas.map((quota) => {
    const modelsSpent = isSilentWindow(quota) && areModelsSpent(quota, quotas)
    return modelsSpent === (quota.modelsSpent ?? false) ? quota : { ...quota, modelsSpent }
  })
}

function isSilentWindow({ kind, providerPool, remainingRatio, unlimited, due, resetsAt }: QuotaDocument): boolean {
  return (
    kind === 'window' && providerPool !== null && resetsAt !== null && remainingRatio === null && !unlimited && !due
  )
}

function areModelsSpent(window: QuotaDocument, quotas: readonly QuotaDocument[]): boolean {
  const models = quotas.filter(
    ({ kind, helper, providerPool }) => kind === 'model' && !helper && providerPool === window.providerPool,
  )
  const end = fromIso(window.resetsAt)
  return (
    models.length > 0 &&
    models.every(
      ({ remainingRatio, resetsAt, due }) =>
        isSameReset(fromIso(resetsAt), end) && !due && remainingRatio !== null && remainingRatio <= 0,
    )
  )
}
