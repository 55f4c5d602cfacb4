import { editDistance } from './edit-distance.ts'

/** The nearest of the known words, when it is near enough to be meant; null otherwise. */
export function nearest(word: string, known: Iterable<string>): string | null {
  const wanted = word.toLowerCase()
  let best: string | null = null
  let bestDistance = Math.max(2, Math.ceil(wanted.length * 0.4)) + 1
  for (const candidate of known) {
    const lower = candidate.toLowerCase()
    const distance = wanted.length >= 3 && lower.startsWith(wanted) ? 1 : editDistance(wanted, lower)
    if (distance < bestDistance && distance < Math.max(wanted.length, lower.length)) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** "Did you mean `list`?" or null. */
export function didYouMean(word: string, known: Iterable<string>): string | null {
  const near = nearest(word, known)
  return near === null ? null : `Did you mean \`${near}\`?`
}
