import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Random } from '../model/ports.ts'

/** SHA-256 over the parts, 16 hex digits. Each part's length goes in, so `('ab', 'c')` and `('a', 'bc')` differ. */
export function fingerprint(...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex').slice(0, 16)
}

export const random: Random = () => Math.random()

/** tokstat's version, from the nearest package.json that is its own: in the source tree and in the package alike. */
export function readVersion(startFolder: string = import.meta.dirname): string {
  for (let folder = startFolder; ; folder = dirname(folder)) {
    const version = versionIn(folder)
    if (version !== null) return version
    if (dirname(folder) === folder) return '0.0.0'
  }
}

function versionIn(folder: string): string | null {
  try {
    const found: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    if (typeof found !== 'object' || found === null || !('name' in found) || found.name !== 'tokstat') return null
    return 'version' in found && typeof found.version === 'string' ? found.version : null
  } catch {
    // No package.json here, or not JSON: the next folder up is asked.
    return null
  }
}
