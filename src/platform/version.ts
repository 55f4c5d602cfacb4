import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

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
