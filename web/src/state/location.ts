/** What the address says: the view, what it is about, and how it is shown. All of it is in the part behind `#`. */
export interface Place {
  readonly view: View
  /** The account of the account view; null elsewhere. */
  readonly account: string | null
  readonly parameters: ReadonlyMap<string, string>
}

const VIEWS = ['overview', 'account', 'analytics', 'timeline', 'alerts', 'settings', 'health'] as const
export type View = (typeof VIEWS)[number]

/** `#/account/claude%2Fwork?range=7d`; anything unreadable is the overview. */
export function readPlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [first = '', second] = path.split('/')
  const view = VIEWS.find((one) => one === first) ?? 'overview'
  const parameters = new Map([...new URLSearchParams(query)].filter(([, value]) => value !== ''))
  const account = view === 'account' ? decoded(second) : null
  if (view === 'account' && account === null) return { view: 'overview', account: null, parameters }
  return { view, account, parameters }
}

export function writePlace({ view, account, parameters }: Place): string {
  const path = view === 'overview' ? '' : view === 'account' ? `account/${encodeURIComponent(account ?? '')}` : view
  const query = new URLSearchParams([...parameters].filter(([, value]) => value !== '')).toString()
  return `#/${path}${query === '' ? '' : `?${query}`}`
}

/** The address of another view, with its parameters as they are by default. */
export function linkTo(view: View, account: string | null = null, parameters: Record<string, string> = {}): string {
  return writePlace({ view, account, parameters: new Map(Object.entries(parameters)) })
}

/** The same place with some parameters changed; '' takes one away. */
export function withParameters(place: Place, changes: Readonly<Record<string, string>>): Place {
  const parameters = new Map(place.parameters)
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') parameters.delete(name)
    else parameters.set(name, value)
  }
  return { ...place, parameters }
}

function decoded(text: string | undefined): string | null {
  if (text === undefined || text === '') return null
  try {
    return decodeURIComponent(text)
  } catch {
    // A broken percent sequence names nothing.
    return null
  }
}
