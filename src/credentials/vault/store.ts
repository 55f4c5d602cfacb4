import type { Secret } from '../../model/secret.ts'

export type StoreKind = 'keyring' | 'vault-file'

/** Keeps one secret a name. Every method rejects with `VaultError` and nothing else. */
export interface SecretStore {
  readonly kind: StoreKind
  /** Null: there is none of that name. */
  get(name: string): Promise<Secret | null>
  set(name: string, secret: Secret): Promise<void>
  /** False: there was none. */
  delete(name: string): Promise<boolean>
  /** Where it keeps them, as a person would say it. */
  describe(): string
}

/** A store that cannot be used now. Message and hint are written by us and hold no secret. */
export class VaultError extends Error {
  override readonly name = 'VaultError'
  /** What to do. */
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}
