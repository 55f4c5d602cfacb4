/** Answers that take a while: made in pieces so that polls and pages go on, and kept so that they are made once. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Clock, MINUTE_MS } from '../model/index.ts'

const KEPT_FOR_MS = MINUTE_MS
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

/** Each answer serves whoever asks the same (as text: `key`) for a minute; one that fails serves nobody. */
export function keptAnswers<Query extends { readonly key: string }, Answer>(
  clock: Pick<Clock, 'monotonicMs'>,
  make: (query: Query) => Promise<Answer>,
): (query: Query) => Promise<Answer> {
  const kept = new Map<string, { readonly at: number; readonly answer: Promise<Answer> }>()
  return (query) => {
    const now = clock.monotonicMs()
    const known = kept.get(query.key)
    if (known !== undefined && now - known.at < KEPT_FOR_MS) return known.answer
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
