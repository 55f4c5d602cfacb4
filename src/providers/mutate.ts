/** Ways to damage a JSON value, for the conformance suite. Test code only, pure. */

type Path = readonly (string | number)[]

/** Written into the JSON text as it stands: JavaScript reads it as Infinity. */
const HUGE = '1e309'

/** One value of every JSON type, and the ones that have hurt monitors before. */
export const BAD_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  HUGE,
  '',
  'NaN',
  '\u202e\u0000text\n',
  [],
  [null],
  {},
  { value: 1 },
]

/** Every place in a value, the root not included. */
export function paths(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, child]) => {
    const here = [...at, Array.isArray(value) ? Number(name) : name]
    return [here, ...paths(child, here)]
  })
}

/** The JSON text of `value` with the part at `path` replaced. The empty path replaces all of it. */
export function replaceAt(value: unknown, path: Path, by: unknown): string {
  const text = JSON.stringify(replaced(value, path, by), (_key, part: unknown) =>
    typeof part === 'number' && !Number.isFinite(part) ? HUGE : part,
  )
  return text.replaceAll(`"${HUGE}"`, HUGE)
}

function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [head, ...rest] = path
  if (head === undefined) return by
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((child, at) => (at === head ? replaced(child, rest, by) : child))
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [name, name === head ? replaced(child, rest, by) : child]),
  )
}

function mapObjects(value: unknown, change: (object: Record<string, unknown>, isRoot: boolean) => unknown): unknown {
  const walk = (part: unknown, isRoot: boolean): unknown => {
    if (Array.isArray(part)) return part.map((child) => walk(child, false))
    if (typeof part !== 'object' || part === null) return part
    const copy = Object.fromEntries(Object.entries(part).map(([name, child]) => [name, walk(child, false)]))
    return change(copy, isRoot)
  }
  return walk(value, true)
}

/** Adds a key nobody knows to the root and to every object that is a record rather than a map of objects. */
export function insertUnknownSiblings(value: unknown): unknown {
  return mapObjects(value, (object, isRoot) =>
    isRoot || !isMapOfObjects(object) ? { ...object, zz_unknown_sibling: 'new' } : object,
  )
}

/** Adds elements of the wrong type to every list of objects, and to every map of two or more objects. */
export function insertCorruptElements(value: unknown): unknown {
  const inLists = (part: unknown): unknown => {
    if (Array.isArray(part)) {
      const children = part.map(inLists)
      const isListOfObjects = part.length > 0 && part.every((child) => typeof child === 'object' && child !== null)
      return isListOfObjects ? ['corrupt', ...children, 7, null, []] : children
    }
    if (typeof part !== 'object' || part === null) return part
    const copy = Object.fromEntries(Object.entries(part).map(([name, child]) => [name, inLists(child)]))
    return isMapOfObjects(part) && Object.keys(part).length > 1 ? { zz_corrupt: 'corrupt', ...copy } : copy
  }
  return inLists(value)
}

export function reverseKeys(value: unknown): unknown {
  return mapObjects(value, (object) => Object.fromEntries(Object.entries(object).reverse()))
}

function isMapOfObjects(value: object): boolean {
  const children = Object.values(value)
  return children.length > 0 && children.every((child) => typeof child === 'object' && child !== null)
}
