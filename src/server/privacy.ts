import { createHmac } from 'node:crypto'
import type {
  AccountState,
  Attempt,
  Board,
  BoardChange,
  Engine,
  FetchObserver,
  Reading,
  RefreshOptions,
  RefreshResult,
  SourceReport,
} from '../model/index.ts'

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
  const view = new PrivateEngine(engine, key)
  return {
    engine: view,
    observer: (inner) => ({
      fetched: (event) => inner.fetched({ ...event, account: view.shownId(event.account) }),
    }),
  }
}

class PrivateEngine implements Engine {
  readonly #engine: Engine
  readonly #key: Uint8Array
  readonly #hidden = new WeakMap<AccountState, AccountState>()
  #shown: { readonly of: Board; readonly board: Board } | null = null

  constructor(engine: Engine, key: Uint8Array) {
    this.#engine = engine
    this.#key = key
  }

  board(): Board {
    return this.#hideBoard(this.#engine.board())
  }

  revision(): number {
    return this.#engine.revision()
  }

  subscribe(listener: (change: BoardChange) => void): () => void {
    let before = this.#shownIds()
    return this.#engine.subscribe((change) => {
      const now = this.#shownIds()
      const rename = (id: string): string => now.get(id) ?? before.get(id) ?? pseudonymousId(id, this.#key)
      before = now
      listener({
        revision: change.revision,
        board: this.#hideBoard(change.board),
        changed: change.changed.map(rename),
        removed: change.removed.map(rename),
      })
    })
  }

  async refresh(accounts: readonly string[] | null, options?: RefreshOptions): Promise<readonly RefreshResult[]> {
    const real = new Map([...this.#shownIds()].map(([id, shown]) => [shown, id]))
    const asked = accounts?.map((id) => real.get(id) ?? id) ?? null
    const results = await this.#engine.refresh(asked, options)
    return results.map((result) => ({
      ...result,
      account: this.shownId(result.account),
      problem: result.problem && { ...result.problem, ...hideTexts(result.problem, result, this.#key) },
    }))
  }

  sources(): readonly SourceReport[] {
    return this.#engine.sources()
  }

  isReady(): boolean {
    return this.#engine.isReady()
  }

  /** What an id of the engine is called outside. */
  shownId(id: string): string {
    return this.#shownIds().get(id) ?? pseudonymousId(id, this.#key)
  }

  #shownIds(): Map<string, string> {
    return new Map(this.#engine.board().accounts.map((state) => [state.account.id, this.#hide(state).account.id]))
  }

  #hideBoard(board: Board): Board {
    if (this.#shown?.of !== board) {
      this.#shown = { of: board, board: { accounts: board.accounts.map((state) => this.#hide(state)) } }
    }
    return this.#shown.board
  }

  /** The same object for the same state, so that whoever keeps what it made of a state can go on doing so. */
  #hide(state: AccountState): AccountState {
    const known = this.#hidden.get(state)
    if (known !== undefined) return known
    const made = hideState(state, this.#key)
    this.#hidden.set(state, made)
    return made
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
  { account, provider }: Pick<RefreshResult, 'account' | 'provider'>,
  key: Uint8Array,
): { message: string; hint: string | null } {
  const name = account.slice(provider.length + 1)
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
