/** Escape sequences as a whole: OSC up to its end, CSI, the other string kinds, two-byte escapes; in 7 and 8 bits. */
const SEQUENCES = new RegExp(
  [
    '(?:\\u001b\\]|\\u009d)[^\\u0007\\u001b\\u009c]*(?:\\u0007|\\u001b\\\\|\\u009c)?',
    '(?:\\u001b[PX^_]|[\\u0090\\u0098\\u009e\\u009f])[^\\u001b\\u009c]*(?:\\u001b\\\\|\\u009c)?',
    '(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]?',
    '\\u001b[ -/]*[0-~]?',
  ].join('|'),
  'g',
)

/** Marks that reorder or hide text: bidirectional controls, zero-width characters but the joiner of emoji, tags. */
const INVISIBLE =
  /[\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu

const PLAIN = /^[\u0020-\u007e]*$/
const LINE_BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g

/**
 * Text from outside (names, labels, messages) as one safe line: no escape sequence, control or bidirectional mark
 * reaches a terminal (fault W10). Line breaks become a space.
 */
export function clean(text: string): string {
  // Nearly every text is; the long way costs five passes, thousands of times in a long list.
  if (PLAIN.test(text)) return text
  return text
    .toWellFormed()
    .replace(SEQUENCES, '')
    .replace(LINE_BREAKS, ' ')
    .replace(CONTROLS, '')
    .replace(INVISIBLE, '')
}

/** JSON for a terminal or a pipe: same data, but every mark that could act on a terminal is written as an escape. */
export function safeJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(
    /[\u007f-\u009f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
