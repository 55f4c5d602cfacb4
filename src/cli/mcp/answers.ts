import { headline } from '../../format/headline.ts'
import { instantText } from '../../format/instant.ts'
import { paceText } from '../../format/pace.ts'
import { leftText } from '../../format/percent.ts'
import { problemSentence } from '../../format/status-words.ts'
import { verdictText } from '../../format/verdict-words.ts'
import type { App } from '../../model/app.ts'
import { isOutdated } from '../../model/binding.ts'
import type { AccountDocument, AccountsDocument, QuotaDocument } from '../../model/document.ts'
import { bestOfDocument } from '../../model/document-state.ts'
import type { Forecast } from '../../model/forecast.ts'
import { checkProvider, checkQuota, pickAccounts } from '../pick.ts'

/** What an agent asks about; nothing: everything. */
export interface Wanted {
  readonly provider?: string | undefined
  readonly account?: string | undefined
  readonly quota?: string | undefined
}

interface QuotaAnswer {
  readonly id: string
  readonly label: string
  /** `31% left`: never a bare number, so that nobody mistakes it for what is used. */
  readonly left: string
  readonly remainingRatio: number | null
  readonly resetsAt: string | null
  /** `Lasts until reset`, `Runs out Thu 14:00, 2h 0m before reset`. */
  readonly verdict: string
}

export interface AccountAnswer {
  readonly id: string
  readonly plan: string | null
  readonly status: string
  readonly problem: string | null
  readonly observedAt: string | null
  /** The numbers are too old to rely on. */
  readonly isStale: boolean
  readonly quotas: readonly QuotaAnswer[]
}

export interface QuotasAnswer {
  readonly headline: string
  readonly accounts: readonly AccountAnswer[]
}

export interface ForecastAnswer {
  readonly forecasts: readonly {
    readonly account: string
    readonly quota: string
    readonly label: string
    readonly verdict: string
    readonly pace: string | null
    /** Null: still learning. */
    readonly forecast: Forecast | null
  }[]
}

/** The accounts asked for; readings younger than their interval are not asked for again. Throws AppError 4. */
async function read(app: App, wanted: Wanted): Promise<{ whole: AccountsDocument; chosen: AccountsDocument }> {
  const { document } = await app.snapshot({ mode: 'fresh' })
  if (wanted.provider !== undefined) {
    checkProvider(
      wanted.provider,
      (await app.providers()).map((info) => info.id),
    )
  }
  const filter = { provider: wanted.provider ?? null, account: wanted.account ?? null }
  const chosen = pickAccounts(document, filter)
  checkQuota(wanted.quota ?? null, chosen.accounts)
  return { whole: document, chosen }
}

export async function quotasAnswer(app: App, timeZone: string | null, wanted: Wanted): Promise<QuotasAnswer> {
  const { whole, chosen } = await read(app, wanted)
  const now = app.now()
  const instant = instantText(timeZone)
  const best = bestOfDocument(chosen, {}, now, app.rules)
  return {
    headline: headline({ document: chosen, whole, best, now, instant }),
    accounts: chosen.accounts.map((account) => ({
      id: account.id,
      plan: account.plan?.name ?? account.plan?.id ?? null,
      status: account.status,
      problem: problemSentence(account, now, instant),
      observedAt: account.observedAt,
      isStale: isOutdated(account, now),
      quotas: shown(account, wanted).map((quota) => ({
        id: quota.id,
        label: quota.label,
        left: leftOf(quota),
        remainingRatio: quota.due ? null : quota.remainingRatio,
        resetsAt: quota.resetsAt,
        verdict: verdictText(quota, now, isOutdated(account, now), instant),
      })),
    })),
  }
}

function shown(account: AccountDocument, { quota }: Wanted): readonly QuotaDocument[] {
  return account.quotas.filter((one) => (quota === undefined ? !one.helper : one.id === quota))
}

function leftOf(quota: QuotaDocument): string {
  if (quota.unlimited) return 'no limit'
  if (quota.due) return 'resetting'
  if (quota.remainingRatio !== null) return leftText(quota.remainingRatio)
  if (quota.remaining !== null) return `${quota.remaining} ${quota.unit} left`
  return quota.used === null ? 'unknown' : `${quota.used} ${quota.unit} used`
}

export async function forecastAnswer(app: App, timeZone: string | null, wanted: Wanted): Promise<ForecastAnswer> {
  const { chosen } = await read(app, wanted)
  const now = app.now()
  const instant = instantText(timeZone)
  return {
    forecasts: chosen.accounts.flatMap((account) =>
      shown(account, wanted)
        .filter((quota) => quota.resetsAt !== null)
        .map((quota) => ({
          account: account.id,
          quota: quota.id,
          label: quota.label,
          verdict: verdictText(quota, now, isOutdated(account, now), instant),
          pace: paceText(quota) || null,
          forecast: quota.forecast,
        })),
    ),
  }
}
