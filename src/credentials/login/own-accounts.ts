import { randomBytes } from 'node:crypto'
import {
  type App,
  AppError,
  type LoginDialog,
  type LoginOptions,
  type OwnAccountInfo,
  type RemovedAccount,
  type RemoveOptions,
} from '../../model/app.ts'
import type { Secret } from '../../model/secret.ts'
import { didYouMean } from '../../model/suggest.ts'
import { toIso } from '../../model/time.ts'
import { type OwnAccount, sameName } from '../vault/accounts.ts'
import { grantFiles } from '../vault/grants.ts'
import { withLock } from '../vault/locked.ts'
import { encodeRecord } from '../vault/record.ts'
import { type SecretStore, VaultError } from '../vault/store.ts'
import { KEY_SERVICES, keyLogin } from './api-key.ts'
import type { LoginDeps, Obtained } from './deps.ts'
import { deviceLogin } from './device.ts'
import { googleLogin } from './google.ts'
import { checkedName, findOwn, idOf, requireFree } from './names.ts'

/** The accounts we own: what `login`, `remove` and `rename` do. Rejects with AppError only. */
export type OwnAccounts = Pick<App, 'login' | 'removeAccount' | 'renameAccount'>

export function createOwnAccounts(deps: LoginDeps): OwnAccounts {
  return {
    login: (options, dialog) => explained(login(options, deps, dialog)),
    removeAccount: (account, options) => explained(remove(account, options, deps)),
    renameAccount: (account, name) => explained(rename(account, name, deps)),
  }
}

/** A store that cannot be used ends a command like any failure of this machine. */
async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof VaultError) throw new AppError(1, 'vault_unavailable', error.message, error.hint)
    throw error
  }
}

async function login(options: LoginOptions, deps: LoginDeps, dialog: LoginDialog): Promise<OwnAccountInfo> {
  const obtain = flowFor(options, deps, dialog)
  const wanted = options.name === null ? null : checkedName(options.name)
  if (wanted !== null) await checkFree(wanted, options, deps)
  // Before anybody signs in: what is obtained must have a safe place.
  const { store, note } = await deps.stores.choose()
  if (note !== null) dialog.say(note)
  const obtained = await obtain()
  const name = wanted ?? checkedName(obtained.email ?? obtained.login ?? options.provider)
  return keep({ options, obtained, name, store }, deps)
}

async function checkFree(name: string, options: LoginOptions, deps: LoginDeps): Promise<void> {
  if (options.replace) return
  requireFree(
    name,
    await deps.accounts.list(),
    'Add --replace to log in to it anew, or --name to give this one another name.',
  )
}

type Flow = (options: LoginOptions, deps: LoginDeps, dialog: LoginDialog) => Promise<Obtained>

const google =
  (provider: 'antigravity' | 'gemini-cli'): Flow =>
  ({ browser }, deps, dialog) =>
    googleLogin({ provider, browser }, deps, dialog)

/** How each service is logged in to that can be; the others' logins belong to their own tools. */
const FLOWS: Readonly<Record<string, Flow>> = {
  ...Object.fromEntries(
    Object.entries(KEY_SERVICES).map(([provider, service]): [string, Flow] => [
      provider,
      ({ keyFromStdin }, deps, dialog) => keyLogin(service, keyFromStdin, deps, dialog),
    ]),
  ),
  antigravity: google('antigravity'),
  'gemini-cli': google('gemini-cli'),
  copilot: ({ browser }, deps, dialog) => deviceLogin(browser, deps, dialog),
}

/** What is done for a provider; throws AppError 4 for one that cannot be logged in to, before anything happens. */
function flowFor(options: LoginOptions, deps: LoginDeps, dialog: LoginDialog): () => Promise<Obtained> {
  const { provider, keyFromStdin } = options
  const flow = Object.hasOwn(FLOWS, provider) ? FLOWS[provider] : undefined
  if (flow === undefined) throw noFlow(provider, deps)
  if (keyFromStdin && !Object.hasOwn(KEY_SERVICES, provider)) {
    throw new AppError(4, 'bad_argument', `--key-stdin: ${provider} is not logged in to with a key.`)
  }
  return () => flow(options, deps, dialog)
}

function noFlow(provider: string, { providers }: LoginDeps): AppError {
  const able = Object.keys(FLOWS).sort()
  const list = `tokstat can log in to ${able.join(', ')}. \`tokstat providers\` says how to sign in to the others.`
  if (!providers.includes(provider)) {
    const hint = [didYouMean(provider, able), list].filter(Boolean).join(' ')
    return new AppError(4, 'unknown_provider', `There is no provider "${provider}".`, hint)
  }
  const why = `tokstat cannot log in to ${provider} itself: it reads the login of that service's own tool.`
  return new AppError(4, 'no_login', why, list)
}

interface Kept {
  readonly options: LoginOptions
  readonly obtained: Obtained
  readonly name: string
  readonly store: SecretStore
}

/** The secret first, then the metadata that names it; if the second fails, the first is undone. */
async function keep({ options, obtained, name, store }: Kept, deps: LoginDeps): Promise<OwnAccountInfo> {
  await checkFree(name, options, deps)
  const before = (await deps.accounts.list()).find((account) => sameName(account.name, name)) ?? null
  const now = toIso(deps.ports.clock.now())
  const account: OwnAccount = {
    name,
    provider: options.provider,
    email: obtained.email,
    login: obtained.login,
    subject: obtained.subject,
    createdAt: before?.createdAt || now,
    lastUpdated: now,
    store: store.kind,
    grant: randomBytes(8).toString('hex'),
  }
  const old = await store.get(name)
  await store.set(name, encodeRecord(obtained.record))
  try {
    await deps.accounts.put(account)
  } catch (error) {
    await putBack(store, name, old)
    throw error
  }
  if (before !== null && (before.name !== name || before.store !== store.kind)) {
    await dropOld(deps.stores.of(before.store), before.name, { store, name, secret: encodeRecord(obtained.record) })
  }
  return infoOf(account, deps)
}

/** Deletes an old entry; to a keyring that does not tell `a` from `A` it may have been the new one. */
async function dropOld(
  from: SecretStore,
  oldName: string,
  kept: { readonly store: SecretStore; readonly name: string; readonly secret: Secret },
): Promise<void> {
  await from.delete(oldName)
  if ((await kept.store.get(kept.name)) === null) await kept.store.set(kept.name, kept.secret)
}

async function putBack(store: SecretStore, name: string, old: Secret | null): Promise<void> {
  if (old === null) await store.delete(name)
  else await store.set(name, old)
}

/** The secret first: what is left after a failure is an account that can be removed again, never a secret without one. */
async function remove(wanted: string, options: RemoveOptions, deps: LoginDeps): Promise<RemovedAccount> {
  const accounts = await deps.accounts.list()
  const isGone = !accounts.some((account) => sameName(account.name, wanted) || idOf(account) === wanted)
  // An account that was removed before still has its history, under its id.
  if (isGone && options.purge && wanted.includes('/') && (await deps.purgeHistory(wanted))) {
    return { id: wanted, name: wanted.slice(wanted.indexOf('/') + 1), purged: true }
  }
  const account = findOwn(accounts, wanted)
  const { lock, intent } = grantFiles(deps.ports, deps.stateFolder, account.name)
  await withLock(deps.ports, lock, async () => {
    await deps.stores.of(account.store).delete(account.name)
    await deps.accounts.remove(account.name)
    await deps.ports.files.remove(intent)
  })
  const id = idOf(account)
  if (options.purge) await deps.purgeHistory(id)
  return { id, name: account.name, purged: options.purge }
}

async function rename(wanted: string, to: string, deps: LoginDeps): Promise<OwnAccountInfo> {
  const name = checkedName(to)
  const accounts = await deps.accounts.list()
  const account = findOwn(accounts, wanted)
  if (account.name === name) return infoOf(account, deps)
  const others = accounts.filter((other) => other !== account)
  requireFree(name, others, 'Choose another name, or remove that account first.')
  const store = deps.stores.of(account.store)
  const { lock } = grantFiles(deps.ports, deps.stateFolder, account.name)
  const renamed = { ...account, name }
  await withLock(deps.ports, lock, async () => {
    // First, because it may refuse: another account may have had the new name before.
    await deps.renameHistory(idOf(account), { id: idOf(renamed), name })
    try {
      await moveSecret(store, account, renamed, deps)
    } catch (error) {
      await deps.renameHistory(idOf(renamed), { id: idOf(account), name: account.name })
      throw error
    }
  })
  return infoOf(renamed, deps)
}

async function moveSecret(store: SecretStore, from: OwnAccount, to: OwnAccount, deps: LoginDeps): Promise<void> {
  const secret = await store.get(from.name)
  if (secret !== null) await store.set(to.name, secret)
  await deps.accounts.rename(from.name, to.name)
  if (secret !== null) await dropOld(store, from.name, { store, name: to.name, secret })
}

function infoOf(account: OwnAccount, { stores }: LoginDeps): OwnAccountInfo {
  const { name, provider, email } = account
  return { id: idOf(account), name, provider, email, keptIn: stores.of(account.store).describe() }
}
