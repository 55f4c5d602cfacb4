/** Deeper than any answer of any provider, and shallow enough for every recursive reader. */
const DEEPEST = 64

/** Why a text is no usable JSON although it is complete. */
export type NotJson = 'empty' | 'html' | 'malformed' | 'scalar' | 'too_deep'

export type ParsedJson = { readonly state: 'ok'; readonly value: object } | { readonly state: 'truncated' | NotJson }

/** Reads JSON defensively; never throws. Only objects and lists are `ok`. */
export function parseJson(text: string): ParsedJson {
  const body = text.replace(/^\uFEFF/, '').trimStart()
  if (body === '') return { state: 'empty' }
  if (body.startsWith('<')) return { state: 'html' }
  const shape = scan(body)
  if (shape.deepest > DEEPEST) return { state: 'too_deep' }
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value !== 'object' || value === null) return { state: 'scalar' }
    dropPrototypeKeys(value)
    return { state: 'ok', value }
  } catch {
    // Which of the two it is was seen by the scan; the engine's own message may quote the body.
    return { state: shape.isOpen ? 'truncated' : 'malformed' }
  }
}

/** Nesting depth, and whether the text ends inside a string, an object or a list. Linear, without recursion. */
function scan(text: string): { readonly deepest: number; readonly isOpen: boolean } {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (inString) {
      if (code === BACKSLASH) at++
      else if (code === QUOTE) inString = false
    } else if (code === QUOTE) inString = true
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) deepest = Math.max(deepest, ++depth)
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
  }
  return { deepest, isOpen: inString || depth > 0 }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** JSON.parse makes `__proto__` an ordinary own key, but copying it would set a prototype: it is dropped here. */
function dropPrototypeKeys(value: object): void {
  if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__')
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null) dropPrototypeKeys(child)
  }
}
