import type { ReadingNote } from '../../model/reading.ts'
import { type EpochMs, fromUnixMs, toIso } from '../../model/time.ts'
import { cleanText } from '../shared/lenient.ts'
import { parseJson } from '../shared/parse-json.ts'

/** More are not worth reading; a plugin that meets limits all day writes one a model. */
const MOST = 8

/**
 * Waits that OpenCode's plugin was told to keep, from the credential's `cooldowns` (JSON of `{key: unix ms}`). They are
 * about single models in short bursts, so they are remarks and never change a number. Those of the Gemini CLI are left
 * out: another allowance.
 */
export function cooldownNotes(cooldowns: string | undefined, now: EpochMs): readonly ReadingNote[] {
  const parsed = parseJson(cooldowns ?? '')
  if (parsed.state !== 'ok') return []
  const notes: ReadingNote[] = []
  for (const [key, value] of Object.entries(parsed.value)) {
    const until = fromUnixMs(value)
    const what = cleanText(key.replace(/^gemini-antigravity(:|$)/, 'gemini$1'), 64)
    if (until === null || until <= now || what === null || key.startsWith('gemini-cli')) continue
    notes.push({ code: 'cooldown_seen', message: `OpenCode was told to wait for ${what} until ${toIso(until)}.` })
  }
  return notes.slice(0, MOST)
}
