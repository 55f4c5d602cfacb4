import { join } from 'node:path'
import type { LoginDeps } from '../credentials/login/deps.ts'
import { createClientFinder } from '../credentials/oauth/clients.ts'
import { createAccountsFile } from '../credentials/vault/accounts.ts'
import type { App } from '../model/app.ts'
import type { HistoryStore } from '../model/history.ts'
import type { Log, SendHttp } from '../model/ports.ts'
import { SECOND_MS } from '../model/time.ts'
import { providers } from '../providers/registry.ts'
import type { Context } from './context.ts'
import { openStores, vaultPorts } from './own-vault.ts'
import { openCredentialPorts, sourceEnvironment } from './parts.ts'

/** How long one request of a login may take: connect, headers and body. */
const TIMEOUT_MS = 15 * SECOND_MS

export interface OwnAccountsParts {
  readonly context: Context
  readonly log: Log
  readonly send: SendHttp
  /** Opened for `remove --purge` and `rename` alone, and closed again. */
  readonly openHistory: () => HistoryStore
}

/** `login`, `remove` and `rename`, with everything that belongs to a login loaded only now. */
export async function openOwnAccounts(
  parts: OwnAccountsParts,
): Promise<Pick<App, 'login' | 'removeAccount' | 'renameAccount'>> {
  const { createOwnAccounts } = await import('../credentials/login/own-accounts.ts')
  const { desktop } = await import('../platform/desktop.ts')
  const { context, log, send } = parts
  const { environment, paths } = context
  const ports = vaultPorts(context, log)
  const deps: LoginDeps = {
    ports,
    stores: openStores(context, log),
    accounts: createAccountsFile({ ports, path: paths.accounts, lockPath: join(paths.state, 'accounts.lock') }),
    stateFolder: paths.state,
    send: (request, signal) => send({ ...request, timeoutMs: TIMEOUT_MS }, signal),
    clients: createClientFinder(sourceEnvironment(context), openCredentialPorts(context, log)),
    providers: providers.map((provider) => provider.id),
    upstream: environment.upstream,
    desktop: desktop({ platform: environment.platform, get: environment.get }),
    purgeHistory: async (id) => withHistory(parts, (history) => history.purge(id) > 0),
    renameHistory: async (id, to) => withHistory(parts, (history) => void history.rename(id, to)),
  }
  return createOwnAccounts(deps)
}

function withHistory<T>({ openHistory }: OwnAccountsParts, use: (history: HistoryStore) => T): T {
  const history = openHistory()
  try {
    return use(history)
  } finally {
    history.close()
  }
}
