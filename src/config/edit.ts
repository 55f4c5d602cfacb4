import { parse, patch } from '@decimalturn/toml-patch'

export type ConfigValue = string | number | boolean | readonly ConfigValue[] | { readonly [key: string]: ConfigValue }

/**
 * The text with one key set (or, with null, removed) and everything else as it was, comments included. Tables on the
 * way are made. Throws an Error when the text is no TOML or a key on the way is no table.
 */
export function setConfigValue(text: string, path: readonly string[], value: ConfigValue | null): string {
  const document: Record<string, unknown> = parse(text)
  let table = document
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(table, key) ? table[key] : {}
    if (typeof next !== 'object' || next === null || Array.isArray(next)) {
      throw new Error(`"${key}" is no table, so "${path.join('.')}" cannot be set.`)
    }
    table[key] = next
    table = next as Record<string, unknown>
  }
  const last = path.at(-1)
  if (last === undefined || path.includes('__proto__')) throw new Error('No key was named.')
  if (value === null) delete table[last]
  else table[last] = value
  return patch(text, document)
}
