import type { ReadingNote } from '../../model/reading.ts'

/** The note for parts of an answer that could not be read; none when there are none. */
export function corruptNote(dropped: number): readonly ReadingNote[] {
  if (dropped === 0) return []
  const what = dropped === 1 ? '1 part of the answer' : `${dropped} parts of the answer`
  return [{ code: 'corrupt_element', message: `${what} could not be read and was left out.` }]
}
