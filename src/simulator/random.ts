/** Small, seeded, repeatable randomness: the same seed gives the same world on every machine. */

/** FNV-1a over UTF-16 units: a 32-bit number for a text, to derive independent streams by name. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193)
  }
  return hash >>> 0
}

/** mulberry32: a stream of numbers in 0..1 (1 excluded). */
export function stream(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    return finish(state)
  }
}

/** The number in 0..1 that belongs to place `index` of a seed, in any order of asking. */
export function noise(seed: number, index: number): number {
  return finish((seed ^ Math.imul(index | 0, 0x9e3779b1)) >>> 0)
}

function finish(state: number): number {
  let mixed = Math.imul(state ^ (state >>> 15), state | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
}

/** One element of a list that is not empty. */
export function pick<Item>(items: readonly [Item, ...Item[]], random: () => number): Item {
  return items[Math.floor(random() * items.length)] ?? items[0]
}

/** A number between two others. */
export function between(low: number, high: number, random: () => number): number {
  return low + (high - low) * random()
}
