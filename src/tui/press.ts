import { nextTheme } from './theme.ts'
import { SORT_WORDS, SORTS, type UiState, VIEWS } from './ui-state.ts'

/** A key by name (`up`, `enter`, `ctrl-c`), or the one character that was typed. */
export type Key = string

/** What a key asks of the program, beside what it changes on the screen. */
export type Effect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'refresh'; readonly account: string | null }
  | { readonly kind: 'login'; readonly provider: string; readonly name: string | null }
  | { readonly kind: 'rename'; readonly account: string; readonly name: string }
  | { readonly kind: 'remove'; readonly account: string }
  /** Theme, order and sort outlive the program. */
  | { readonly kind: 'keep' }

/** What is on the screen, as far as a key must know it. */
export interface Shown {
  /** Account ids of the list, in the order shown. */
  readonly accounts: readonly string[]
  /** The chosen one of them; null when there is none. */
  readonly selected: string | null
  /** Quota ids of the chosen account, in the order shown. */
  readonly quotas: readonly string[]
  readonly quota: string | null
  /** Ids of accounts that tokstat itself has logged in to, with their names: the others belong to their owners. */
  readonly own: ReadonlyMap<string, string>
  readonly providers: readonly string[]
  readonly page: number
}

export interface Pressed {
  readonly state: UiState
  readonly effects: readonly Effect[]
}

/** What a key does. Pure: the same state and screen give the same result. */
export function press(state: UiState, key: Key, shown: Shown): Pressed {
  if (key === 'ctrl-c') return { state, effects: [{ kind: 'quit' }] }
  const clear = state.message === null ? state : { ...state, message: null }
  return state.overlay === null ? pressView(clear, key, shown) : pressOverlay(clear, state.overlay, key, shown)
}

function only(state: UiState): Pressed {
  return { state, effects: [] }
}

function kept(state: UiState): Pressed {
  return { state, effects: [{ kind: 'keep' }] }
}

function pressView(state: UiState, key: Key, shown: Shown): Pressed {
  const moved = move(state, key, shown)
  if (moved !== null) return only(moved)
  switch (key) {
    case 'q':
    case 'escape':
      return leave(state, key)
    case 'tab':
    case 'shift-tab':
      return only({ ...state, view: nextView(state, key === 'tab' ? 1 : -1), scroll: 0 })
    case 'enter':
      return only({ ...state, view: 'accounts' })
    case '/':
      return only({ ...state, overlay: { kind: 'filter' } })
    case 's':
      return resort(state)
    case 'r':
      return shown.selected === null ? only(state) : asked(state, shown.selected)
    case 'R':
      return asked(state, null)
    case 'u':
      return kept({ ...state, numbers: state.numbers === 'left' ? 'used' : 'left' })
    case 'a':
      return only({ ...state, allModels: !state.allModels })
    case 't':
      return retheme(state)
    case '?':
      return only({ ...state, overlay: { kind: 'help' } })
    default:
      return pressAccount(state, key, shown)
  }
}

/** Esc first undoes what was done to the view, and only then leaves. */
function leave(state: UiState, key: Key): Pressed {
  if (key === 'escape' && state.filter !== '') return only({ ...state, filter: '' })
  if (key === 'escape' && state.view !== 'accounts') return only({ ...state, view: 'accounts' })
  return { state, effects: [{ kind: 'quit' }] }
}

function pressAccount(state: UiState, key: Key, shown: Shown): Pressed {
  const { selected } = shown
  switch (key) {
    case 'n':
      return only({ ...state, overlay: { kind: 'provider', at: 0 } })
    case 'e': {
      const name = selected === null ? undefined : shown.own.get(selected)
      if (selected === null || name === undefined) return only(notOurs(state, selected))
      return only({ ...state, overlay: { kind: 'rename', account: selected, text: name } })
    }
    case 'd':
      if (selected === null || !shown.own.has(selected)) return only(notOurs(state, selected))
      return only({ ...state, overlay: { kind: 'remove', account: selected } })
    case 'J':
    case 'K':
      return reorder(state, key === 'J' ? 1 : -1, shown)
    default:
      return only(state)
  }
}

function notOurs(state: UiState, selected: string | null): UiState {
  if (selected === null) return state
  const text = 'This login belongs to another program: tokstat only reads it. Sign out there.'
  return { ...state, message: { text, tone: 'grey' } }
}

function asked(state: UiState, account: string | null): Pressed {
  const text = account === null ? 'Asking every service…' : `Asking for ${account}…`
  return { state: { ...state, message: { text, tone: 'grey' } }, effects: [{ kind: 'refresh', account }] }
}

function resort(state: UiState): Pressed {
  const sort = SORTS[(SORTS.indexOf(state.sort) + 1) % SORTS.length] ?? 'worst'
  return kept({ ...state, sort, message: { text: `Sorted ${SORT_WORDS[sort]}.`, tone: 'grey' } })
}

function retheme(state: UiState): Pressed {
  const theme = nextTheme(state.theme, state.color)
  const text = state.color ? `Theme: ${theme}.` : 'NO_COLOR is set, or the terminal has none: no colours.'
  return kept({ ...state, theme, message: { text, tone: 'grey' } })
}

function nextView({ view }: UiState, step: 1 | -1): UiState['view'] {
  return VIEWS[(VIEWS.indexOf(view) + step + VIEWS.length) % VIEWS.length] ?? 'accounts'
}

/** The account goes up or down in your own order, which is from then on the one shown. */
function reorder(state: UiState, step: 1 | -1, shown: Shown): Pressed {
  const { selected } = shown
  const at = selected === null ? -1 : shown.accounts.indexOf(selected)
  const to = at + step
  if (selected === null || at < 0 || to < 0 || to >= shown.accounts.length) return only(state)
  const order = shown.accounts.toSpliced(at, 1).toSpliced(to, 0, selected)
  // Accounts that the filter hides keep their places behind.
  const hidden = state.order.filter((id) => !order.includes(id))
  return kept({ ...state, sort: 'own', order: [...order, ...hidden], selected })
}

/** Null: the key moves nothing. */
function move(state: UiState, key: Key, shown: Shown): UiState | null {
  const { accounts, page } = shown
  const at = shown.selected === null ? 0 : Math.max(0, accounts.indexOf(shown.selected))
  const last = accounts.length - 1
  const wrap = (index: number): number => (last < 0 ? 0 : (index + accounts.length) % accounts.length)
  const clamp = (index: number): number => Math.min(Math.max(0, index), Math.max(0, last))
  const go = (index: number): UiState => ({ ...state, selected: accounts[index] ?? null, quota: null, scroll: 0 })
  if (state.view === 'alerts' && !['left', 'right', 'h', 'l'].includes(key)) return scrollAlerts(state, key, page)
  switch (key) {
    case 'down':
    case 'j':
      return go(wrap(at + 1))
    case 'up':
    case 'k':
      return go(wrap(at - 1))
    case 'pagedown':
      return go(clamp(at + page))
    case 'pageup':
      return go(clamp(at - page))
    case 'home':
    case 'g':
      return go(0)
    case 'end':
    case 'G':
      return go(clamp(last))
    case 'right':
    case 'l':
      return { ...state, quota: neighbour(shown, 1) }
    case 'left':
    case 'h':
      return { ...state, quota: neighbour(shown, -1) }
    default:
      return null
  }
}

function scrollAlerts(state: UiState, key: Key, page: number): UiState | null {
  const steps: Readonly<Record<string, number>> = { down: 1, j: 1, up: -1, k: -1, pagedown: page, pageup: -page }
  const step = steps[key]
  return step === undefined ? null : { ...state, scroll: Math.max(0, state.scroll + step) }
}

function neighbour({ quotas, quota }: Shown, step: 1 | -1): string | null {
  if (quotas.length === 0) return null
  const at = quota === null ? 0 : Math.max(0, quotas.indexOf(quota))
  return quotas[(at + step + quotas.length) % quotas.length] ?? null
}

function pressOverlay(state: UiState, overlay: NonNullable<UiState['overlay']>, key: Key, shown: Shown): Pressed {
  const closed = { ...state, overlay: null }
  switch (overlay.kind) {
    case 'help':
      return only(closed)
    case 'filter':
      return pressFilter(state, key)
    case 'remove':
      if (key === 'enter' || key === 'y') {
        return { state: closed, effects: [{ kind: 'remove', account: overlay.account }] }
      }
      return only(key === 'escape' || key === 'n' || key === 'q' ? closed : state)
    case 'provider':
      return pressProvider(state, overlay.at, key, shown)
    case 'rename':
    case 'name':
      return pressName(state, overlay, key)
  }
}

function pressFilter(state: UiState, key: Key): Pressed {
  if (key === 'enter') return only({ ...state, overlay: null })
  if (key === 'escape') return only({ ...state, overlay: null, filter: '' })
  return only({ ...state, filter: edited(state.filter, key), selected: null })
}

function pressProvider(state: UiState, at: number, key: Key, { providers }: Shown): Pressed {
  const last = Math.max(0, providers.length - 1)
  const go = (index: number): Pressed =>
    only({ ...state, overlay: { kind: 'provider', at: Math.min(Math.max(0, index), last) } })
  switch (key) {
    case 'down':
    case 'j':
      return go(at === last ? 0 : at + 1)
    case 'up':
    case 'k':
      return go(at === 0 ? last : at - 1)
    case 'enter': {
      const provider = providers[at]
      if (provider === undefined) return only({ ...state, overlay: null })
      return only({ ...state, overlay: { kind: 'name', provider, text: '' } })
    }
    case 'escape':
    case 'q':
      return only({ ...state, overlay: null })
    default:
      return only(state)
  }
}

function pressName(
  state: UiState,
  overlay:
    | { readonly kind: 'rename'; readonly account: string; readonly text: string }
    | { readonly kind: 'name'; readonly provider: string; readonly text: string },
  key: Key,
): Pressed {
  if (key === 'escape') return only({ ...state, overlay: null })
  if (key !== 'enter') return only({ ...state, overlay: { ...overlay, text: edited(overlay.text, key) } })
  const name = overlay.text.trim()
  const closed = { ...state, overlay: null }
  if (overlay.kind === 'name') {
    return { state: closed, effects: [{ kind: 'login', provider: overlay.provider, name: name === '' ? null : name }] }
  }
  if (name === '') return only({ ...state, message: { text: 'A name cannot be empty.', tone: 'red' } })
  return { state: closed, effects: [{ kind: 'rename', account: overlay.account, name }] }
}

const LONGEST_TEXT = 100

function edited(text: string, key: Key): string {
  if (key === 'backspace') return [...text].slice(0, -1).join('')
  if (key === 'ctrl-u') return ''
  // Named keys have more than one character; what is pasted comes one by one.
  return [...key].length === 1 && text.length < LONGEST_TEXT ? text + key : text
}
