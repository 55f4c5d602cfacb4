import { parse, TomlError } from 'smol-toml'
import * as z from 'zod'
import type { ConfigProblem } from '../model/app.ts'
import { nearest } from '../model/suggest.ts'
import { type KeyPath, lineOf } from './locate.ts'
import type { ConfigSchema } from './schema.ts'

export type RawConfig = Readonly<Record<string, unknown>>

export interface Validated {
  /** The file's own values, as written; null when it is no TOML. */
  readonly raw: RawConfig | null
  /** Null when there is a problem. */
  readonly value: z.output<ConfigSchema> | null
  readonly problems: readonly ConfigProblem[]
}

/** Checks a config.toml text. Never throws: everything wrong is a problem with key, line and nearest valid key. */
export function validateConfig(path: string, text: string, schema: ConfigSchema): Validated {
  let raw: RawConfig
  try {
    raw = parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    return { raw: null, value: null, problems: [syntaxProblem(path, error)] }
  }
  const checked = schema.safeParse(raw)
  const problems = checked.success
    ? crossChecks(checked.data).map((found) => at(path, text, found))
    : checked.error.issues.flatMap((issue) => toFindings(issue, schema)).map((found) => at(path, text, found))
  return { raw, value: checked.success && problems.length === 0 ? checked.data : null, problems }
}

interface Finding {
  readonly key: KeyPath
  readonly message: string
  readonly suggestion?: string | null
}

function at(path: string, text: string, found: Finding): ConfigProblem {
  return {
    path,
    key: found.key.join('.'),
    line: lineOf(text, found.key),
    message: found.message,
    suggestion: found.suggestion ?? null,
  }
}

function syntaxProblem(path: string, error: unknown): ConfigProblem {
  const place = error instanceof TomlError ? error : null
  // The parser quotes the offending lines after the first one; a quoted line may hold a secret.
  const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'not readable'
  const column = place ? ` (column ${place.column})` : ''
  return { path, key: '', line: place?.line ?? null, message: `Not valid TOML${column}: ${reason}`, suggestion: null }
}

function toFindings(issue: z.core.$ZodIssue, schema: ConfigSchema): readonly Finding[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      key: [...path, key],
      message: `Unknown key "${[...path, key].join('.')}".`,
      suggestion: suggest(key, path, schema),
    }))
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0 && issue.message === 'Invalid input') {
    return [{ key: path, message: 'This value is not of a kind that is allowed here.' }]
  }
  return [{ key: path, message: issue.message.replace(/^Invalid input: e/, 'E') }]
}

/** A key of the same name that lives in another table, else a sibling that is spelled alike. */
function suggest(key: string, path: KeyPath, schema: ConfigSchema): string | null {
  const keys = validKeys(schema)
  const elsewhere = keys.find((known) => known.endsWith(`.${key}`) && !known.includes('*'))
  if (path.length === 0 && elsewhere !== undefined) return elsewhere
  const prefix = path.map((part) => (typeof part === 'number' ? '*' : part)).join('.')
  const siblings = keys.filter((known) => parentOf(known) === prefix || isChannelKey(known, prefix))
  const sibling = nearest(
    key,
    siblings.map((known) => known.slice(known.lastIndexOf('.') + 1)),
  )
  return sibling === null ? (elsewhere ?? null) : [...path, sibling].join('.')
}

function isChannelKey(known: string, prefix: string): boolean {
  return prefix.startsWith('channels.') && parentOf(known) === 'channels.*'
}

function parentOf(key: string): string {
  return key.split('.').slice(0, -1).join('.')
}

/** Every key path of the schema, `*` where the user chooses the name or counts. */
export function validKeys(schema: z.ZodType): readonly string[] {
  const keys = new Set<string>()
  const walk = (node: z.core.JSONSchema._JSONSchema | undefined, path: readonly string[]): void => {
    if (node === undefined || typeof node === 'boolean') return
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      keys.add([...path, key].join('.'))
      walk(child, [...path, key])
    }
    if (typeof node.additionalProperties === 'object') walk(node.additionalProperties, [...path, '*'])
    if (node.items !== undefined && !Array.isArray(node.items)) walk(node.items, [...path, '*'])
    for (const option of [...(node.oneOf ?? []), ...(node.anyOf ?? [])]) walk(option, path)
  }
  walk(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), [])
  return [...keys]
}

/** What no single key can say. */
function crossChecks(config: z.output<ConfigSchema>): readonly Finding[] {
  const found: Finding[] = []
  const expect = (fine: boolean, key: KeyPath, message: string, suggestion: string | null = null): void => {
    if (!fine) found.push({ key, message, suggestion })
  }
  const { polling, levels, server, alerts, channels } = config
  expect(levels.low <= levels.medium, ['levels', 'low'], 'low must not be above medium.')
  expect(polling.backoff_floor <= polling.backoff_cap, ['polling', 'backoff_floor'], 'Must not be above backoff_cap.')
  expect(
    (server.tls_cert === undefined) === (server.tls_key === undefined),
    ['server', server.tls_cert === undefined ? 'tls_key' : 'tls_cert'],
    'tls_cert and tls_key belong together; set both or none.',
  )
  for (const [index, rule] of alerts.entries()) {
    const twice = alerts.findIndex((other) => other.name === rule.name) !== index
    expect(!twice, ['alerts', index, 'name'], `There is already a rule named "${rule.name}".`)
    for (const name of rule.notify) {
      const known = Object.keys(channels)
      expect(known.includes(name), ['alerts', index, 'notify'], `There is no channel "${name}".`, nearest(name, known))
    }
  }
  for (const [name, channel] of Object.entries(channels)) {
    if (channel.type !== 'slack' && channel.type !== 'discord') continue
    const one = (channel.url === undefined) !== (channel.url_file === undefined)
    expect(one, ['channels', name], 'Set either url or url_file.')
  }
  return found
}
