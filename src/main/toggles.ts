import type { JsonFile } from '../model/ports.ts'
import type { ToggleName, Toggles } from '../server/deps.ts'

const DEFAULTS: Readonly<Record<ToggleName, boolean>> = { 'switch-project': false, 'switch-preview-model': false }

/** The two switches of the v0 management API, kept in settings.json; what else is in that file is kept. */
export async function openToggles(file: JsonFile): Promise<Toggles> {
  const kept = await file.read()
  let content: Record<string, unknown> = typeof kept === 'object' && kept !== null ? { ...kept } : {}
  return {
    get: (name) => {
      const value = content[name]
      return typeof value === 'boolean' ? value : DEFAULTS[name]
    },
    set: async (name, value) => {
      // The dashboard keeps its order and theme in the same file.
      const now = await file.read()
      const next = { ...content, ...(typeof now === 'object' ? now : {}), [name]: value }
      await file.write(next)
      content = next
    },
  }
}
