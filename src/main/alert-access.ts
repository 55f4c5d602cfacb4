import { AlertBook } from '../alerts/alert-book.ts'
import { acknowledge, type Desk, snoozeAlert, snoozeTarget, unsnooze } from '../alerts/person.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Alert } from '../model/alerts.ts'
import type { AlertDesk, App } from '../model/app.ts'
import { alertsOverview, rehearseNow, switchNow, testChannelNow } from './alert-commands.ts'
import { boardOf } from './kept-board.ts'
import { rulesOf } from './parts.ts'
import { namesOf, type PastAccessOptions, withOwnStore, withStore } from './past-access.ts'

export interface AlertAccessOptions extends PastAccessOptions {
  readonly loaded: LoadedConfig
  /** Lists the accounts without asking any service. */
  readonly snapshot: App['snapshot']
}

/** Alerts and the switch for the command line: from the daemon when one runs, else from the file. */
export function createAlertAccess(
  options: AlertAccessOptions,
): Pick<App, 'alerts' | 'alertDesk' | 'testChannel' | 'rehearseAlerts' | 'switchAccount'> {
  const { context } = options
  return {
    alerts: async (query) => {
      const daemon = await options.daemon()
      if (daemon !== null) return { ...(await daemon.client.alertsOverview(query)), live: true }
      return withStore(options, async (history) => {
        const overview = alertsOverview({ config: options.config(), context, history }, query)
        const names = await namesOf(history, options)
        const shown = shownBy(names)
        return { ...overview, alerts: overview.alerts.map(shownAlert(names)), snoozes: overview.snoozes.map(shown) }
      })
    },
    alertDesk: async () => (await options.daemon())?.client.alertDesk ?? deskOfFile(options),
    testChannel: (channel) => testChannelNow(channel, options.config(), context),
    rehearseAlerts: (since) =>
      withStore(options, async (history) => {
        const names = await namesOf(history, options)
        return rehearseNow(since, options.config(), history, names?.shown)
      }),
    switchAccount: async (account, choice) => {
      await options.snapshot({ mode: 'fresh', accounts: [] })
      // The file of its owner knows the real names; what is shown may be pseudonyms.
      const board = await boardOf(context.paths.board, context.clock, rulesOf(options.loaded))
      return switchNow(
        account,
        choice,
        context,
        board ?? (await options.snapshot({ mode: 'fresh', accounts: [] })).document,
      )
    },
  }
}

/** Straight into the history: what is said while nobody watches counts from the next start on. */
function deskOfFile(options: PastAccessOptions): AlertDesk {
  const at = <Said>(say: (desk: Desk, names: Names) => Said): Promise<Said> =>
    withOwnStore(options, async (history) =>
      say({ history, book: new AlertBook(history), now: options.context.clock.now() }, await namesOf(history, options)),
    )
  return {
    snooze: (id, forMs) => at((desk, names) => shownAlert(names)(snoozeAlert(desk, id, forMs))),
    snoozeTarget: (target, forMs) =>
      at((desk, names) => {
        const account = target.account && (names?.real(target.account) ?? target.account)
        return shownBy(names)(snoozeTarget(desk, { ...target, account }, forMs))
      }),
    unsnooze: (id) => at((desk, names) => shownBy(names)(unsnooze(desk, id))),
    acknowledge: (id) => at((desk, names) => shownAlert(names)(acknowledge(desk, id))),
  }
}

type Names = Awaited<ReturnType<typeof namesOf>>

/** Gives what is about an account the account's shown name. */
function shownBy(names: Names): <About extends { readonly account: string | null } | null>(about: About) => About {
  return (about) =>
    names === null || about === null || about.account === null
      ? about
      : { ...about, account: names.shown(about.account) }
}

function shownAlert(names: Names): <Told extends Alert | null>(alert: Told) => Told {
  return (alert) =>
    names === null || alert === null
      ? alert
      : { ...shownBy(names)(alert), message: names.hide(alert.message, alert.account) }
}
