import type { Key as InkKey } from 'ink'
import type { Key } from './press.ts'

const NAMED: readonly (readonly [keyof InkKey, Key])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
]

const CONTROLS: Readonly<Record<string, readonly Key[]>> = {
  '\r': ['enter'],
  '\n': ['enter'],
  '\t': ['tab'],
  '\u0003': ['ctrl-c'],
  '\u007f': ['backspace'],
  '\b': ['backspace'],
}

/** What Ink reports, as keys of `press`: one name, or every character of what was typed or pasted. */
export function keysOf(input: string, key: InkKey): readonly Key[] {
  if (key.tab) return [key.shift ? 'shift-tab' : 'tab']
  const named = NAMED.find(([flag]) => key[flag] === true)
  if (named !== undefined) return [named[1]]
  if (key.ctrl) return [`ctrl-${input}`]
  if (key.meta) return []
  // Several keys that came in one piece (a fast typist, tmux) may hold Enter.
  return [...input].flatMap((character) => {
    return CONTROLS[character] ?? (character < ' ' ? [] : [character])
  })
}
