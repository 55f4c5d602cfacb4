/** Nested maps of texts: all that gh's hosts.yml is made of. */
export type YamlMap = ReadonlyMap<string, YamlValue>
export type YamlValue = string | null | YamlMap

const LONGEST = 262_144

/**
 * Reads the one shape of YAML that gh writes: maps of maps by indentation, with plain or quoted texts. Null for
 * everything else (lists, anchors, tags, blocks, tabs, a key twice): a login file is understood wholly or not at all.
 */
export function parseYamlMap(text: string): YamlMap | null {
  if (text.length > LONGEST) return null
  const root: Level = { indent: 0, map: new Map() }
  const levels: Level[] = [root]
  let opened: { readonly holder: Map<string, YamlValue>; readonly key: string } | null = null
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n?|\n/)) {
    if (/^\s*(#.*)?$/.test(line) || /^(---|\.\.\.)\s*$/.test(line)) continue
    const parsed = parseLine(line)
    if (parsed === null) return null
    const top = levels.at(-1)
    if (opened !== null && top !== undefined && parsed.indent > top.indent) {
      const map = new Map<string, YamlValue>()
      opened.holder.set(opened.key, map)
      levels.push({ indent: parsed.indent, map })
    }
    while ((levels.at(-1)?.indent ?? 0) > parsed.indent) levels.pop()
    const level = levels.at(-1)
    if (level?.indent !== parsed.indent || level.map.has(parsed.key)) return null
    level.map.set(parsed.key, parsed.value)
    opened = parsed.opens ? { holder: level.map, key: parsed.key } : null
  }
  return root.map
}

interface Level {
  readonly indent: number
  readonly map: Map<string, YamlValue>
}

interface Line {
  readonly indent: number
  readonly key: string
  readonly value: YamlValue
  /** Nothing stands behind the key: what follows deeper belongs to it. */
  readonly opens: boolean
}

function parseLine(line: string): Line | null {
  const match = /^( *)((?:"[^"\\]*"|'[^']*'|[^\s"'#&*!|>%@`[\]{},?-][^#]*?)):(?:[ \t]+(.*))?$/.exec(line)
  if (match === null) return null
  const [, spaces = '', rawKey = '', rest = ''] = match
  const bare = rest.replace(/(^|\s)#.*$/, '').trim()
  const value = scalar(/^["']/.test(rest) ? rest.trim() : bare)
  return value === undefined
    ? null
    : { indent: spaces.length, key: rawKey.replace(/^(["'])(.*)\1$/, '$2'), value, opens: bare === '' }
}

/** Undefined: not a form that is read. */
function scalar(text: string): YamlValue | undefined {
  if (text === '' || text === '~' || text === 'null') return null
  if (text === '{}') return new Map()
  const quoted = /^(?:"([^"\\]*)"|'((?:[^']|'')*)')\s*(?:#.*)?$/.exec(text)
  if (quoted) return quoted[1] ?? (quoted[2] ?? '').replaceAll("''", "'")
  return /^["'&*!|>%@`[\]{},?]|^- |: /.test(text) ? undefined : text
}
