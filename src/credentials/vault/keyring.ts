import type { Clock } from '../../model/ports.ts'
import { Secret } from '../../model/secret.ts'
import { MINUTE_MS, SECOND_MS } from '../../model/time.ts'
import { type SecretStore, VaultError } from './store.ts'

const SERVICE = 'tokstat'
/** A keyring that is locked may wait for a person; a monitor must not (C25). */
const LIMIT_MS = 5 * SECOND_MS
/** After a call that never came back: its thread is still busy, and another would be as well. */
const PAUSE_MS = MINUTE_MS

/** The part of @napi-rs/keyring that is used. */
interface KeyringEntry {
  getPassword(signal?: AbortSignal): Promise<string | null>
  setPassword(password: string, signal?: AbortSignal): Promise<void>
  deleteCredential(signal?: AbortSignal): Promise<boolean>
}

export interface KeyringModule {
  readonly AsyncEntry: new (
    service: string,
    user: string,
    options: { readonly linux: { readonly store: 'secret-service' } },
  ) => KeyringEntry
}

export interface KeyringOptions {
  readonly clock: Clock
  /** Loaded at the first use, so that nobody without an account of ours pays for it. */
  readonly load?: () => Promise<KeyringModule>
}

/**
 * The keyring of the operating system. On Linux it is Secret Service or nothing: the library's own choice would fall
 * back to the kernel's keyring, which a reboot empties.
 */
export function createKeyring({ clock, load = loadModule }: KeyringOptions): SecretStore {
  let module: Promise<KeyringModule> | null = null
  let pausedUntilMs = Number.NEGATIVE_INFINITY

  async function call<T>(name: string, run: (entry: KeyringEntry, signal: AbortSignal) => Promise<T>): Promise<T> {
    if (clock.monotonicMs() < pausedUntilMs) throw tooSlow()
    const stop = new AbortController()
    let timer = { cancel: (): void => undefined }
    const late = new Promise<never>((_resolve, reject) => {
      timer = clock.after(LIMIT_MS, () => {
        pausedUntilMs = clock.monotonicMs() + PAUSE_MS
        reject(tooSlow())
        stop.abort()
      })
    })
    const work = async (): Promise<T> => {
      module ??= load()
      const { AsyncEntry } = await module
      return run(new AsyncEntry(SERVICE, name, { linux: { store: 'secret-service' } }), stop.signal)
    }
    const answer = work().catch((error: unknown) => Promise.reject(explained(error)))
    // When it is late, nobody listens to its own end any more.
    answer.catch(() => undefined)
    try {
      return await Promise.race([answer, late])
    } finally {
      timer.cancel()
    }
  }

  return {
    kind: 'keyring',
    get: async (name) => {
      const found = await call(name, (entry, signal) => entry.getPassword(signal))
      return found === null || found === undefined ? null : new Secret(found)
    },
    set: (name, secret) => call(name, (entry, signal) => entry.setPassword(secret.reveal(), signal)),
    delete: (name) => call(name, (entry, signal) => entry.deleteCredential(signal)),
    describe: () => 'the keyring of this system (service "tokstat")',
  }
}

async function loadModule(): Promise<KeyringModule> {
  return import('@napi-rs/keyring')
}

function tooSlow(): VaultError {
  return new VaultError(
    'The keyring of this system did not answer within 5 s.',
    'Unlock it (a login to the desktop does), or answer its question if one is open.',
  )
}

/** The library's own messages name its parts and not what a person can do, so they are only read for what is meant. */
function explained(error: unknown): VaultError {
  if (error instanceof VaultError) return error
  const text = error instanceof Error ? error.message.toLowerCase() : ''
  if (error instanceof Error && 'code' in error && /^(ERR_)?MODULE_NOT_FOUND$/.test(String(error.code))) {
    return new VaultError(
      'This installation of tokstat cannot use the keyring of the system.',
      'Install it with npm and its optional packages, or use the vault file (docs/accounts.md).',
    )
  }
  if (/lock|prompt|dismiss/.test(text)) {
    return new VaultError('The keyring of this system is locked.', 'Unlock it, then try again.')
  }
  return new VaultError(
    'There is no keyring that works here.',
    'On a desktop start gnome-keyring or KWallet; on a server use the vault file (docs/accounts.md).',
  )
}
