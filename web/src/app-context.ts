import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Client } from '../../src/client/client.ts'
import type { Install } from './offline/install.ts'
import type { BoardState } from './state/board.ts'
import type { Place } from './state/location.ts'
import type { Preferences } from './state/preferences.ts'
import type { Store } from './state/store.ts'
import type { Ticker } from './state/ticker.ts'
import type { Words } from './words/words.ts'

/** All that the views may touch; made once in main.tsx. */
export interface App {
  readonly url: string
  readonly client: Client
  readonly api: Api
  readonly ticker: Ticker
  readonly board: Store<BoardState>
  readonly place: Store<Place>
  readonly preferences: Store<Preferences>
  readonly words: Store<Words>
  readonly status: Store<ServerStatus | null>
  /** Null: not known yet. */
  readonly session: Store<SessionState | null>
  /** Goes somewhere else; `replace` leaves no step to go back to. */
  go(place: Place, replace?: boolean): void
  /** `token`: the token, or a code that stands for it once. */
  signIn(token: string): Promise<void>
  /** The code that the page was opened with, the first time it is asked for; else null. */
  loginCode(): string | null
  signOut(): Promise<void>
  toast: Store<string | null>
  install: Store<Install>
}

export interface SessionState {
  /** A token is set: this browser must sign in. */
  readonly needed: boolean
  readonly signedIn: boolean
}

/** The daemon's own state: `GET /api/v1/status`. */
export interface ServerStatus {
  readonly version: string
  readonly startedAt: string
  readonly upstream: string | null
  readonly demo: boolean
  readonly privacy: boolean
  readonly tokenSet: boolean
  readonly readers: number
  readonly sources: readonly {
    readonly source: string
    readonly state: string
    readonly count: number
    /** What is wrong, and what to do. */
    readonly detail: string | null
    readonly hint: string | null
  }[]
  readonly history: {
    readonly state: string
    readonly why: string | null
    readonly notice: string | null
    readonly samples: number
    readonly series: number
    readonly bytes: number
    readonly oldestAt: string | null
    readonly waiting: number
    readonly dropped: number
  }
  readonly config: {
    readonly problems: readonly {
      readonly key: string
      readonly line: number | null
      readonly message: string
      readonly suggestion: string | null
    }[]
    readonly restartNeeded: readonly string[]
  }
}

/** Questions of this page that are not in the client of every surface. Rejects with ClientError. */
export interface Api {
  /** The body of a good answer; null for a route that this tokstat does not have. */
  get<Body>(path: string): Promise<Body | null>
  send<Body>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Body | null>
  text(path: string): Promise<string>
  /** Exchanges the token for a session of this browser. */
  signIn(token: string): Promise<void>
}

export const AppContext = createContext<App | null>(null)

export function useApp(): App {
  const app = useContext(AppContext)
  if (app === null) throw new Error('rendered outside of the app')
  return app
}
