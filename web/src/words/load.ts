import { languageOf, type Preferences } from '../state/preferences.ts'
import { createStore, type Store } from '../state/store.ts'
import { en } from './en.ts'
import { englishSentences } from './sentences.ts'
import { type Language, type Words, wordsOf } from './words.ts'

/** The words of the chosen language. English is there at once; another one is loaded, and then shown everywhere. */
export function followLanguage(preferences: Store<Preferences>, wanted: readonly string[]): Store<Words> {
  const english = wordsOf('en', en, englishSentences())
  const words = createStore<Words>(english)
  const choose = async (): Promise<void> => {
    const language = languageOf(preferences.get(), wanted)
    const next = language === 'en' ? english : await load(language)
    if (languageOf(preferences.get(), wanted) !== language) return
    document.documentElement.lang = language
    words.set(next)
  }
  const change = (): void => {
    if (words.get().language !== languageOf(preferences.get(), wanted)) {
      choose().catch(() => {
        // The file of a language could not be read: what is shown already is better than nothing.
      })
    }
  }
  preferences.subscribe(change)
  change()
  return words
}

async function load(language: Exclude<Language, 'en'>): Promise<Words> {
  const { sentencesIn } = await import('./translated.ts')
  if (language === 'de') {
    const { de, deSentences } = await import('./de.ts')
    return wordsOf('de', de, sentencesIn('de', deSentences))
  }
  const { vi, viSentences } = await import('./vi.ts')
  return wordsOf('vi', vi, sentencesIn('vi', viSentences))
}
