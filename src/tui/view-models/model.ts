import { displayWidth } from '../../format/display-width.ts'
import { cutTo } from '../../format/fit.ts'
import { accountTitle } from '../../format/headline.ts'
import type { InstantText } from '../../format/instant.ts'
import type { Tone } from '../../format/status-words.ts'
import { verdictMark, verdictTone } from '../../format/verdict-words.ts'
import type { Alert } from '../../model/alerts.ts'
import type { ProviderInfo } from '../../model/app.ts'
import { type Binding, bindingOf, worstFirst } from '../../model/binding.ts'
import type { SourceReport } from '../../model/credential.ts'
import type { AccountDocument, AccountsDocument, QuotaDocument } from '../../model/document.ts'
import type { PointDocument } from '../../model/past-document.ts'
import type { Rules } from '../../model/settings.ts'
import { type EpochMs, fromIso } from '../../model/time.ts'
import type { UiState } from '../ui-state.ts'

/** Whether what is shown moves by itself. */
export interface LiveState {
  readonly via: 'daemon' | 'engine' | 'board-file' | null
  readonly isOpen: boolean
  /** When the line to the daemon was lost; null while it is open. */
  readonly lostAt: EpochMs | null
}

/** The past of one quota, as it is drawn. */
export interface QuotaPast {
  readonly account: string
  readonly quota: string
  readonly points: readonly PointDocument[]
  /** When windows ended. */
  readonly resets: readonly EpochMs[]
  /** The most that was used in each window that has ended, the oldest first; null: not known. */
  readonly peaks: readonly (number | null)[]
}

/** Everything that a frame is made of. */
export interface DashboardModel {
  readonly document: AccountsDocument | null
  readonly now: EpochMs
  readonly rules: Rules
  readonly instant: InstantText
  readonly ui: UiState
  readonly live: LiveState
  readonly upstream: string | null
  /** Null: not asked yet, or nothing is kept. */
  readonly past: QuotaPast | null
  /** Null: nobody keeps them here. */
  readonly alerts: readonly Alert[] | null
  readonly providers: readonly ProviderInfo[]
  /** What was looked at for logins: shown while there is no account. */
  readonly sources: readonly SourceReport[]
}

/** One account of the list. */
export interface AccountRow extends Binding {
  readonly account: AccountDocument
  readonly title: string
  /** The same for a narrow place: an e-mail without its host, where that is enough to tell it. */
  readonly short: string
  readonly tone: Tone
}

/** The accounts that the filter lets through, in the order chosen. */
export function accountRows({ document, now, rules, ui }: DashboardModel): readonly AccountRow[] {
  if (document === null) return []
  const rows = document.accounts.map((account) => rowOf(account, document, now, rules))
  const words = ui.filter.toLowerCase().split(' ')
  const shown = rows.filter((row) => words.every((word) => searchText(row).includes(word)))
  return sorted(shown, ui, now)
}

function rowOf(account: AccountDocument, document: AccountsDocument, now: EpochMs, rules: Rules): AccountRow {
  const binding = bindingOf(account, now, rules)
  const tone = needsPerson(account) ? 'red' : account.status === 'disabled' ? 'grey' : verdictTone(binding.verdict)
  return {
    account,
    title: accountTitle(account, document),
    short: shortTitle(account, document),
    tone,
    ...binding,
  }
}

function shortTitle(account: AccountDocument, document: AccountsDocument): string {
  const short = localPart(account.name)
  const twins = document.accounts.filter((one) => one.provider === account.provider && localPart(one.name) === short)
  return accountTitle(twins.length > 1 ? account : { ...account, name: short }, document)
}

const LEAST_SERVICE = 3

/** A title cut to a width. The name tells accounts of one service apart, so the service gives way first. */
export function fitTitle(title: string, width: number): string {
  if (displayWidth(title) <= width) return title
  const [, service, name] = /^(.+?) \((.+)\)$/.exec(title) ?? []
  if (service === undefined || name === undefined) return cutTo(title, width)
  const left = width - displayWidth(` (${name})`)
  return left < LEAST_SERVICE ? cutTo(name, width) : `${cutTo(service, left)} (${name})`
}

function localPart(name: string): string {
  return name.includes('@') ? name.slice(0, name.indexOf('@')) || name : name
}

export function needsPerson({ status }: AccountDocument): boolean {
  return status === 'auth_required' || status === 'forbidden'
}

/** Tells how an account does without its colour. */
export function accountMark({ account, verdict }: AccountRow): string {
  return needsPerson(account) ? '!' : verdictMark(verdict)
}

function searchText({ account, title }: AccountRow): string {
  return `${title} ${account.id} ${account.email ?? ''} ${account.plan?.name ?? ''} ${account.status}`.toLowerCase()
}

function sorted(rows: readonly AccountRow[], { sort, order }: UiState, now: EpochMs): readonly AccountRow[] {
  switch (sort) {
    case 'worst':
      return rows.toSorted((a, b) => worstFirst(keyOf(a), keyOf(b)))
    case 'name':
      return rows.toSorted((a, b) => compare(a.account.id, b.account.id))
    case 'own':
      return rows.toSorted((a, b) => placeIn(order, a) - placeIn(order, b))
    case 'reset':
      return rows.toSorted((a, b) => resetOf(a, now) - resetOf(b, now))
  }
}

/** Between what is spent and what is low. */
const AFTER_SPENT = 1e-6

/** One that waits for a person stands right after those that are spent; one that is switched off comes last. */
function keyOf(row: AccountRow) {
  const { account, verdict } = row
  if (needsPerson(account)) return { verdict: { ...verdict, colour: 'red' as const }, left: AFTER_SPENT }
  if (account.status === 'disabled') return { verdict: { ...verdict, colour: 'grey' as const }, left: null }
  return { verdict, left: row.shown?.remainingRatio ?? null }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

/** Accounts that are new since the order was made come after it, as they are found. */
function placeIn(order: readonly string[], { account }: AccountRow): number {
  const at = order.indexOf(account.id)
  return at < 0 ? order.length : at
}

function resetOf({ shown }: AccountRow, now: EpochMs): number {
  const at = fromIso(shown?.resetsAt ?? null)
  return at === null || at <= now ? Number.MAX_SAFE_INTEGER : at
}

/** The chosen account, or the first one. */
export function selectedRow(rows: readonly AccountRow[], { selected }: UiState): AccountRow | null {
  return rows.find((row) => row.account.id === selected) ?? rows[0] ?? null
}

/** The quotas that a person is shown: helper models only when asked for. */
export function shownQuotas(account: AccountDocument, { allModels }: UiState): readonly QuotaDocument[] {
  return allModels ? account.quotas : account.quotas.filter((quota) => !quota.helper)
}

/** The quota whose history is shown: the chosen one, else the one that stands in the way. */
export function selectedQuota(row: AccountRow, ui: UiState): QuotaDocument | null {
  const shown = shownQuotas(row.account, ui)
  return (
    shown.find((quota) => quota.id === ui.quota) ??
    shown.find((quota) => quota.id === row.shown?.id) ??
    shown[0] ??
    null
  )
}
