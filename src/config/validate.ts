import { parse, TomlError } from 'smol-toml'
import type * as z from 'zod'
import type { ConfigProblem } from '../model/app.ts'
import { nearest } from '../model/suggest.ts'
import { type Finding, toFindings } from './findings.ts'
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
    : checked.error.issues.flatMap((issue) => toFindings(issue, raw, schema)).map((found) => at(path, text, found))
  return { raw, value: checked.success && problems.length === 0 ? checked.data : null, problems }
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
  const [reason = ''] = error instanceof Error ? error.message.split('\n') : ['not readable']
  const column = place ? ` (column ${place.column})` : ''
  const message = `Not valid TOML${column}: ${reason.replace(/^Invalid TOML document: /, '')}.`
  return { path, key: '', line: place?.line ?? null, message, suggestion: null }
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
