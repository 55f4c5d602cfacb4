import type { LoadedConfig } from '../config/load.ts'
import type { App } from '../model/app.ts'
import { alertsOverview, rehearseNow, switchNow, testChannelNow } from './alert-commands.ts'
import { boardOf } from './kept-board.ts'
import { rulesOf } from './parts.ts'
import { namesOf, type PastAccessOptions, withStore } from './past-access.ts'

export interface AlertAccessOptions extends PastAccessOptions {
  readonly loaded: LoadedConfig
  /** Lists the accounts without asking any service. */
  readonly snapshot: App['snapshot']
}

/** Alerts and the switch for the command line: from the daemon when one runs, else from the file. */
export function createAlertAccess(
  options: AlertAccessOptions,
): Pick<App, 'alerts' | 'testChannel' | 'rehearseAlerts' | 'switchAccount'> {
  const { context } = options
  return {
    alerts: async (query) => {
      const daemon = await options.daemon()
      if (daemon !== null) return { ...(await daemon.client.alertsOverview(query)), live: true }
      return withStore(options, async (history) => {
        const overview = alertsOverview({ config: options.config(), context, history }, query)
        const names = await namesOf(history, options)
        if (names === null) return overview
        const shown = (account: string | null): string | null => account && names.shown(account)
        return { ...overview, alerts: overview.alerts.map((alert) => ({ ...alert, account: shown(alert.account) })) }
      })
    },
    testChannel: (channel) => testChannelNow(channel, options.config(), context),
    rehearseAlerts: (since) => withStore(options, (history) => rehearseNow(since, options.config(), history)),
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
