/** What a `.env` file says. Values may be secrets; problems never quote them. */
export interface Dotenv {
  readonly values: ReadonlyMap<string, string>
  readonly problems: readonly DotenvProblem[]
}

export interface DotenvProblem {
  readonly line: number
  readonly message: string
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/**
 * Reads `NAME=value` lines: comments, `export `, single and double quotes, CRLF, a byte order mark. Each line stands
 * alone, so a broken one hides no other; nothing is expanded or executed. The last of two equal names wins.
 */
export function parseDotenv(text: string): Dotenv {
  const values = new Map<string, string>()
  const problems: DotenvProblem[] = []
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(line)
    const value = match ? parseValue(match[2] ?? '') : null
    if (match?.[1] === undefined) problems.push({ line: index + 1, message: 'Expected NAME=value.' })
    else if (value === null) problems.push({ line: index + 1, message: `The value of ${match[1]} has an open quote.` })
    else values.set(match[1], value)
  }
  return { values, problems }
}

/** Null for a quote that does not close, or text behind the closing one. */
function parseValue(raw: string): string | null {
  const quote = raw.charAt(0)
  if (quote !== '"' && quote !== "'") return raw.replace(/(^|\s+)#.*$/, '').trimEnd()
  const body = quote === '"' ? /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(raw) : /^'([^']*)'\s*(?:#.*)?$/.exec(raw)
  const inner = body?.[1]
  if (inner === undefined) return null
  return quote === "'" ? inner : inner.replace(/\\(.)/g, (_all, char: string) => ESCAPES[char] ?? char)
}
