import { asObject, field, parseJson } from './parse.ts'
import type { CredentialPorts } from './ports.ts'

const VERSION = /^\d{1,4}\.\d{1,5}\.\d{1,5}$/

/**
 * The version of the installed Claude Code, from where its command really lies; nothing is run. Its own installer
 * keeps each version under `versions/<version>`, npm keeps a package.json beside the program. Null: not known.
 */
export async function findClaudeVersion(ports: CredentialPorts): Promise<string | null> {
  const command = await ports.findOnPath('claude')
  if (command === null) return null
  const parts = command.split(/[\\/]/)
  const named = parts[parts.lastIndexOf('versions') + 1] ?? ''
  if (VERSION.test(named)) return named
  const at = parts.lastIndexOf('claude-code')
  if (at < 1 || parts[at - 1] !== '@anthropic-ai') return null
  const separator = command.includes('\\') ? '\\' : '/'
  const read = await ports.readText([...parts.slice(0, at + 1), 'package.json'].join(separator), 'json')
  const parsed = read.kind === 'text' ? parseJson(read.text) : null
  const version = field((parsed?.ok ? asObject(parsed.value) : null) ?? {}, 'version')
  return typeof version === 'string' && VERSION.test(version) ? version : null
}
