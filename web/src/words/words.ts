import type { Catalogue, TextKey } from './en.ts'
import type { Sentences } from './sentences.ts'

export type Language = 'en' | 'de' | 'vi'

/** All that is said in one language: fixed texts, and the sentences that are made of numbers. */
export interface Words extends Sentences {
  readonly language: Language
  /** For `Intl`: English dates are written day first, as in every sentence. */
  readonly locale: string
  /** A text of the catalogue with its gaps filled. */
  t(key: TextKey, ...values: readonly (string | number)[]): string
  /** The form for a number: `key.one` for one where there is such a form. */
  n(key: TextKey, count: number, ...values: readonly (string | number)[]): string
}

export function wordsOf(language: Language, catalogue: Catalogue, sentences: Sentences): Words {
  const numbers = new Intl.NumberFormat(language)
  const filled = (text: string, values: readonly (string | number)[]): string =>
    text.replace(/\{(\d)\}/g, (gap, index: string) => {
      const value = values[Number(index)]
      if (value === undefined) return gap
      return typeof value === 'number' ? numbers.format(value) : value
    })
  return {
    ...sentences,
    language,
    locale: language === 'en' ? 'en-GB' : language,
    t: (key, ...values) => filled(catalogue[key], values),
    n(key, count, ...values) {
      const one = `${key}.one` as TextKey
      const text = count === 1 ? (catalogue[one] ?? catalogue[key]) : catalogue[key]
      return filled(text, [count, ...values])
    },
  }
}
