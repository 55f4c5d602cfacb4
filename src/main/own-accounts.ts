import { join } from 'node:path'
import type { LoginDeps } from '../credentials/login/deps.ts'
import { createClientFinder } from '../credentials/oauth/clients.ts'
import { createAccountsFile } from '../credentials/vault/accounts.ts'
import { type App, AppError } from '../model/app.ts'
import type { HistoryStore } from '../model/history.ts'
import type { Log, SendHttp } from '../model/ports.ts'
import { SECOND_MS } from '../model/time.ts'
import { acquireLock } from '../platform/lock.ts'
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
    purgeHistory: (id) => withHistory(parts, (history) => history.purge(id) > 0),
    renameHistory: (id, to) => withHistory(parts, (history) => void history.rename(id, to)),
  }
  const own = createOwnAccounts(deps)
  return {
    login: own.login,
    removeAccount: async (account, options) => {
      if (options.purge) await requireNoDaemon(parts)
      return own.removeAccount(account, options)
    },
    renameAccount: async (account, name) => {
      await requireNoDaemon(parts)
      return own.renameAccount(account, name)
    },
  }
}

/** The history has one writer: who polls. Checked before anything is changed. Throws AppError 1. */
async function requireNoDaemon({ context }: OwnAccountsParts): Promise<void> {
  const lock = await acquireLock(context.paths.engineLock, { role: 'command' }, context.clock)
  if (lock.kind === 'busy') throw historyInUse()
  await lock.release()
}

async function withHistory<T>(
  { context, openHistory }: OwnAccountsParts,
  use: (history: HistoryStore) => T,
): Promise<T> {
  const lock = await acquireLock(context.paths.engineLock, { role: 'command' }, context.clock)
  if (lock.kind === 'busy') throw historyInUse()
  const history = openHistory()
  try {
    return use(history)
  } finally {
    history.close()
    await lock.release()
  }
}

function historyInUse(): AppError {
  return new AppError(
    1,
    'history_in_use',
    'Another tokstat is writing the history.',
    'Stop `tokstat serve`, then try again.',
  )
}
