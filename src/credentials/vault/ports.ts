import type { Clock, Log } from '../../model/ports.ts'
import type { LockOutcome } from '../../platform/lock.ts'

/** What a look at one file that nobody else may see came to. */
type PrivateRead =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  /** Open to others, of another user, a link, not a file, or unreadable; one sentence for people that names the path. */
  | { readonly kind: 'refused'; readonly detail: string }

/** Files of ours that hold or open secrets. */
export interface PrivateFiles {
  /** Refuses a link, a file that neither we nor root own, and (unless it may) one that others can read. */
  read(path: string, openness?: 'may-be-open'): Promise<PrivateRead>
  /** Atomic, 0600 in a folder of 0700. Rejects with the system's error. */
  write(path: string, text: string): Promise<void>
  /** No error when it is not there. */
  remove(path: string): Promise<void>
  /** Takes a lock that ends with this process, or says who has it. */
  lock(path: string): Promise<LockOutcome>
}

/** All that the accounts of our own may touch of the machine. */
export interface VaultPorts {
  readonly files: PrivateFiles
  readonly clock: Clock
  readonly log: Log
  /** Digest of the parts, 16 hex digits. */
  hash(...parts: string[]): string
}
