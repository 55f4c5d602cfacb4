import * as z from 'zod'
import { nearest } from '../model/suggest.ts'
import type { KeyPath } from './locate.ts'

/** One thing that is wrong, before it is looked up in the text. */
export interface Finding {
  readonly key: KeyPath
  readonly message: string
  readonly suggestion?: string | null
}

/** What the schema has against a file, in words and with what was probably meant. `raw` is the file as it was read. */
export function toFindings(issue: z.core.$ZodIssue, raw: unknown, schema: z.ZodType): readonly Finding[] {
  const key = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
  const value = valueAt(raw, key)
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((name) => unknownKey([...key, name], suggest(name, key, schema)))
    case 'invalid_type':
      return [wrongKind(key, issue, value)]
    case 'invalid_value':
      return [{ key, message: words(issue), suggestion: nearestValue(value, issue.values) }]
    case 'invalid_union':
      return [noneOfThem(key, issue, raw)]
    default:
      return [{ key, message: words(issue) }]
  }
}

function words({ message }: z.core.$ZodIssue): string {
  return message.replace(/^Invalid (?:input|option): e/, 'E')
}

function unknownKey(key: KeyPath, suggestion: string | null): Finding {
  return { key, message: `Unknown key "${key.join('.')}".`, suggestion }
}

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  number: 'a number',
  object: 'a table',
  record: 'a table',
  string: 'a text',
}

/** Own sentences of the schema stay; zod's speak of arrays and records. */
function wrongKind(key: KeyPath, issue: z.core.$ZodIssueInvalidType, value: unknown): Finding {
  if (!issue.message.startsWith('Invalid input: expected')) return { key, message: issue.message }
  if (value === undefined) return { key, message: 'This key is needed.' }
  const name = key.join('.')
  const kind = kindOf(value)
  if (issue.expected === 'array' && kind === 'object') {
    return { key, message: 'Expected a list of tables.', suggestion: `[[${name}]]` }
  }
  const message = `Expected ${KINDS[issue.expected] ?? issue.expected}, not ${KINDS[kind] ?? kind}.`
  if (kind !== 'array') return { key, message }
  if (issue.expected === 'record') return { key, message, suggestion: `[${name}.<name>]` }
  return { key, message, suggestion: issue.expected === 'object' ? `[${name}]` : null }
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value
}

/** A value that fits none of several kinds: the one that a word in it (`type`) chooses, or just values. */
function noneOfThem(key: KeyPath, issue: z.core.$ZodIssueInvalidUnion, raw: unknown): Finding {
  const message = issue.message === 'Invalid input' ? 'This value is not of a kind that is allowed here.' : words(issue)
  if (!('options' in issue) || !Array.isArray(issue.options)) return { key, message }
  const word = valueAt(raw, key)
  if (word !== undefined) return { key, message, suggestion: nearestValue(word, issue.options) }
  const table = valueAt(raw, key.slice(0, -1))
  const meant = isTable(table) ? nearest(String(key.at(-1)), Object.keys(table)) : null
  return meant === null ? { key, message } : unknownKey([...key.slice(0, -1), meant], key.join('.'))
}

function nearestValue(value: unknown, known: readonly unknown[]): string | null {
  const names = known.filter((one) => typeof one === 'string')
  return typeof value === 'string' ? nearest(value, names) : null
}

function valueAt(raw: unknown, key: KeyPath): unknown {
  let value = raw
  for (const part of key) {
    if (!isTable(value) && !Array.isArray(value)) return undefined
    value = (value as Readonly<Record<string | number, unknown>>)[part]
  }
  return value
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A key of the same name that lives in another table, else a sibling that is spelled alike. */
function suggest(key: string, path: KeyPath, schema: z.ZodType): string | null {
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
