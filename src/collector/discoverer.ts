import type { KnownLogin } from '../model/credential.ts'
import type { CredentialStore, Discovery, Log } from '../model/ports.ts'
import { describeFault } from './faults.ts'

/** Looks at the login files, one look at a time. */
export interface Discoverer {
  /** Resolves when a look that began after this call has been taken in. */
  look(): Promise<void>
  hasLooked(): boolean
}

export interface DiscovererDeps {
  readonly store: CredentialStore
  readonly log: Log
  /** The logins of an earlier process. */
  readonly known: () => readonly KnownLogin[]
  readonly take: (discovery: Discovery) => void
}

/**
 * Looks never overlap: an older look that ends late could bring back what a newer one has seen go. Calls that come
 * while one is under way share the next.
 */
export function createDiscoverer({ store, log, known, take }: DiscovererDeps): Discoverer {
  let current: Promise<void> = Promise.resolve()
  let queued: Promise<void> | null = null
  let looked = false

  async function lookOnce(): Promise<void> {
    queued = null
    try {
      take(await store.discover(looked ? [] : known()))
      looked = true
    } catch (thrown) {
      log.error('Looking for logins failed; the known accounts stay.', describeFault(thrown))
    }
  }

  return {
    look: () => {
      if (queued === null) {
        queued = current.then(lookOnce)
        current = queued
      }
      return queued
    },
    hasLooked: () => looked,
  }
}
