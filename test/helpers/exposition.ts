/** Reads exposition text back, by the format's own rules: what the tests of the writer compare with. */
export interface ParsedSample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: string
}

/** Throws on a line that is neither a comment nor a sample. */
export function parseExposition(text: string): ParsedSample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseLine)
}

function parseLine(line: string): ParsedSample {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line)
  if (match === null) throw new Error(`not a sample: ${line}`)
  const labels: Record<string, string> = {}
  let rest = match[2] ?? ''
  while (rest !== '') {
    const pair = /^([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/.exec(rest)
    if (pair === null) throw new Error(`not a label: ${rest}`)
    labels[pair[1] ?? ''] = (pair[2] ?? '').replace(/\\([\\"n])/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped))
    rest = rest.slice(pair[0].length)
  }
  return { name: match[1] ?? '', labels, value: match[3] ?? '' }
}

/** Name and labels of a sample as one text: equal for equal series. */
export function seriesKey(sample: ParsedSample): string {
  return `${sample.name}${JSON.stringify(Object.entries(sample.labels).sort())}`
}
