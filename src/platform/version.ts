import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** tokstat's version, from the nearest package.json that is its own: in the source tree and in the package alike. */
export function readVersion(startFolder: string = import.meta.dirname): string {
  const folder = packageFolder(startFolder)
  return (folder === null ? null : versionIn(folder)) ?? '0.0.0'
}

/** The folder of the package or source tree that runs: where `bin/` is. Null: there is none above. */
export function packageFolder(startFolder: string = import.meta.dirname): string | null {
  for (let folder = startFolder; ; folder = dirname(folder)) {
    if (versionIn(folder) !== null) return folder
    if (dirname(folder) === folder) return null
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
