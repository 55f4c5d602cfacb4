/** Answers that take a while: made in pieces so that polls and pages go on, and kept so that they are made once. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { MINUTE_MS, SECOND_MS } from '../model/index.ts'
import type { ServerDeps } from './deps.ts'

const KEPT_FOR_MS = MINUTE_MS
/** Where time runs fast and a past is being made up. */
const KEPT_IN_DEMO_MS = 5 * SECOND_MS
const MOST_KEPT = 16

/** Works on one item at a time, with a turn for everything else in between. */
export async function inTurns<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item) => Result,
): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const item of items) {
    results.push(work(item))
    await nextTurn()
  }
  return results
}

/** Each answer serves whoever asks the same (`key`) for a minute, 5 s in a demo; one that fails serves nobody. */
export function keptAnswers<Query extends { readonly key: string }, Answer>(
  { clock, about }: Pick<ServerDeps, 'clock' | 'about'>,
  make: (query: Query) => Promise<Answer>,
): (query: Query) => Promise<Answer> {
  const kept = new Map<string, { readonly at: number; readonly answer: Promise<Answer> }>()
  return (query) => {
    const now = clock.monotonicMs()
    const keptForMs = about?.().demo === true ? KEPT_IN_DEMO_MS : KEPT_FOR_MS
    const known = kept.get(query.key)
    if (known !== undefined && now - known.at < keptForMs) return known.answer
    const answer = make(query)
    kept.delete(query.key)
    kept.set(query.key, { at: now, answer })
    for (const oldest of kept.keys()) if (kept.size > MOST_KEPT) kept.delete(oldest)
    answer.catch(() => {
      if (kept.get(query.key)?.answer === answer) kept.delete(query.key)
    })
    return answer
  }
}
