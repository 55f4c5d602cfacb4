/** What a person chose for this browser. No number and no name of an account is ever kept here. */
export interface Preferences {
  readonly theme: 'auto' | 'light' | 'dark'
  /** Whether shares are shown as what is left or as what was used. */
  readonly figure: 'left' | 'used'
  /** Rows and cards show every quota of an account, the list only the one to look at first. */
  readonly layout: 'rows' | 'cards' | 'list'
  readonly language: 'auto' | 'en' | 'de' | 'vi'
  readonly notify: boolean
}

const DEFAULT_PREFERENCES: Preferences = {
  theme: 'auto',
  figure: 'left',
  layout: 'rows',
  language: 'auto',
  notify: false,
}

const KEY = 'tokstat.preferences'

const CHOICES = {
  theme: ['auto', 'light', 'dark'],
  figure: ['left', 'used'],
  layout: ['rows', 'cards', 'list'],
  language: ['auto', 'en', 'de', 'vi'],
} as const

/** What is stored, read key by key: one that is not understood is the default. */
export function readPreferences(storage: Pick<Storage, 'getItem'>): Preferences {
  let stored: unknown = null
  try {
    stored = JSON.parse(storage.getItem(KEY) ?? 'null')
  } catch {
    // Storage that is switched off, or a text of somebody else's: the defaults are a good answer.
  }
  const facts: Readonly<Record<string, unknown>> = typeof stored === 'object' && stored !== null ? { ...stored } : {}
  const one = <Key extends keyof typeof CHOICES>(key: Key): (typeof CHOICES)[Key][number] | undefined =>
    CHOICES[key].find((choice) => choice === facts[key])
  return {
    theme: one('theme') ?? DEFAULT_PREFERENCES.theme,
    figure: one('figure') ?? DEFAULT_PREFERENCES.figure,
    layout: one('layout') ?? DEFAULT_PREFERENCES.layout,
    language: one('language') ?? DEFAULT_PREFERENCES.language,
    notify: facts['notify'] === true,
  }
}

export function writePreferences(storage: Pick<Storage, 'setItem'>, preferences: Preferences): void {
  try {
    storage.setItem(KEY, JSON.stringify(preferences))
  } catch {
    // Storage that is switched off or full: the choice holds until the page is closed.
  }
}

/** Every layout, in the order a person goes through them. */
export const LAYOUTS = CHOICES.layout

export function languageOf(preferences: Preferences, wanted: readonly string[]): 'en' | 'de' | 'vi' {
  if (preferences.language !== 'auto') return preferences.language
  for (const tag of wanted) {
    const base = tag.toLowerCase().split('-', 1)[0]
    if (base === 'en' || base === 'de' || base === 'vi') return base
  }
  return 'en'
}
