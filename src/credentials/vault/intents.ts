import { asObject, field, parseJson } from '../parse.ts'
import type { VaultPorts } from './ports.ts'
import { VaultError } from './store.ts'

/** Notes on disk that a single-use token is being spent: its hash and the time, no secret. */
export interface Intents {
  /** The hash of the token that was being spent; null: none. */
  read(path: string): Promise<string | null>
  write(path: string, generation: string): Promise<void>
  clear(path: string): Promise<void>
}

export function createIntents({ files, clock }: Pick<VaultPorts, 'files' | 'clock'>): Intents {
  return {
    async read(path) {
      const found = await files.read(path)
      if (found.kind === 'absent') return null
      if (found.kind === 'refused') throw new VaultError(found.detail, `Mend it: chmod 600 ${path}`)
      const parsed = parseJson(found.text)
      const generation = parsed.ok ? field(asObject(parsed.value) ?? {}, 'generation') : null
      return typeof generation === 'string' ? generation : null
    },
    async write(path, generation) {
      try {
        await files.write(path, `${JSON.stringify({ generation, at: clock.now() })}\n`)
      } catch {
        throw new VaultError(`${path} cannot be written.`, 'Check its folder and the free space.')
      }
    },
    async clear(path) {
      try {
        await files.remove(path)
      } catch {
        // A note too many errs on the safe side: at worst the person signs in once more.
      }
    },
  }
}
