import { AppError } from '../model/app.ts'
import type { ThemeName } from './theme.ts'

export type View = 'accounts' | 'fleet' | 'alerts'
export const VIEWS: readonly View[] = ['accounts', 'fleet', 'alerts']

/** `own`: the order that was made with J and K. */
export type Sort = 'worst' | 'own' | 'name' | 'reset'
export const SORTS: readonly Sort[] = ['worst', 'own', 'name', 'reset']
export const SORT_WORDS: Readonly<Record<Sort, string>> = {
  worst: 'worst first',
  own: 'your order',
  name: 'by name',
  reset: 'next reset first',
}

/** What stands over the view and takes the keys. */
export type Overlay =
  | { readonly kind: 'help' }
  | { readonly kind: 'filter' }
  | { readonly kind: 'rename'; readonly account: string; readonly text: string }
  | { readonly kind: 'remove'; readonly account: string }
  | { readonly kind: 'provider'; readonly at: number }
  | { readonly kind: 'name'; readonly provider: string; readonly text: string }

export interface Message {
  readonly text: string
  readonly tone: 'fine' | 'red' | 'grey'
}

/** What went wrong, and what to do about it where that is known. */
export function failure(error: unknown, otherwise: string): Message {
  if (error instanceof AppError) return { text: [error.message, error.hint ?? ''].join(' ').trim(), tone: 'red' }
  return { text: error instanceof Error ? error.message : otherwise, tone: 'red' }
}

/** All that keys change. What the services say is not in it. */
export interface UiState {
  readonly view: View
  /** Account id; null: the first of the list. */
  readonly selected: string | null
  /** Id of the quota whose history is shown; null: the one that binds. */
  readonly quota: string | null
  readonly scroll: number
  readonly filter: string
  readonly sort: Sort
  readonly numbers: 'left' | 'used'
  readonly allModels: boolean
  readonly theme: ThemeName
  /** False: NO_COLOR, or a terminal without any. */
  readonly color: boolean
  readonly order: readonly string[]
  readonly overlay: Overlay | null
  readonly message: Message | null
}

/** What outlives the program. */
export interface KeptUi {
  readonly order: readonly string[]
  readonly theme: string | null
  readonly sort: string | null
  readonly numbers: string | null
}

export function firstState(kept: KeptUi, theme: ThemeName, color: boolean): UiState {
  return {
    view: 'accounts',
    selected: null,
    quota: null,
    scroll: 0,
    filter: '',
    sort: SORTS.find((one) => one === kept.sort) ?? 'worst',
    numbers: kept.numbers === 'used' ? 'used' : 'left',
    allModels: false,
    theme,
    color,
    order: kept.order,
    overlay: null,
    message: null,
  }
}
