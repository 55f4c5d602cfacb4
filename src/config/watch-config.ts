import { isDeepStrictEqual } from 'node:util'
import type { ConfigProblem } from '../model/app.ts'
import type { Config, LoadedConfig } from './load.ts'

export type ConfigEvent =
  | {
      readonly kind: 'changed'
      readonly config: Config
      /** Dotted keys under `server` and `storage` that changed: they take effect after a restart. */
      readonly restartNeeded: readonly string[]
    }
  /** The file is wrong: nothing changed. */
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] }

export interface WatchConfigOptions {
  readonly initial: Config
  readonly load: () => Promise<LoadedConfig>
  /** Platform's watcher, bound to config.toml. */
  readonly watch: (onChange: () => void) => () => void
  readonly onEvent: (event: ConfigEvent) => void
}

/**
 * Follows config.toml: every change is read and checked; a valid one that differs is reported with what needs a
 * restart, an invalid one is reported and leaves the settings alone. Loads never overlap. Returns the stop function.
 */
export function watchConfig(options: WatchConfigOptions): () => void {
  let current = options.initial
  let stopped = false
  let running = false
  let again = false
  const reload = async (): Promise<void> => {
    if (running) {
      again = true
      return
    }
    running = true
    do {
      again = false
      const event = eventOf(current, await options.load())
      if (stopped || event === null) continue
      if (event.kind === 'changed') current = event.config
      options.onEvent(event)
    } while (again && !stopped)
    running = false
  }
  const stop = options.watch(() => {
    reload().catch(() => {
      // `load` reports what is wrong with a file as problems; should it throw all the same, the next change retries.
      running = false
    })
  })
  return () => {
    stopped = true
    stop()
  }
}

function eventOf(current: Config, loaded: LoadedConfig): ConfigEvent | null {
  if (loaded.problems.length > 0) return { kind: 'invalid', problems: loaded.problems }
  if (isDeepStrictEqual(loaded.config, current)) return null
  const restartNeeded = [
    ...changedKeys('server', current.server, loaded.config.server),
    ...changedKeys('storage', current.storage, loaded.config.storage),
  ]
  return { kind: 'changed', config: loaded.config, restartNeeded }
}

function changedKeys(table: string, before: object, after: object): string[] {
  const old = new Map<string, unknown>(Object.entries(before))
  const fresh = new Map<string, unknown>(Object.entries(after))
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((key) => !isDeepStrictEqual(old.get(key), fresh.get(key)))
    .map((key) => `${table}.${key}`)
}
