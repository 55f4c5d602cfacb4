import { type Account, type AccountState, AppError, type SwitchReport } from '../model/index.ts'
import { addMember, membersAt, setNumber } from './json-edit.ts'

/** The newest layout of antigravity-accounts.json that is known. */
const NEWEST_VERSION = 4
/** The families that the file's owner keeps an index of. */
const FAMILIES = ['claude', 'gemini'] as const

export interface SwitchPlan {
  /** The whole new text; every byte that is not an index is the old one. */
  readonly text: string
  readonly changes: SwitchReport['changes']
}

/**
 * Makes an account the active one in the text of antigravity-accounts.json: with a pool that family's entry of
 * `activeIndexByFamily`, without one `activeIndex` and every family. Null: the account is not in this file. Throws
 * AppError for a file that must not be touched. Pure.
 */
export function planSwitch(
  text: string,
  account: Pick<Account, 'name' | 'email'>,
  pool: string | null,
): SwitchPlan | null {
  const file = parsedFile(text)
  const index = indexOf(file.accounts, account)
  if (index === null) return null
  if (fieldOf(file.accounts[index], 'enabled') === false) {
    throw new AppError(4, 'account_disabled', 'This account is switched off in the file of its owner.', null)
  }
  const families = typeof file.byFamily === 'object' && file.byFamily !== null ? file.byFamily : null
  if (pool !== null) checkPool(pool, families)
  const names = pool === null ? [...new Set([...FAMILIES, ...Object.keys(families ?? {})])] : [pool]
  const changes: { readonly key: string; readonly from: number | null; readonly to: number }[] = []
  let next = text
  if (pool === null) {
    next = setNumber(next, 0, 'activeIndex', index) ?? next
    changes.push({ key: 'activeIndex', from: numberOf(file.active), to: index })
  }
  for (const name of names) {
    next = withFamily(next, name, index)
    changes.push({ key: `activeIndexByFamily.${name}`, from: numberOf(fieldOf(families, name)), to: index })
  }
  return { text: next, changes: changes.filter((change) => change.from !== change.to) }
}

function checkPool(pool: string, families: object | null): void {
  const known = [...new Set([...FAMILIES, ...Object.keys(families ?? {})])]
  if (known.includes(pool)) return
  throw new AppError(4, 'unknown_pool', `There is no pool "${pool}" in this file.`, `Known pools: ${known.join(', ')}.`)
}

function withFamily(text: string, family: string, index: number): string {
  const holder = membersAt(text, 0)?.members.get('activeIndexByFamily')
  const inner = holder === undefined ? null : setNumber(text, holder.start, family, index)
  if (inner !== null) return inner
  if (holder !== undefined) {
    // Something that is no object (null): it is replaced as a whole.
    return `${text.slice(0, holder.start)}${JSON.stringify({ [family]: index })}${text.slice(holder.end)}`
  }
  return addMember(text, 0, 'activeIndexByFamily', JSON.stringify({ [family]: index })) ?? text
}

interface AccountsFile {
  readonly accounts: readonly unknown[]
  readonly active: unknown
  readonly byFamily: unknown
}

function parsedFile(text: string): AccountsFile {
  const file = parsed(text)
  const accounts = fieldOf(file, 'accounts')
  const version = fieldOf(file, 'version')
  if (!Array.isArray(accounts)) {
    throw new AppError(
      1,
      'unknown_file',
      'The file of the Antigravity accounts is not understood.',
      'Nothing was changed.',
    )
  }
  if (typeof version === 'number' && version > NEWEST_VERSION) {
    throw new AppError(
      1,
      'newer_file',
      `The file has a newer version (${version}).`,
      'Nothing was changed. Update tokstat.',
    )
  }
  return { accounts, active: fieldOf(file, 'activeIndex'), byFamily: fieldOf(file, 'activeIndexByFamily') }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // What is no JSON is half written, or not that file; the parser's words may quote a token.
    return null
  }
}

/** By e-mail; where several entries share it, by the project behind the `#` of the account's name. */
function indexOf(accounts: readonly unknown[], { name, email }: Pick<Account, 'name' | 'email'>): number | null {
  const wanted = (email ?? name.split('#')[0] ?? '').toLowerCase()
  const found = accounts.flatMap((entry, index) => {
    const theirs = fieldOf(entry, 'email')
    return typeof theirs === 'string' && theirs.toLowerCase() === wanted ? [index] : []
  })
  if (found.length === 0) return byNumber(accounts, name)
  if (found.length === 1) return found[0] ?? null
  const project = name.slice(name.indexOf('#') + 1)
  const exact = found.filter((index) =>
    ['projectId', 'managedProjectId'].some((field) => fieldOf(accounts[index], field) === project),
  )
  if (exact.length === 1) return exact[0] ?? null
  throw new AppError(4, 'ambiguous_account', 'The file has several entries of this account.', 'Nothing was changed.')
}

/** `account 2`: an entry without an e-mail is named by its place in the list. */
function byNumber(accounts: readonly unknown[], name: string): number | null {
  const number = Number(/^account (\d+)$/.exec(name)?.[1] ?? Number.NaN)
  const entry = accounts[number - 1]
  return entry !== undefined && typeof fieldOf(entry, 'email') !== 'string' ? number - 1 : null
}

function fieldOf(holder: unknown, name: string): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return undefined
  return (holder as Readonly<Record<string, unknown>>)[name]
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

/** Whether the indices in a text are still what a switch has made of them: the owner may have written its own back. */
function isKept(text: string, changes: SwitchReport['changes']): boolean {
  const file = parsed(text)
  return changes.every(({ key, to }) => {
    const [outer = '', inner] = key.split('.')
    const value = fieldOf(file, outer)
    return (inner === undefined ? value : fieldOf(value, inner)) === to
  })
}

/** Throws AppError 4 for an account that no antigravity-accounts.json can make active. */
function checkSwitchable({ account }: Pick<AccountState, 'account'>): void {
  if (account.provider === 'antigravity' && account.sources.includes('antigravity-accounts')) return
  throw new AppError(
    4,
    'not_switchable',
    `${account.id} is not an account of antigravity-accounts.json.`,
    'Only accounts of the OpenCode Antigravity plugin can be switched.',
  )
}

/** All that a switch may touch. */
export interface SwitchPorts {
  /** The places of the file, the owner's own first. */
  readonly files: readonly string[]
  readText(path: string): Promise<string | null>
  edit(
    path: string,
    change: (text: string) => string | null,
  ): Promise<
    | { readonly kind: 'written' | 'unchanged' | 'absent' | 'busy' }
    | { readonly kind: 'refused'; readonly detail: string }
  >
  /** Waits long enough for an owner that keeps the file in memory to write its own choice back. */
  settle(): Promise<void>
}

export interface SwitchRequest {
  readonly state: Pick<AccountState, 'account'>
  readonly pool: string | null
  readonly dryRun: boolean
}

/** `tokstat switch`. Throws AppError when nothing was switched. */
export async function switchAccount({ state, pool, dryRun }: SwitchRequest, ports: SwitchPorts): Promise<SwitchReport> {
  checkSwitchable(state)
  const { account } = state
  for (const file of ports.files) {
    const text = await ports.readText(file)
    const plan = text === null ? null : planSwitch(text, account, pool)
    if (plan === null) continue
    const report = { account: account.id, file, changes: plan.changes, dryRun }
    if (dryRun || plan.changes.length === 0) return { ...report, kept: null }
    // Planned again on the text under the lock: the list may have moved since.
    let changes: SwitchReport['changes'] = plan.changes
    const edited = await ports.edit(file, (present) => {
      const again = planSwitch(present, account, pool)
      changes = again?.changes ?? []
      return again?.text ?? null
    })
    if (edited.kind === 'refused') throw new AppError(1, 'not_switched', edited.detail, 'Nothing was changed.')
    if (edited.kind === 'busy') {
      throw new AppError(1, 'busy', 'The owner of the file is writing it right now.', 'Try again in a moment.')
    }
    if (edited.kind === 'absent') continue
    await ports.settle()
    const after = await ports.readText(file)
    return { ...report, changes, kept: after !== null && isKept(after, changes) }
  }
  throw new AppError(
    4,
    'not_in_file',
    `${account.id} is in no antigravity-accounts.json that can be read.`,
    ports.files.length === 0 ? null : 'Run `tokstat doctor` to see the files.',
  )
}
