import type { CredentialPorts } from '../credentials/ports.ts'
import type { Clock, Log } from '../model/ports.ts'
import { readGuarded, readStableJson } from '../platform/files.ts'
import { createKeychainReader } from '../platform/keychain.ts'
import { findOnPath, listFolder, scanFile } from '../platform/lookup.ts'
import { fingerprint } from '../platform/process.ts'
import { createRowReader } from '../platform/sqlite-reader.ts'
import { watchPlaces } from '../platform/watch.ts'

export interface SystemPortsOptions {
  readonly clock: Clock
  readonly log: Log
  /** The value of a variable of the environment; null when it is not set. */
  readonly get: (name: string) => string | null
  readonly platform: string
}

/** The machine as `credentials/` may see it: everything reads, nothing writes. */
export function systemPorts({ clock, log, get, platform }: SystemPortsOptions): CredentialPorts {
  return {
    readText: (path, form) => (form === 'json' ? readStableJson(path, clock) : readGuarded(path, clock)),
    readRows: createRowReader({ clock }),
    listFolder,
    findOnPath: (name) => findOnPath(name, get('PATH') ?? '', platform),
    scanFile,
    readKeychain: createKeychainReader({ platform, get }),
    watchPlaces: (paths, onChange) => watchPlaces(paths, onChange, { clock, log }),
    hash: fingerprint,
    clock,
    log,
  }
}
