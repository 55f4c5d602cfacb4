import { AlertBook } from '../alerts/alert-book.ts'
import { readyChannel } from '../alerts/channels/registry.ts'
import { rehearse } from '../alerts/rehearse.ts'
import { DEFAULT_ALERT_RULES } from '../alerts/rules/defaults.ts'
import { readSnoozes } from '../alerts/snoozes.ts'
import { switchAccount } from '../alerts/switch.ts'
import { testChannel } from '../alerts/test-message.ts'
import { type Config, toAlertSettings, toRules } from '../config/load.ts'
import { instantText } from '../format/instant.ts'
import {
  type AlertQuery,
  type AlertRule,
  type ChannelInfo,
  type ChannelTest,
  type Rehearsal,
  ruleInfo,
  type SwitchReport,
} from '../model/alerts.ts'
import { type AlertsOverview, AppError, type SwitchOptions } from '../model/app.ts'
import type { AccountsDocument } from '../model/document.ts'
import { stateFromDocument } from '../model/document-state.ts'
import type { HistoryStore, Sample } from '../model/history.ts'
import { isHelperModel } from '../model/pool.ts'
import { didYouMean } from '../model/suggest.ts'
import { type EpochMs, epochMs } from '../model/time.ts'
import { providerPoolOf } from '../providers/antigravity/models.ts'
import { windowPoolOf } from '../providers/antigravity/summary.ts'
import { switchPorts } from './alert-parts.ts'
import { alertPorts } from './alert-ports.ts'
import type { Context } from './context.ts'

/** `alerts list|log` without a daemon: what the history and config.toml say. */
export function alertsOverview(
  { config, context, history }: { readonly config: Config; readonly context: Context; readonly history: HistoryStore },
  query: AlertQuery,
): AlertsOverview {
  const settings = toAlertSettings(config)
  const pending = history.pending(epochMs(Number.MAX_SAFE_INTEGER), 10_000)
  const channels = Object.entries(settings.channels).map(([name, channel]): ChannelInfo => {
    const waiting = pending.filter((row) => row.channel === name)
    const { type, target } = readyChannel(channel, portsOf(context))
    return { name, type, target, waiting: waiting.length, lastError: waiting[0]?.error ?? null }
  })
  return {
    alerts: new AlertBook(history).list(query),
    rules: rulesOf(settings.rules).map(ruleInfo),
    channels,
    snoozes: history.transact((tx) => readSnoozes(tx, context.clock.now()).all),
    live: false,
  }
}

function rulesOf(rules: readonly AlertRule[]): readonly AlertRule[] {
  return rules.length === 0 ? DEFAULT_ALERT_RULES : rules
}

/** `alerts test`: from this process, with or without a daemon. Throws AppError 4 for an unknown channel. */
export function testChannelNow(channel: string, config: Config, context: Context): Promise<ChannelTest> {
  return testChannel(channel, {
    clock: context.clock,
    ports: portsOf(context),
    settings: toAlertSettings(config),
    link: () => null,
  })
}

/** `alerts rehearse` over a history that is open. `shown` gives the name under which an account is talked about. */
export function rehearseNow(
  since: EpochMs,
  config: Config,
  history: HistoryStore,
  shown: (account: string) => string = (account) => account,
): Rehearsal {
  const series = history.series({ since, points: 1 })
  const kinds = new Map(
    series.map(({ account, quota, label, kind }) => [
      `${shown(account)}\n${quota}`,
      { label, kind, ...poolFacts(account, quota) },
    ]),
  )
  return rehearse({
    samples: namedSamples(history.samples({ since }), shown),
    describe: (account, quota) => kinds.get(`${account}\n${quota}`) ?? { label: quota, kind: 'window' },
    alertRules: rulesOf(toAlertSettings(config).rules),
    rules: toRules(config),
    since,
    instant: instantText(null),
  })
}

/** What the history does not keep of Antigravity's quotas: which of them share an allowance, and which never count. */
function poolFacts(account: string, quota: string): { readonly helper: boolean; readonly providerPool: string | null } {
  if (!account.startsWith('antigravity/')) return { helper: false, providerPool: null }
  return { helper: isHelperModel(quota), providerPool: windowPoolOf(quota) ?? providerPoolOf(quota) }
}

function* namedSamples(samples: Iterable<Sample>, shown: (account: string) => string): Generator<Sample> {
  for (const sample of samples) {
    const account = shown(sample.account)
    const name = account === sample.account ? sample.name : account.slice(account.indexOf('/') + 1)
    yield { ...sample, account, name }
  }
}

/** `switch`: by id or name. Throws AppError 4 for an account that is not known or fits two. */
export function switchNow(
  wanted: string,
  options: SwitchOptions,
  context: Context,
  document: AccountsDocument,
): Promise<SwitchReport> {
  const found = document.accounts.filter((account) => account.id === wanted || account.name === wanted)
  const exact = found.find((account) => account.id === wanted)
  const ours = found.filter((account) => account.provider === 'antigravity')
  const account = exact ?? (ours.length === 1 ? ours[0] : undefined) ?? (found.length === 1 ? found[0] : undefined)
  if (account === undefined) {
    const ids = (found.length > 0 ? found : document.accounts.filter((one) => one.provider === 'antigravity')).map(
      (one) => one.id,
    )
    const message =
      found.length > 0
        ? `"${wanted}" fits more than one account: ${ids.join(', ')}.`
        : `There is no account "${wanted}".`
    const near = didYouMean(wanted, [...ids, ...ids.map((id) => id.slice(id.indexOf('/') + 1))])
    const known = ids.length === 0 ? null : `Known accounts: ${ids.join(', ')}.`
    const hint = found.length > 0 ? 'Use one of these ids.' : [near, known].filter(Boolean).join(' ') || null
    throw new AppError(4, found.length > 0 ? 'ambiguous_account' : 'unknown_account', message, hint)
  }
  return switchAccount({ state: stateFromDocument(account), ...options }, switchPorts(context))
}

function portsOf({ clock, environment }: Context): ReturnType<typeof alertPorts> {
  return alertPorts({ clock, get: environment.get, platform: environment.platform, home: environment.home })
}
