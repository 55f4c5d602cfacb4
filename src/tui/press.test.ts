import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Effect, type Key, press, type Shown } from './press.ts'
import { firstState, type UiState } from './ui-state.ts'

const start = firstState({ order: [], theme: null, sort: null, numbers: null }, 'terminal', true)
const shown: Shown = {
  accounts: ['a/1', 'b/2', 'c/3'],
  selected: 'a/1',
  quotas: ['session', 'weekly'],
  quota: 'session',
  own: new Map([['a/1', '1']]),
  providers: ['claude', 'codex'],
  page: 2,
}

/** Presses keys one after the other; the screen follows the choice as the real one does. */
function type(keys: readonly Key[], state: UiState = start, facts: Partial<Shown> = {}) {
  const effects: Effect[] = []
  let now = state
  for (const key of keys) {
    const screen = { ...shown, ...facts }
    const pressed = press(now, key, { ...screen, selected: now.selected ?? screen.selected })
    now = pressed.state
    effects.push(...pressed.effects)
  }
  return { state: now, effects }
}

describe('keys', () => {
  it('go through the accounts, round and round', () => {
    expect(type(['j']).state.selected).toBe('b/2')
    expect(type(['down', 'down', 'down']).state.selected).toBe('a/1')
    expect(type(['k']).state.selected).toBe('c/3')
    expect(type(['up', 'up']).state.selected).toBe('b/2')
    expect(type(['end']).state.selected).toBe('c/3')
    expect(type(['G', 'home']).state.selected).toBe('a/1')
    expect(type(['pagedown']).state.selected).toBe('c/3')
    expect(type(['G', 'pageup']).state.selected).toBe('a/1')
  })

  it('choose the quota whose history is shown, anew for every account', () => {
    const { state } = type(['right'])
    expect(state.quota).toBe('weekly')
    expect(type(['j'], state).state.quota).toBeNull()
    expect(type(['left']).state.quota).toBe('weekly')
  })

  it('change views with Tab, and go back with Shift-Tab, Enter and Esc', () => {
    expect(type(['tab']).state.view).toBe('fleet')
    expect(type(['tab', 'tab', 'tab']).state.view).toBe('accounts')
    expect(type(['shift-tab']).state.view).toBe('alerts')
    expect(type(['tab', 'enter']).state.view).toBe('accounts')
    expect(type(['tab', 'escape']).state.view).toBe('accounts')
  })

  it('leave with q, with Esc when there is nothing to undo, and with Ctrl-C from everywhere', () => {
    expect(type(['q']).effects).toEqual([{ kind: 'quit' }])
    expect(type(['escape']).effects).toEqual([{ kind: 'quit' }])
    expect(type(['/', 'x', 'enter', 'escape']).effects).toEqual([])
    for (const open of ['?', '/', 'n', 'd', 'e']) expect(type([open, 'ctrl-c']).effects).toEqual([{ kind: 'quit' }])
  })

  it('type a filter in which letters are letters', () => {
    const { state, effects } = type(['/', 'q', 'R', 'j', 'backspace'])
    expect(state).toMatchObject({ filter: 'qR', overlay: { kind: 'filter' } })
    expect(effects).toEqual([])
    expect(type(['enter'], state).state).toMatchObject({ filter: 'qR', overlay: null })
    expect(type(['escape'], state).state).toMatchObject({ filter: '', overlay: null })
  })

  it('ask for the chosen account, or for all', () => {
    expect(type(['r']).effects).toEqual([{ kind: 'refresh', account: 'a/1' }])
    expect(type(['R']).effects).toEqual([{ kind: 'refresh', account: null }])
    expect(type(['r'], start, { accounts: [], selected: null }).effects).toEqual([])
  })

  it('sort, turn numbers round and change the theme, and keep all three', () => {
    for (const key of ['s', 'u', 't']) expect(type([key]).effects).toEqual([{ kind: 'keep' }])
    expect(type(['s']).state.sort).toBe('own')
    expect(type(['u']).state.numbers).toBe('used')
    expect(type(['t']).state.theme).toBe('dark')
    expect(type(['t', 't', 't', 't']).state.theme).toBe('terminal')
    expect(type(['t'], { ...start, theme: 'mono', color: false }).state.theme).toBe('mono')
  })

  it('move an account in an order that is kept, hidden ones behind', () => {
    const { state, effects } = type(['J'], { ...start, order: ['a/1', 'b/2', 'hidden/4', 'c/3'] })
    expect(state).toMatchObject({ sort: 'own', selected: 'a/1', order: ['b/2', 'a/1', 'c/3', 'hidden/4'] })
    expect(effects).toEqual([{ kind: 'keep' }])
    expect(type(['K']).effects).toEqual([])
    expect(type(['j', 'K']).state.order).toEqual(['b/2', 'a/1', 'c/3'])
  })

  it('log in to a new account: provider, name, and then the login itself', () => {
    const { state, effects } = type(['n', 'j', 'enter', 'h', 'o', 'm', 'e', 'enter'])
    expect(state.overlay).toBeNull()
    expect(effects).toEqual([{ kind: 'login', provider: 'codex', name: 'home' }])
    expect(type(['n', 'enter', 'enter']).effects).toEqual([{ kind: 'login', provider: 'claude', name: null }])
    for (const keys of [
      ['n', 'escape'],
      ['n', 'enter', 'escape'],
      ['n', 'q'],
    ]) {
      expect(type(keys)).toMatchObject({ state: { overlay: null }, effects: [] })
    }
  })

  it('rename what tokstat has logged in to, and nothing else', () => {
    expect(type(['e', 'ctrl-u', 'x', 'enter']).effects).toEqual([{ kind: 'rename', account: 'a/1', name: 'x' }])
    expect(type(['e', 'escape']).effects).toEqual([])
    const empty = type(['e', 'ctrl-u', 'enter'])
    expect(empty.effects).toEqual([])
    expect(empty.state.message).toMatchObject({ tone: 'red' })
    const theirs = type(['j', 'e'])
    expect(theirs.state).toMatchObject({ overlay: null, message: { text: expect.stringContaining('only reads it') } })
  })

  it('forget an account only after a second key', () => {
    expect(type(['d']).effects).toEqual([])
    expect(type(['d', 'x', 'j', 'r']).effects).toEqual([])
    expect(type(['d', 'enter']).effects).toEqual([{ kind: 'remove', account: 'a/1' }])
    expect(type(['d', 'escape']).effects).toEqual([])
    expect(type(['j', 'd', 'enter']).effects).toEqual([])
  })

  it('close the help, whatever is pressed', () => {
    expect(type(['?']).state.overlay).toEqual({ kind: 'help' })
    expect(type(['?', 'q'])).toMatchObject({ state: { overlay: null }, effects: [] })
  })

  it('never fail, and never remove or log in without Enter', () => {
    const key = fc.constantFrom(
      'up',
      'down',
      'left',
      'right',
      'tab',
      'escape',
      'backspace',
      'ctrl-u',
      ...'jkhlgGrRsuatnedJK?/qy',
    )
    fc.assert(
      fc.property(fc.array(key, { maxLength: 40 }), (keys) => {
        const { effects } = type(keys.filter((one) => one !== 'y'))
        expect(effects.filter(({ kind }) => kind === 'remove' || kind === 'login' || kind === 'rename')).toEqual([])
      }),
    )
  })
})
