/** What `tokstat service` and `tokstat grafana` ask of the program and get back. Types only. */

export interface ServiceOptions {
  /** Null: the system's for root, else the user's own. */
  readonly scope: 'user' | 'system' | null
  /** Files go below this folder and nothing is started: for a machine that is being packed. Null: this machine. */
  readonly root: string | null
  /** Who a service of the system runs as; null: who called sudo, else the caller. */
  readonly runAs: string | null
  /** The working directory, where `./.env` and `./antigravity-accounts.json` count; null: the home. */
  readonly folder: string | null
  /** An age identity file for the vault, handed over by systemd (`LoadCredential`). */
  readonly vaultKey: string | null
  /** Only say what would be written. */
  readonly dryRun: boolean
}

export interface ServiceChange {
  /** The files of the service, with their whole text. Empty after an uninstall. */
  readonly files: readonly { readonly path: string; readonly text: string }[]
  /** What was done, one sentence each. */
  readonly done: readonly string[]
  /** What a person should know or do next. */
  readonly notes: readonly string[]
}

export interface ServiceState {
  /** Null: not installed. */
  readonly scope: 'user' | 'system' | null
  readonly unit: string
  /** The service manager's own word: `active`, `failed`, `inactive`, … */
  readonly state: string
}

export interface ServiceStatus extends ServiceState {
  /** Where tokstat answers; null: it does not. */
  readonly url: string | null
  /** The version of the one that answers. */
  readonly version: string | null
}

/** One dashboard as it is shipped: Grafana's JSON. */
export interface GrafanaDashboard {
  /** The name of its file, without `.json`. */
  readonly name: string
  readonly uid: string
  readonly title: string
  readonly json: Readonly<Record<string, unknown>>
}

export interface ProvisionOptions {
  /** Where Grafana answers. */
  readonly url: string
  /** A file with a token of a service account that may edit dashboards (and data sources). */
  readonly tokenFile: string
  /** The folder in Grafana. */
  readonly folder: string
  /** Prometheus as Grafana reaches it: its data source is made or corrected. Null: data sources are left alone. */
  readonly prometheusUrl: string | null
}

export interface ProvisionReport {
  readonly folder: { readonly title: string; readonly created: boolean }
  /** Null: none was asked for. */
  readonly dataSource: { readonly name: string; readonly created: boolean } | null
  readonly dashboards: readonly { readonly title: string; readonly url: string }[]
}
