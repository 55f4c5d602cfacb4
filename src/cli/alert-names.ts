import type { Alert } from '../model/alerts.ts'
import { type AlertsOverview, type App, AppError } from '../model/app.ts'
import { didYouMean } from '../model/suggest.ts'
import { findAccount } from './pick.ts'

/** As many alerts may fire at once as the log is asked for. */
export const MOST_FIRING = 2_000

/** What a word in `alerts snooze|ack` means. */
export type AlertName =
  | { readonly kind: 'alert'; readonly alert: Alert }
  | { readonly kind: 'rule'; readonly rule: string }
  | { readonly kind: 'account'; readonly account: string }

/** An alert that fires, by its id, else a rule, else an account. Throws AppError 4 with the nearest name. */
export async function findAlertName(app: App, overview: AlertsOverview, word: string): Promise<AlertName> {
  const alert = overview.alerts.find((one) => one.id === word && one.state === 'firing')
  if (alert !== undefined) return { kind: 'alert', alert }
  if (isRule(overview, word)) return { kind: 'rule', rule: word }
  const { document } = await app.snapshot({ mode: 'fresh', accounts: [] })
  const { accounts } = document
  if (accounts.some(({ id, name }) => id === word || name === word)) {
    return { kind: 'account', account: findAccount(accounts, word).id }
  }
  const rules = overview.rules.map(({ name }) => name)
  const near = didYouMean(word, [...rules, ...accounts.flatMap(({ id, name }) => [id, name])])
  const hint = [near, `Known rules: ${rules.join(', ')}.`, '`tokstat alerts list` shows what fires, with its id.']
  throw new AppError(
    4,
    'unknown_alert',
    `There is no firing alert, rule or account "${word}".`,
    hint.filter((part) => part !== null).join(' '),
  )
}

/** Throws AppError 4 for a rule that is not known, naming those that are. */
export function checkRule(overview: AlertsOverview, rule: string): void {
  if (isRule(overview, rule)) return
  const rules = overview.rules.map(({ name }) => name)
  const hint = [didYouMean(rule, rules), `Known rules: ${rules.join(', ')}.`].filter((part) => part !== null)
  throw new AppError(4, 'unknown_rule', `There is no rule "${rule}".`, hint.join(' '))
}

/** `offline` is no rule of config.toml: it is what tokstat says when most services cannot be reached. */
function isRule({ rules }: AlertsOverview, word: string): boolean {
  return word === 'offline' || rules.some(({ name }) => name === word)
}
