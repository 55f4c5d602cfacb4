import { createHmac } from 'node:crypto'
import type { AccountState, Attempt, Board, Engine, FetchObserver, Reading, RefreshResult } from '../model/index.ts'

/** What `--privacy` puts in place of names. Only what is shown changes: the engine behind it keeps the real ones. */
export interface PrivacyView {
  readonly engine: Engine
  /** Wraps an observer so that it, too, sees pseudonyms only. */
  observer(inner: FetchObserver): FetchObserver
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** `<provider>-<6 base32 characters>`: the same for the same name and key, and not to be undone without the key. */
export function pseudonymOf(provider: string, name: string, key: Uint8Array): string {
  const digest = createHmac('sha256', key).update(`${provider}/${name}`).digest()
  let text = ''
  for (let index = 0; index < 6; index += 1) text += BASE32[(digest[index] ?? 0) & 31]
  return `${provider}-${text}`
}

/**
 * An engine that shows every e-mail and login name as a pseudonym: in ids, names, identities, notes and problems.
 * Names the user chose stay: only accounts of the vault can have one; everywhere else a name is the service's own.
 */
export function withPrivacy(engine: Engine, key: Uint8Array): PrivacyView {
  let shown: { revision: number; board: Board } | null = null
  const states = new WeakMap<AccountState, AccountState>()

  function hide(state: AccountState): AccountState {
    const known = states.get(state)
    if (known !== undefined) return known
    const made = hideState(state, key)
    states.set(state, made)
    return made
  }

  function board(): Board {
    const revision = engine.revision()
    if (shown?.revision !== revision) shown = { revision, board: { accounts: engine.board().accounts.map(hide) } }
    return shown.board
  }

  function shownIds(): Map<string, string> {
    return new Map(engine.board().accounts.map((state) => [state.account.id, hide(state).account.id]))
  }

  const view: Engine = {
    board,
    revision: () => engine.revision(),
    subscribe(listener) {
      let before = shownIds()
      return engine.subscribe((change) => {
        const now = shownIds()
        const rename = (id: string): string => now.get(id) ?? before.get(id) ?? pseudonymousId(id, key)
        listener({
          revision: change.revision,
          board: { accounts: change.board.accounts.map(hide) },
          changed: change.changed.map(rename),
          removed: change.removed.map(rename),
        })
        before = now
      })
    },
    async refresh(accounts, options) {
      const ids = shownIds()
      const real = new Map([...ids].map(([id, shownId]) => [shownId, id]))
      const asked = accounts?.map((id) => real.get(id) ?? id) ?? null
      const results = await engine.refresh(asked, options)
      return results.map(
        (result): RefreshResult => ({
          ...result,
          account: ids.get(result.account) ?? pseudonymousId(result.account, key),
          problem: result.problem && {
            ...result.problem,
            ...hideTexts(result.problem, result.account, result.provider, key),
          },
        }),
      )
    },
    sources: () => engine.sources(),
    isReady: () => engine.isReady(),
  }

  return {
    engine: view,
    observer: (inner) => ({
      fetched(event) {
        const account = shownIds().get(event.account) ?? pseudonymousId(event.account, key)
        inner.fetched({ ...event, account })
      },
    }),
  }
}

function hideState(state: AccountState, key: Uint8Array): AccountState {
  const { account } = state
  const login = state.reading?.identity.login ?? null
  const isChosen = account.sources.includes('vault') && !account.name.includes('@') && account.name !== login
  const name = isChosen ? account.name : pseudonymOf(account.provider, account.name, key)
  const secrets = [account.email, state.reading?.identity.email, login, isChosen ? null : account.name]
  const clean = cleaner(secrets, pseudonymOf(account.provider, account.name, key))
  return {
    ...state,
    account: { ...account, name, id: `${account.provider}/${name}`, email: null },
    attempt: state.attempt && hideAttempt(state.attempt, clean),
    reading: state.reading && hideReading(state.reading, clean),
  }
}

function hideAttempt(attempt: Attempt, clean: (text: string) => string): Attempt {
  const { problem } = attempt
  if (problem === null) return attempt
  const hint = problem.hint === null ? null : clean(problem.hint)
  return { ...attempt, problem: { ...problem, message: clean(problem.message), hint } }
}

function hideReading(reading: Reading, clean: (text: string) => string): Reading {
  return {
    ...reading,
    identity: { ...reading.identity, email: null, login: null },
    notes: reading.notes.map((note) => ({ ...note, message: clean(note.message) })),
    quotas: reading.quotas.map((quota) => ({ ...quota, label: clean(quota.label) })),
  }
}

function pseudonymousId(id: string, key: Uint8Array): string {
  const [provider = '', ...name] = id.split('/')
  return `${provider}/${pseudonymOf(provider, name.join('/'), key)}`
}

function hideTexts(
  problem: { readonly message: string; readonly hint: string | null },
  id: string,
  provider: string,
  key: Uint8Array,
): { message: string; hint: string | null } {
  const name = id.slice(provider.length + 1)
  const clean = cleaner([name], pseudonymOf(provider, name, key))
  return { message: clean(problem.message), hint: problem.hint === null ? null : clean(problem.hint) }
}

const EMAIL = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]+\.\p{L}{2,}/gu

/** Takes the account's own names out of a text, and then every e-mail that is still in it. */
function cleaner(names: readonly (string | null | undefined)[], pseudonym: string): (text: string) => string {
  const known = [...new Set(names)].filter((name) => name !== null && name !== undefined && name.length >= 3)
  return (text) =>
    known.reduce<string>((done, name) => done.replaceAll(name ?? '', pseudonym), text).replace(EMAIL, pseudonym)
}
