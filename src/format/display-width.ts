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

/** Nearly every text is; a native pass is far quicker than ours while the code is new. */
const ASCII = /^[\u0020-\u007e]*$/
const NO_WIDTH = /^[\p{M}\p{Cf}\p{Cc}\p{Emoji_Modifier}]$/u
const EMOJI = /^\p{Emoji_Presentation}$/u
const JOINER = 0x200d
const AS_EMOJI = 0xfe0f

/**
 * How many cells a text takes in a terminal. Small and quick on purpose: `list --cached` has a start-up budget that
 * loading segmentation data would eat. Tested against the string-width package.
 */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length
  const known = knownWidth(text)
  if (known !== null) return known
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

/** Cells that the widest of them takes; 0 for none. */
export function widestOf(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, displayWidth(text)), 0)
}

/**
 * The width of a text that is made of what tables are made of (plain letters, bars, dashes, arrows, our own marks
 * 🟢 🟡 🔴 ⛔ ⚪), in one pass and without any Unicode data. Null as soon as there is something else in it.
 */
function knownWidth(text: string): number | null {
  let width = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if ((unit >= 0x20 && unit < 0x7f) || isNarrowSign(unit)) continue
    if (unit === 0x26d4 || unit === 0x26aa) width += 1
    // Two units that take two cells: the length counts them already.
    else if (unit === 0xd83d && isColouredDisc(text.charCodeAt(at + 1))) at += 1
    else return null
  }
  return width
}

/** Latin, dashes and dots, arrows, mathematical signs, boxes and bars, ✓ and ✗; what is ambiguous is narrow here. */
function isNarrowSign(unit: number): boolean {
  if (unit < 0x2010) return unit >= 0xa0 && unit < 0x300 && unit !== 0xad
  if (unit >= 0x2500 && unit <= 0x25fc) return true
  if (unit <= 0x2027 || (unit >= 0x2190 && unit <= 0x2199) || (unit >= 0x2200 && unit <= 0x22ff)) return true
  return unit === 0x2713 || unit === 0x2717
}

/** The second half of 🔴, 🟡 and 🟢. */
function isColouredDisc(unit: number): boolean {
  return unit === 0xdd34 || unit === 0xdfe1 || unit === 0xdfe2
}

function widthOf(character: string, code: number): 0 | 1 | 2 {
  if (code < 0x300) return code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0xad ? 0 : 1
  if (NO_WIDTH.test(character)) return 0
  if (EMOJI.test(character)) return 2
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1
}
