import { type ClaudeEnvironment, claudeCodePlaces } from '../credentials/places.ts'
import type { CredentialPorts } from '../credentials/ports.ts'
import { claudeCodeOwner } from '../credentials/sources/claude-code.ts'
import type { Clock, JsonFile } from '../model/ports.ts'
import {
  fromHandedFile,
  isRepetition,
  keepHanded,
  parseStatusLine,
  toHandedFile,
} from '../providers/claude/statusline.ts'

export interface StatusLineKeeper {
  readonly environment: ClaudeEnvironment
  readonly readText: CredentialPorts['readText']
  readonly file: JsonFile
  readonly clock: Clock
}

/**
 * Keeps the `rate_limits` that Claude Code hands to its status line: readings that cost no request. Never throws:
 * whatever it was handed, the line is still printed.
 */
export async function keepStatusLine(text: string, keeper: StatusLineKeeper): Promise<void> {
  try {
    const now = keeper.clock.now()
    const input = parseStatusLine(JSON.parse(text), now)
    if (input === null) return
    const kept = fromHandedFile(await keeper.file.read())
    if (isRepetition(kept, input, claudeCodePlaces(keeper.environment).login)) return
    const { place, identity } = await claudeCodeOwner(keeper.environment, keeper)
    const { subject, workspace } = identity
    const next = keepHanded(kept, input, { place, subject, workspace }, now)
    if (next !== null) await keeper.file.write(toHandedFile(next))
  } catch {
    // Not JSON, or a disk that refuses: the service is asked as ever, and doctor shows what is wrong with the disk.
  }
}
