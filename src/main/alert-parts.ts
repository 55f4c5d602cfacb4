import { createAutoSwitch } from '../alerts/auto-switch-runner.ts'
import { localMinuteOfDay } from '../alerts/quiet.ts'
import { createAlerts, type RunningAlerts } from '../alerts/service.ts'
import { type SwitchPorts, switchAccount } from '../alerts/switch.ts'
import { type Config, toAlertSettings } from '../config/load.ts'
import { antigravityAccountsFiles } from '../credentials/places.ts'
import { instantText } from '../format/instant.ts'
import type { Alert, AlertSources } from '../model/alerts.ts'
import type { Engine } from '../model/engine.ts'
import type { HistoryStore } from '../model/history.ts'
import type { Log } from '../model/ports.ts'
import type { Rules } from '../model/settings.ts'
import { SECOND_MS } from '../model/time.ts'
import { readGuarded } from '../platform/files.ts'
import { editUnderOwnersLock } from '../platform/locked-edit.ts'
import { random } from '../platform/process.ts'
import { alertPorts } from './alert-ports.ts'
import type { Context } from './context.ts'
import type { Alongside } from './keep-history.ts'
import { sourceEnvironment } from './parts.ts'

export interface AlertPartsOptions {
  readonly context: Context
  readonly log: Log
  readonly history: HistoryStore
  /** The settings in force; follows a reload. */
  readonly config: () => Config
  readonly rules: () => Rules
  /** The engine's own board (not the one of privacy), and the forecasts. */
  readonly sources: AlertSources
  /** What an account id is called outside. */
  readonly shown: (account: string) => string
  /** What a sentence about an account reads like outside. */
  readonly hide: (text: string, account: string | null) => string
  readonly publish: (alert: Alert) => void
  readonly counted: (event: string, channel: string, outcome: string) => void
  /** Where the web page answers; null: nowhere (yet). */
  readonly link: () => string | null
}

export interface AlertParts {
  readonly alerts: RunningAlerts
  /** What each finished attempt makes fire, written in its own transaction. */
  readonly alongside: Alongside
  /** Begins: deliveries, ages, auto-switch. Returns the stop function. */
  start(engine: Engine): () => Promise<void>
}

/** The alerts of the daemon, connected to this machine. */
export function openAlerts(options: AlertPartsOptions): AlertParts {
  const { context, log, history, config, rules, sources } = options
  const { clock, environment } = context
  const { platform, home } = environment
  const alerts = createAlerts({
    ...options,
    clock,
    random,
    settings: () => toAlertSettings(config()),
    ports: alertPorts({ clock, get: environment.get, platform, home }),
    instant: instantText(null),
    minuteOf: localMinuteOfDay,
  })
  const autoSwitch = createAutoSwitch({
    clock,
    log,
    history,
    rules,
    sources,
    settings: () => {
      const { enabled, dry_run, min_remaining, cooldown } = config().auto_switch
      return { enabled, dryRun: dry_run, minRemainingRatio: min_remaining, cooldownMs: cooldown }
    },
    perform: (state, pool, dryRun) => switchAccount({ state, pool, dryRun }, switchPorts(context)),
    announce: (message, account) => alerts.announce('auto_switch', message, account),
  })
  return {
    alerts,
    alongside: alongsideOf(alerts, sources),
    start(engine) {
      alerts.start()
      const unsubscribe = engine.subscribe(({ removed }) => {
        alerts.forget(removed)
        void autoSwitch.consider()
      })
      return async () => {
        unsubscribe()
        await alerts.stop()
      }
    },
  }
}

function alongsideOf(alerts: RunningAlerts, sources: AlertSources): Alongside {
  return {
    write(after, tx) {
      const before = sources.board().accounts.find((state) => state.account.id === after.account.id) ?? null
      alerts.onAttempt({ before, after }, tx)
    },
    done: () => alerts.committed(),
  }
}

/** How long an owner that keeps the file in memory may take to write its own choice back. */
const SETTLE_MS = 1.5 * SECOND_MS

/** The files of the Antigravity accounts, as a switch may touch them. */
export function switchPorts(context: Context): SwitchPorts {
  const { clock } = context
  const [here, ...owners] = antigravityAccountsFiles(sourceEnvironment(context))
  return {
    // The working directory's own file is not its owner's, so it comes last.
    files: here === undefined ? owners : [...owners, here],
    readText: async (path) => {
      const read = await readGuarded(path, clock)
      return read.kind === 'text' ? read.text : null
    },
    edit: (path, change) => editUnderOwnersLock(path, change, clock),
    settle: () => new Promise((resolve) => clock.after(SETTLE_MS, resolve)),
  }
}
