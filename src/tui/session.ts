import type { Alert } from '../model/alerts.ts'
import type { LiveSession, ProviderInfo } from '../model/app.ts'
import type { SourceReport } from '../model/credential.ts'
import type { Clock } from '../model/ports.ts'
import type { Rules } from '../model/settings.ts'
import type { KeptUi } from './ui-state.ts'

/** All that the dashboard needs of the program; main gives it. */
export interface DashboardDeps {
  readonly clock: Clock
  readonly rules: Rules
  readonly timeZone: string | null
  readonly upstream: string | null
  readonly color: boolean
  readonly session: LiveSession
  readonly providers: () => Promise<readonly ProviderInfo[]>
  readonly sources: () => Promise<readonly SourceReport[]>
  readonly rename: (account: string, name: string) => Promise<void>
  readonly remove: (account: string) => Promise<void>
  /** A whole login on the normal screen. Resolves with the sentence to show afterwards. */
  readonly login: (provider: string, name: string | null) => Promise<string>
  /** Null: alerts are not kept here. */
  readonly alerts: () => Promise<readonly Alert[] | null>
  readonly keep: (ui: KeptUi) => Promise<void>
  readonly kept: KeptUi
}
