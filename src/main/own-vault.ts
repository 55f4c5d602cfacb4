import { join } from 'node:path'
import { createStores, type Stores } from '../credentials/vault/choose.ts'
import { createOwnAccess, type OwnAccess } from '../credentials/vault/own-access.ts'
import type { VaultPorts } from '../credentials/vault/ports.ts'
import type { Log } from '../model/ports.ts'
import { privateFiles } from '../platform/private-file.ts'
import { fingerprint } from '../platform/process.ts'
import type { Context } from './context.ts'

/** What our own accounts may touch of the machine. */
export function vaultPorts({ environment, clock }: Context, log: Log): VaultPorts {
  const { credentialsDirectory } = environment.vault
  return { files: privateFiles({ clock, credentialsDirectory }), clock, log, hash: fingerprint }
}

/** Where secrets of ours are kept; nothing is opened before it is used. */
export function openStores(context: Context, log: Log): Stores {
  const { environment, paths } = context
  return createStores({
    vaultFile: {
      ports: vaultPorts(context, log),
      key: environment.vault,
      path: paths.vault,
      sealedKeyPath: paths.vaultKey,
      lockPath: join(paths.state, 'vault.lock'),
    },
  })
}

/** Tokens of the accounts we own: what the store of credentials is given as `own`. */
export function openOwnAccess(context: Context, log: Log): OwnAccess {
  const stores = openStores(context, log)
  return createOwnAccess({ stores, ports: vaultPorts(context, log), stateFolder: context.paths.state })
}
