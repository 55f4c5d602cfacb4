/** Code points that take two cells: East Asian Wide and Fullwidth (Unicode 16, by block), without the emoji. */
const WIDE: readonly (readonly [from: number, to: number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1aff0, 0x1b2fb],
  [0x20000, 0x3fffd],
]

const PLAIN = /^[\u0020-\u007e]*$/
/** What a table is made of besides plain letters: Latin, dashes, dots, arrows, mathematical signs, boxes and bars. */
const NARROW_ONLY =
  /^[\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u2199\u2200-\u22ff\u2500-\u25fc\u2713\u2717]*$/
const NO_WIDTH = /^[\p{M}\p{Cf}\p{Cc}\p{Emoji_Modifier}]$/u
const EMOJI = /^\p{Emoji_Presentation}$/u
/** The marks that we print ourselves (🟢 🟡 🔴 ⛔ ⚪): known, so that tables of them load no Unicode data. */
const OWN_MARKS: ReadonlySet<number> = new Set([0x1f7e2, 0x1f7e1, 0x1f534, 0x26d4, 0x26aa])
const JOINER = 0x200d
const AS_EMOJI = 0xfe0f

/**
 * How many cells a text takes in a terminal. Small and quick on purpose: `list --cached` has a start-up budget that
 * loading segmentation data would eat. Tested against the string-width package.
 */
export function displayWidth(text: string): number {
  if (PLAIN.test(text) || NARROW_ONLY.test(text)) return text.length
  let width = 0
  let last = 0
  let isJoined = false
  let isHalfFlag = false
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (code === AS_EMOJI) {
      // A sign that is text by itself (`⚠`) is drawn as an emoji, two cells wide.
      if (last === 1) width += 1
      last = 2
    } else if (code === JOINER) {
      isJoined = true
    } else {
      const isFlag = code >= 0x1f1e6 && code <= 0x1f1ff
      if (isJoined || (isFlag && isHalfFlag)) last = 0
      else last = widthOf(character, code)
      isHalfFlag = isFlag && !isHalfFlag
      isJoined = false
      width += last
    }
  }
  return width
}

function widthOf(character: string, code: number): 0 | 1 | 2 {
  if (code < 0x300) return code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0xad ? 0 : 1
  if (OWN_MARKS.has(code)) return 2
  if (NO_WIDTH.test(character)) return 0
  if (EMOJI.test(character)) return 2
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1
}
