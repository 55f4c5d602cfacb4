/** Golden files are reviewed as text. `UPDATE_GOLDEN=1` writes them; without it a difference is a failure. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The file's text; with UPDATE_GOLDEN=1 it is written first. */
export function golden(name: string, actual: string): string {
  const path = join(import.meta.dirname, '..', 'golden', name)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, actual)
  return readFileSync(path, 'utf8')
}
