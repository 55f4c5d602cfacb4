import type { AccountState, Board } from '../model/account.ts'
import type { SourceReport } from '../model/credential.ts'
import type { BoardChange, Engine } from '../model/engine.ts'
import type { RefreshResult } from '../model/ports.ts'

/** Turns an e-mail or login name into its stable stand-in, such as `claude-k3v7qa`. */
export type Pseudonym = (provider: string, text: string) => string

/** Stand-ins of ids that are remembered, those of gone accounts included. */
const MOST_IDS = 10_000
const EMAIL = /[\w.+%-]+@[\w-]+(?:\.[\w-]+)+/g

/**
 * The same engine with every e-mail and login name replaced in what it gives out: ids, names, e-mails and texts.
 * Names that the user chose stay (unless they hold an e-mail). What goes in is mapped back; nothing else changes.
 */
export function withPrivacy(engine: Engine, pseudonym: Pseudonym): Engine {
  const states = new WeakMap<AccountState, AccountState>()
  const boards = new WeakMap<Board, Board>()

  function veilState(state: AccountState): AccountState {
    const known = states.get(state)
    if (known !== undefined) return known
    const veiled = veil(state, pseudonym)
    states.set(state, veiled)
    return veiled
  }

  function veilBoard(board: Board): Board {
    const known = boards.get(board)
    if (known !== undefined) return known
    const veiled = { accounts: board.accounts.map(veilState) }
    boards.set(board, veiled)
    return veiled
  }

  function veilChange(change: BoardChange): BoardChange {
    const changed = new Set(change.changed)
    return {
      revision: change.revision,
      board: veilBoard(change.board),
      changed: change.board.accounts
        .filter((state) => changed.has(state.account.id))
        .map((state) => veilState(state).account.id),
      removed: change.removed.map(veilGoneId),
    }
  }

  /** Ids of accounts that have left; remembered by their stand-ins while the board still had them. */
  const veiledIds = new Map<string, string>()
  function noteIds(board: Board): void {
    if (veiledIds.size > MOST_IDS) veiledIds.clear()
    for (const state of board.accounts) veiledIds.set(state.account.id, veilState(state).account.id)
  }
  function veilGoneId(id: string): string {
    return veiledIds.get(id) ?? veilText(id, id.split('/')[0] ?? '', [], pseudonym)
  }

  function realIds(accounts: readonly string[]): readonly string[] {
    const real = new Map(engine.board().accounts.map((state) => [veilState(state).account.id, state.account.id]))
    return accounts.flatMap((id) => real.get(id) ?? [])
  }

  function veilResult(result: RefreshResult): RefreshResult {
    const state = engine.board().accounts.find((one) => one.account.id === result.account)
    const names = state ? namesOf(state) : []
    const hide = (text: string): string => veilText(text, result.provider, names, pseudonym)
    const { problem } = result
    return {
      ...result,
      account: state ? veilState(state).account.id : hide(result.account),
      problem: problem && { ...problem, message: hide(problem.message), hint: problem.hint && hide(problem.hint) },
    }
  }

  return {
    board: () => {
      noteIds(engine.board())
      return veilBoard(engine.board())
    },
    revision: () => engine.revision(),
    subscribe: (listener) => {
      noteIds(engine.board())
      return engine.subscribe((change) => {
        const veiled = veilChange(change)
        noteIds(change.board)
        listener(veiled)
      })
    },
    refresh: async (accounts, options) => {
      const results = await engine.refresh(accounts && realIds(accounts), options)
      return results.map(veilResult)
    },
    sources: () => engine.sources().map((report) => veilReport(report, pseudonym)),
    isReady: () => engine.isReady(),
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
