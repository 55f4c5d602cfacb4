import { type AST, parseTOML } from 'toml-eslint-parser'

export type KeyPath = readonly (string | number)[]

/**
 * The line of a key in a TOML text, or of the nearest table above it; null when the text says nothing of it.
 * Only called when there is a problem to report: the parser costs more than reading the file.
 */
export function lineOf(text: string, path: KeyPath): number | null {
  const lines = linesOf(text)
  for (let length = path.length; length > 0; length -= 1) {
    const line = lines.get(keyOf(path.slice(0, length)))
    if (line !== undefined) return line
  }
  return null
}

function linesOf(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>()
  try {
    for (const node of parseTOML(text).body[0].body) {
      if (node.type === 'TOMLKeyValue') collect(node, [], lines)
      else {
        note(lines, node.resolvedKey, node.loc.start.line)
        for (const pair of node.body) collect(pair, node.resolvedKey, lines)
      }
    }
  } catch {
    // The other parser took the text, this one does not: a problem without a line is better than none.
  }
  return lines
}

function collect(pair: AST.TOMLKeyValue, above: KeyPath, lines: Map<string, number>): void {
  const path = [...above]
  for (const key of pair.key.keys) {
    path.push(key.type === 'TOMLBare' ? key.name : key.value)
    note(lines, path, pair.loc.start.line)
  }
  collectValue(pair.value, path, lines)
}

function collectValue(value: AST.TOMLContentNode, path: KeyPath, lines: Map<string, number>): void {
  if (value.type === 'TOMLInlineTable') for (const pair of value.body) collect(pair, path, lines)
  if (value.type !== 'TOMLArray') return
  for (const [index, element] of value.elements.entries()) {
    note(lines, [...path, index], element.loc.start.line)
    collectValue(element, [...path, index], lines)
  }
}

/** What is below a table also says where the table is: `[[alerts.rules]]` makes `alerts` one. */
function note(lines: Map<string, number>, path: KeyPath, line: number): void {
  for (let length = 1; length <= path.length; length += 1) {
    const key = keyOf(path.slice(0, length))
    if (!lines.has(key)) lines.set(key, line)
  }
}

function keyOf(path: KeyPath): string {
  return JSON.stringify(path)
}
