import { displayWidth } from './display-width.ts'

/** Cut to a display width, with `…` where something is missing; never through a character that is two cells wide. */
export function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  if (width <= 0) return ''
  let kept = ''
  let used = 0
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const size = displayWidth(segment)
    if (used + size > width - 1) break
    kept += segment
    used += size
  }
  return `${kept}…`
}

/** Padded on the right to a display width. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

/** `wrapWords`, with a word that is longer than a line cut into pieces. For what has a frame around it. */
export function wrapAll(text: string, width: number): readonly string[] {
  return wrapWords(text, width).flatMap((line) => (displayWidth(line) <= width ? [line] : pieces(line, width)))
}

function pieces(word: string, width: number): readonly string[] {
  const lines = ['']
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    const longer = lines[lines.length - 1] + segment
    if (displayWidth(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(segment)
  }
  return lines
}

/** Words in lines of at most `width` cells; the lines after the first are indented. A longer word stays whole. */
export function wrapWords(text: string, width: number, indent = ''): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && line !== indent && displayWidth(longer) > width) {
      lines.push(line)
      line = indent + word
    } else {
      line = longer
    }
  }
  return [...lines, line]
}
