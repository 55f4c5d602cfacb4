import { stream } from './random.ts'

/**
 * What goes wrong with an answer. `reply`, `html`, `empty`, `redirect` and `reset` stand before the service: it never
 * sees the request. All others let it do what was asked (a token is rotated) and spoil the answer.
 */
export type FaultEffect =
  /** Answers this instead. An object body goes out as JSON. */
  | {
      readonly kind: 'reply'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: unknown
    }
  /** Only waits (see `delayMs`), then answers as usual. */
  | { readonly kind: 'delay' }
  /** Never answers, or stops for ever after so many bytes of the body. */
  | { readonly kind: 'hang'; readonly afterBytes?: number }
  /** Closes the connection before any answer. */
  | { readonly kind: 'reset' }
  /** Does what was asked, then closes without an answer: the token is rotated and the reply is lost. */
  | { readonly kind: 'lose-reply' }
  /** Says the full length, sends so many bytes of the body, closes. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  | { readonly kind: 'drip'; readonly bytesPerSecond: number }
  /** A web page as a gateway or a login form sends it; status default 200. */
  | { readonly kind: 'html'; readonly status?: number }
  | { readonly kind: 'content-type'; readonly value: string }
  /** Compressed, but nothing says so. */
  | { readonly kind: 'gzip-unlabelled' }
  /** Compressed twice, labelled once. */
  | { readonly kind: 'gzip-double' }
  /** A small compressed body that unpacks to so many bytes. */
  | { readonly kind: 'gzip-bomb'; readonly bytes: number }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: 301 | 302 | 303 | 307 | 308 }
  /** So many bytes of JSON white space and then the answer. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** Declares a length that differs from the body's by so many bytes. */
  | { readonly kind: 'wrong-length'; readonly by: number }
  | { readonly kind: 'invalid-json' }
  /** `{}` with the status 200. */
  | { readonly kind: 'empty' }

export interface FaultRule {
  /** Exact text, or a pattern; absent matches all. */
  readonly host?: string | RegExp
  readonly path?: string | RegExp
  /** Account id, `provider/name`. */
  readonly account?: string
  readonly method?: string
  /** Only the n-th request that matches the rest, counted from 1. */
  readonly nth?: number
  /** Share of matching requests it hits; drawn from the world's seed. Default 1. */
  readonly probability?: number
  /** How often it strikes before it is over; default for ever. 1 is a one-shot. */
  readonly times?: number
  /** Waits so long before anything else; real milliseconds. */
  readonly delayMs?: number
  readonly effect: FaultEffect
}

interface FaultTarget {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly account: string | null
}

/** The script of what goes wrong. Rules are tried in the order they were added; the first that strikes is used. */
export interface FaultPlan {
  /** Returns the function that takes the rule away again. */
  add(rule: FaultRule): () => void
  clear(): void
  /** How often faults have struck. */
  readonly struck: number
  /** The rule that strikes this request, if any; counts it. */
  strike(target: FaultTarget): FaultRule | null
}

interface Entry {
  readonly rule: FaultRule
  seen: number
  left: number
}

export function createFaults(seed: number): FaultPlan {
  const random = stream(seed ^ 0x5eed)
  const entries = new Set<Entry>()
  let struck = 0
  return {
    add(rule) {
      const entry: Entry = { rule, seen: 0, left: rule.times ?? Number.POSITIVE_INFINITY }
      entries.add(entry)
      return () => entries.delete(entry)
    },
    clear: () => entries.clear(),
    get struck() {
      return struck
    },
    strike(target) {
      for (const entry of entries) {
        if (!strikes(entry, target, random)) continue
        entry.left -= 1
        if (entry.left <= 0) entries.delete(entry)
        struck += 1
        return entry.rule
      }
      return null
    },
  }
}

function strikes(entry: Entry, target: FaultTarget, random: () => number): boolean {
  const { rule } = entry
  if (!fits(rule.host, target.host) || !fits(rule.path, target.path)) return false
  if (rule.account !== undefined && rule.account !== target.account) return false
  if (rule.method !== undefined && rule.method !== target.method) return false
  entry.seen += 1
  if (rule.nth !== undefined && entry.seen !== rule.nth) return false
  return rule.probability === undefined || random() < rule.probability
}

function fits(wanted: string | RegExp | undefined, text: string): boolean {
  if (wanted === undefined) return true
  return typeof wanted === 'string' ? wanted === text : text.search(wanted) >= 0
}
