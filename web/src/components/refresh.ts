import { ClientError } from '../../../src/client/errors.ts'
import { type EpochMs, fromIso } from '../../../src/model/index.ts'
import type { App } from '../app-context.ts'

const TOAST_MS = 5_000

/** Reads what is shown now (the account of the view, else all), and says what it came to. */
export async function refreshShown(app: App): Promise<void> {
  await refresh(app, app.place.get().account)
}

/** Resolves with the instant from which it may be asked again, when this was too soon; else null. */
export async function refresh(app: App, account: string | null): Promise<EpochMs | null> {
  const words = app.words.get()
  say(app, words.t('account.refreshing'))
  try {
    const results = await app.client.refresh(account)
    const now = app.ticker.now()
    const failed = results.find((result) => result.outcome === 'failed')
    const waits = results.every((result) => result.outcome === 'cooldown')
    const retryAt = results.map((result) => fromIso(result.retryAt)).find((at) => at !== null) ?? null
    if (account !== null && failed !== undefined) say(app, words.t('account.failed', failed.problem?.message ?? ''))
    else if (waits) say(app, words.t('account.cooldown', words.countdown(retryAt, now)))
    else say(app, words.t('account.refreshed'))
    return waits ? retryAt : null
  } catch (error) {
    say(app, error instanceof ClientError ? error.message : words.t('error.title'))
    return error instanceof ClientError ? fromIso(error.retryAt) : null
  }
}

/** A sentence at the foot of the page, for a moment. */
export function say(app: App, text: string): void {
  app.toast.set(text)
  setTimeout(() => {
    if (app.toast.get() === text) app.toast.set(null)
  }, TOAST_MS)
}
