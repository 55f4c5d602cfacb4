import type { AccountState, Board } from '../model/account.ts'
import type { SourceReport } from '../model/credential.ts'
import type { BoardChange, Engine, RefreshOptions } from '../model/engine.ts'
import type { RefreshResult } from '../model/ports.ts'

/** Turns an e-mail or login name into its stable stand-in, such as `claude-k3v7qa`. */
export type Pseudonym = (provider: string, text: string) => string

/** Stand-ins of ids that are remembered, those of gone accounts included. */
const MOST_IDS = 10_000
export const EMAIL = /[\w.+%-]+@[\w-]+(?:\.[\w-]+)+/g

/**
 * The same engine with every e-mail and login name replaced in what it gives out: ids, names, e-mails and texts.
 * Names that the user chose stay (unless they hold an e-mail). What goes in is mapped back; nothing else changes.
 */
export function withPrivacy(engine: Engine, pseudonym: Pseudonym): Engine {
  const view = new VeiledEngine(engine, pseudonym)
  return {
    board: () => view.board(),
    revision: () => engine.revision(),
    subscribe: (listener) => view.subscribe(listener),
    refresh: (accounts, options) => view.refresh(accounts, options),
    sources: () => engine.sources().map((report) => veilReport(report, pseudonym)),
    isReady: () => engine.isReady(),
  }
}

class VeiledEngine {
  readonly #engine: Engine
  readonly #pseudonym: Pseudonym
  readonly #states = new WeakMap<AccountState, AccountState>()
  readonly #boards = new WeakMap<Board, Board>()
  readonly #veiledIds = new Map<string, string>()

  constructor(engine: Engine, pseudonym: Pseudonym) {
    this.#engine = engine
    this.#pseudonym = pseudonym
  }

  board(): Board {
    this.#noteIds(this.#engine.board())
    return this.#veilBoard(this.#engine.board())
  }

  subscribe(listener: (change: BoardChange) => void): () => void {
    this.#noteIds(this.#engine.board())
    return this.#engine.subscribe((change) => {
      const veiled = this.#veilChange(change)
      this.#noteIds(change.board)
      listener(veiled)
    })
  }

  async refresh(accounts: readonly string[] | null, options?: RefreshOptions): Promise<readonly RefreshResult[]> {
    const results = await this.#engine.refresh(accounts && this.#realIds(accounts), options)
    return results.map((result) => this.#veilResult(result))
  }

  #veilState(state: AccountState): AccountState {
    const known = this.#states.get(state)
    if (known !== undefined) return known
    const veiled = veil(state, this.#pseudonym)
    this.#states.set(state, veiled)
    return veiled
  }

  #veilBoard(board: Board): Board {
    const known = this.#boards.get(board)
    if (known !== undefined) return known
    const veiled: Board = { accounts: board.accounts.map((one) => this.#veilState(one)) }
    this.#boards.set(board, veiled)
    return veiled
  }

  #veilChange(change: BoardChange): BoardChange {
    const changed = new Set(change.changed)
    return {
      revision: change.revision,
      board: this.#veilBoard(change.board),
      changed: change.board.accounts
        .filter((state) => changed.has(state.account.id))
        .map((state) => this.#veilState(state).account.id),
      removed: change.removed.map((one) => this.#veilGoneId(one)),
    }
  }

  /** Ids of accounts are remembered, so that one that has left is still named as it was. */
  #noteIds(board: Board): void {
    if (this.#veiledIds.size > MOST_IDS) this.#veiledIds.clear()
    for (const state of board.accounts) this.#veiledIds.set(state.account.id, this.#veilState(state).account.id)
  }
  #veilGoneId(id: string): string {
    return this.#veiledIds.get(id) ?? veilText(id, id.split('/')[0] ?? '', [], this.#pseudonym)
  }

  #realIds(accounts: readonly string[]): readonly string[] {
    const real = new Map(
      this.#engine.board().accounts.map((state) => [this.#veilState(state).account.id, state.account.id]),
    )
    return accounts.flatMap((id) => real.get(id) ?? [])
  }

  #veilResult(result: RefreshResult): RefreshResult {
    const state = this.#engine.board().accounts.find((one) => one.account.id === result.account)
    const names = state ? namesOf(state) : []
    const hide = (text: string): string => veilText(text, result.provider, names, this.#pseudonym)
    const { problem } = result
    return {
      ...result,
      account: state ? this.#veilState(state).account.id : hide(result.account),
      problem: problem && { ...problem, message: hide(problem.message), hint: problem.hint && hide(problem.hint) },
    }
  }
}

function veil(state: AccountState, pseudonym: Pseudonym): AccountState {
  const { account, attempt, reading } = state
  const names = namesOf(state)
  const hide = (text: string): string => veilText(text, account.provider, names, pseudonym)
  const hideOrNull = (text: string | null): string | null => (text === null ? null : pseudonym(account.provider, text))
  const name = veilName(state, pseudonym, hide)
  const problem = attempt?.problem ?? null
  return {
    ...state,
    account: { ...account, id: `${account.provider}/${name}`, name, email: hideOrNull(account.email) },
    attempt: attempt && {
      ...attempt,
      problem: problem && { ...problem, message: hide(problem.message), hint: problem.hint && hide(problem.hint) },
    },
    reading: reading && {
      ...reading,
      identity: {
        ...reading.identity,
        email: hideOrNull(reading.identity.email),
        login: hideOrNull(reading.identity.login),
      },
      notes: reading.notes.map((note) => ({ ...note, message: hide(note.message) })),
      via: hide(reading.via),
    },
  }
}

/** A personal name becomes its stand-in; the part that tells namesakes apart stays. */
function veilName({ account }: AccountState, pseudonym: Pseudonym, hide: (text: string) => string): string {
  const { name, nameFrom } = account
  if (nameFrom === 'user' || nameFrom === 'place')
    return name.replace(EMAIL, (mail) => pseudonym(account.provider, mail))
  const mark = name.indexOf('#')
  const [base, rest] = mark < 0 ? [name, ''] : [name.slice(0, mark), name.slice(mark)]
  return pseudonym(account.provider, base) + hide(rest)
}

/** What must not be read in any text about this account. */
function namesOf({ account, reading }: AccountState): readonly string[] {
  const { nameFrom, name } = account
  const personal = nameFrom === 'user' || nameFrom === 'place' ? null : (name.split('#')[0] ?? null)
  const names = [account.email, personal, reading?.identity.email, reading?.identity.login]
  const real = names.filter((one) => one !== null && one !== undefined && one.length > 1)
  return [...new Set(real as string[])].sort((a, b) => b.length - a.length)
}

function veilText(text: string, provider: string, names: readonly string[], pseudonym: Pseudonym): string {
  let veiled = text
  for (const name of names) veiled = veiled.split(name).join(pseudonym(provider, name))
  return veiled.replace(EMAIL, (mail) => pseudonym(provider, mail))
}

function veilReport(report: SourceReport, pseudonym: Pseudonym): SourceReport {
  const hide = (text: string): string => veilText(text, report.source, [], pseudonym)
  return { ...report, place: hide(report.place), detail: report.detail && hide(report.detail) }
}
