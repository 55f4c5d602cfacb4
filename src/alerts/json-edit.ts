/** Where a value stands in a JSON text: from its first character up to, and without, `end`. */
interface Span {
  readonly start: number
  readonly end: number
}

/** The members of the object that begins at `start`, by name, and where its closing brace stands. */
interface ObjectSpan {
  readonly members: ReadonlyMap<string, Span>
  /** Position of the `}`. */
  readonly close: number
  /** End of the last member's value; null for an empty object. */
  readonly lastEnd: number | null
}

/**
 * Finds the members of one object in a text that is valid JSON, without changing anything: what is not touched keeps
 * every byte. Null when no object begins there. A name that comes twice counts as `JSON.parse` counts it: the last.
 */
export function membersAt(text: string, start: number): ObjectSpan | null {
  let at = skipSpace(text, start)
  if (text[at] !== '{') return null
  const members = new Map<string, Span>()
  let lastEnd: number | null = null
  at = skipSpace(text, at + 1)
  while (text[at] === '"') {
    const nameEnd = endOfString(text, at)
    const name: unknown = JSON.parse(text.slice(at, nameEnd))
    const valueStart = skipSpace(text, skipSpace(text, nameEnd) + 1)
    const end = endOfValue(text, valueStart)
    members.set(String(name), { start: valueStart, end })
    lastEnd = end
    at = skipSpace(text, end)
    if (text[at] !== ',') break
    at = skipSpace(text, at + 1)
  }
  return text[at] === '}' ? { members, close: at, lastEnd } : null
}

/** The text with a member set to a number: in place where it is there, else added last, in the text's own manner. */
export function setNumber(text: string, objectStart: number, name: string, value: number): string | null {
  const found = membersAt(text, objectStart)
  if (found === null) return null
  const span = found.members.get(name)
  if (span !== undefined) return text.slice(0, span.start) + String(value) + text.slice(span.end)
  return addMember(text, objectStart, name, String(value))
}

/** Adds a member at the end of an object, indented as the member before it. Null when no object begins there. */
export function addMember(text: string, objectStart: number, name: string, json: string): string | null {
  const found = membersAt(text, objectStart)
  if (found === null) return null
  const member = `${JSON.stringify(name)}:${isSpaced(text) ? ' ' : ''}${json}`
  if (found.lastEnd === null) {
    const brace = skipSpace(text, objectStart)
    return text.slice(0, brace + 1) + member + text.slice(found.close)
  }
  const firstName = skipSpace(text, skipSpace(text, objectStart) + 1)
  const gap = text.slice(skipSpace(text, objectStart) + 1, firstName)
  return `${text.slice(0, found.lastEnd)},${gap}${member}${text.slice(found.lastEnd)}`
}

/** Whether the text's own writer puts a space behind its colons. */
function isSpaced(text: string): boolean {
  return /":\s/.test(text)
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && ' \t\n\r'.includes(text[at] ?? '')) at += 1
  return at
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function endOfValue(text: string, start: number): number {
  const first = text[start]
  if (first === '"') return endOfString(text, start)
  if (first !== '{' && first !== '[') {
    let at = start
    while (at < text.length && !',]} \t\n\r'.includes(text[at] ?? '')) at += 1
    return at
  }
  let depth = 0
  let at = start
  while (at < text.length) {
    const character = text[at]
    if (character === '"') {
      at = endOfString(text, at)
      continue
    }
    if (character === '{' || character === '[') depth += 1
    if (character === '}' || character === ']') depth -= 1
    at += 1
    if (depth === 0) return at
  }
  return at
}
