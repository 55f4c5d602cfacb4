import { useEffect } from 'preact/hooks'
import type { App } from '../app-context.ts'
import { readPlace, type View, withParameters } from '../state/location.ts'
import { nextLayout, toggleFigure, toggleTheme } from './header.tsx'
import { refreshShown } from './refresh.ts'

const VIEW_KEYS: Readonly<Record<string, Exclude<View, 'account'>>> = {
  '1': 'overview',
  '2': 'analytics',
  '3': 'timeline',
  '4': 'alerts',
  '5': 'settings',
  '6': 'health',
}

/** The keys of the whole page. Those of a field are the field's, and every shortcut of the browser stays. */
export function useKeys(app: App, onHelp: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      if (act(app, event, onHelp)) event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [app])
}

function act(app: App, event: KeyboardEvent, onHelp: () => void): boolean {
  // An open dialog has the keyboard to itself: Escape is how the browser closes it.
  if (document.querySelector('dialog[open]') !== null) return false
  if (event.key === 'Escape') return goBack(app, event.target)
  if (isTyping(event.target)) return false
  const view = VIEW_KEYS[event.key]
  if (view !== undefined) {
    app.go({ view, account: null, parameters: new Map() })
    return true
  }
  switch (event.key) {
    case '/':
      return focusField(app, 'input[type=search]')
    case 'f':
      return focusField(app, 'select[name=show]')
    case 'g':
      return focusField(app, 'select[name=group]')
    case 's':
      return focusField(app, 'select[name=sort]')
    case 'j':
    case 'ArrowDown':
      return moveBy(1)
    case 'k':
    case 'ArrowUp':
      return moveBy(-1)
    case 'u':
      toggleFigure(app)
      return true
    case 't':
      toggleTheme(app)
      return true
    case 'v':
      nextLayout(app)
      return true
    case 'r':
      void refreshShown(app)
      return true
    case '?':
      onHelp()
      return true
    default:
      return false
  }
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, select, textarea')
}

function goBack(app: App, target: EventTarget | null): boolean {
  if (target instanceof HTMLSelectElement) {
    target.blur()
    return true
  }
  if (target instanceof HTMLInputElement) {
    target.blur()
    if (target.type !== 'search' || target.value === '') return false
  }
  const place = app.place.get()
  if (place.view !== 'overview') {
    app.go(readPlace('#/'))
    return true
  }
  if (!place.parameters.has('q')) return false
  app.go(withParameters(place, { q: '' }), true)
  return true
}

/** At once where the field is there: whoever types on must not lose a letter. */
function focusField(app: App, selector: string): boolean {
  const field = (): HTMLElement | null => document.querySelector(selector)
  if (app.place.get().view !== 'overview') app.go(readPlace('#/'))
  const there = field()
  if (there === null) requestAnimationFrame(() => field()?.focus())
  else there.focus()
  return true
}

/** From account to account. An arrow scrolls as ever until an account has the focus. */
function moveBy(step: 1 | -1): boolean {
  const links = [...document.querySelectorAll<HTMLAnchorElement>('.account h3 a')]
  if (links.length === 0) return false
  const at = links.indexOf(document.activeElement as HTMLAnchorElement)
  const next = at < 0 ? links[0] : links[Math.min(links.length - 1, Math.max(0, at + step))]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
  return true
}
