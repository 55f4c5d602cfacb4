import type { Sentences } from './sentences.ts'
import { englishSentences } from './sentences.ts'
export function sentencesIn(_l: string, _s: unknown): Sentences {
  return englishSentences()
}
