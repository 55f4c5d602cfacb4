import type { App } from '../model/app.ts'
import type { BestDocument, BestQuery } from '../model/best.ts'
import { checkModel, checkPool, checkProvider, pickAccounts } from './pick.ts'

/** Which account to use next. Throws AppError 4 for a service, model or pool that nobody knows, naming the known ones. */
export async function askBest(app: App, query: BestQuery): Promise<BestDocument> {
  const { model, pool, provider } = query
  if (provider !== undefined) {
    const known = await app.providers()
    checkProvider(
      provider,
      known.map((info) => info.id),
    )
  }
  const best = await app.best(query)
  if (model === undefined && pool === undefined) return best
  // After the question, when everything that is due has been read; this asks nobody.
  const { document } = await app.snapshot({ mode: 'fresh', accounts: [] })
  const { accounts } = pickAccounts(document, { provider: provider ?? null, account: null })
  if (model !== undefined) checkModel(model, accounts, provider !== undefined)
  if (pool !== undefined) checkPool(pool, accounts)
  return best
}
