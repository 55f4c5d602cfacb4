import { AppError } from '../model/app.ts'
import type { Clock } from '../model/ports.ts'
import { readGuarded } from '../platform/files.ts'

/** Shorter ones can be guessed. */
const SHORTEST_TOKEN = 16

/** The token in a file of the settings; null when none is named. Throws AppError 4 with the hint when it cannot be used. */
export async function readToken(
  path: string | undefined,
  key: string,
  clock: Clock,
  hint: string = 'Make one: openssl rand -hex 32 > FILE; chmod 600 FILE',
): Promise<string | null> {
  if (path === undefined) return null
  const read = await readGuarded(path, clock)
  if (read.kind !== 'text') {
    const what = read.kind === 'absent' ? 'does not exist' : 'cannot be read'
    throw new AppError(4, 'bad_token_file', `${key}: ${path} ${what}.`, hint)
  }
  const token = read.text.trim()
  if (token.length < SHORTEST_TOKEN || /\s/.test(token)) {
    throw new AppError(
      4,
      'bad_token_file',
      `${key}: ${path} must hold one token of at least ${SHORTEST_TOKEN} characters.`,
      hint,
    )
  }
  return token
}
