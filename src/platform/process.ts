import { createHash } from 'node:crypto'
import type { Random } from '../model/ports.ts'

/** SHA-256 over the parts, 16 hex digits. Each part's length goes in, so `('ab', 'c')` and `('a', 'bc')` differ. */
export function fingerprint(...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex').slice(0, 16)
}

export const random: Random = () => Math.random()
