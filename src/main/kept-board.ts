import type { AccountsDocument } from '../model/document.ts'
import { documentAt } from '../model/document-state.ts'
import type { Clock } from '../model/ports.ts'
import type { Rules } from '../model/settings.ts'
import { jsonFile } from '../platform/store.ts'

/** What a file of kept readings holds, as it looks now; null when there is none that can be read. */
export async function boardOf(path: string, clock: Clock, rules: Rules): Promise<AccountsDocument | null> {
  const content = await jsonFile(path, clock).read()
  if (typeof content !== 'object' || content === null || !('accounts' in content)) return null
  if (!Array.isArray(content.accounts)) return null
  try {
    // Written by this program, 0600 in a folder of 0700: its shape is ours, unless it is damaged.
    return documentAt(content as AccountsDocument, clock.now(), rules)
  } catch {
    // Damaged: the engine says so in the log, and starts without it.
    return null
  }
}
