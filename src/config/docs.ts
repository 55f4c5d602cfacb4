import type { z } from 'zod'
import { configJsonSchema } from './json-schema.ts'
import type { ConfigurableProvider } from './schema.ts'

type Node = z.core.JSONSchema._JSONSchema

/** docs/config.md: every key of config.toml with its type, default and meaning. */
export function configReference(providers: readonly ConfigurableProvider[]): string {
  const sections: string[] = []
  for (const [name, node] of Object.entries(configJsonSchema(providers).properties ?? {})) {
    if (typeof node === 'boolean') continue
    if (name === 'providers') sections.push(...providerSections(node))
    else if (name === 'alerts') sections.push(section('[[alerts]]', node.description, rowsOf(itemOf(node))))
    else if (name === 'channels') sections.push(...channelSections(node))
    else sections.push(section(`[${name}]`, node.description, rowsOf(node)))
  }
  return `${[HEADER, ...sections].join('\n\n')}\n`
}

const HEADER = `# config.toml

<!-- Generated from the schema by \`npm run docs\`; do not edit. -->

Every key has a default, so no file is needed. \`tokstat config path\` says where it belongs, \`tokstat config check\`
names line and key of anything wrong. Durations: \`30s\`, \`5m\`, \`2h\`, \`7d\`, \`2w\`, \`1y\` or plain seconds. Sizes: \`512MB\`,
\`1GiB\` or plain bytes. File names may begin with \`~\`; a relative one starts at the folder of config.toml.`

function providerSections(node: Exclude<Node, boolean>): string[] {
  return Object.entries(node.properties ?? {}).map(([id, table]) =>
    typeof table === 'boolean' ? '' : section(`[providers.${id}]`, table.description, rowsOf(table)),
  )
}

function channelSections(node: Exclude<Node, boolean>): string[] {
  const any = node.additionalProperties
  const options = typeof any === 'object' ? (any.oneOf ?? any.anyOf ?? []) : []
  return options.flatMap((option) => {
    const type = typeof option === 'boolean' ? undefined : option.properties?.['type']
    const word = typeof type === 'object' ? String(type.const) : ''
    return [section(`[channels.<name>] type = "${word}"`, undefined, rowsOf(option))]
  })
}

function section(title: string, meaning: string | undefined, rows: readonly string[]): string {
  const table = ['| key | type | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
  return [`## \`${title}\``, ...(meaning === undefined ? [] : [meaning]), table].join('\n\n')
}

function rowsOf(node: Node | undefined): string[] {
  if (typeof node !== 'object') return []
  const required = new Set(node.required ?? [])
  return Object.entries(node.properties ?? {}).map(([key, child]) => {
    if (typeof child === 'boolean') return `| \`${key}\` | any | – | |`
    const preset = child.default === undefined ? (required.has(key) ? 'required' : '–') : code(child.default)
    return `| \`${key}\` | ${typeOf(child)} | ${preset} | ${escapeCell(child.description ?? '')} |`
  })
}

function typeOf(node: Node): string {
  if (typeof node === 'boolean') return 'any'
  if (node.title !== undefined) return node.title
  if (node.const !== undefined) return code(node.const)
  if (node.enum !== undefined) return node.enum.map(code).join(', ')
  const options = node.anyOf ?? node.oneOf
  if (options !== undefined) return [...new Set(options.map(typeOf))].join(' or ')
  if (node.type === 'array') return `list of ${typeOf(itemOf(node) ?? {})}`
  if (node.type === 'object') return 'table'
  return [node.type ?? 'any'].flat().join(' or ')
}

function itemOf(node: Exclude<Node, boolean>): Node | undefined {
  return Array.isArray(node.items) ? undefined : node.items
}

function code(value: unknown): string {
  return `\`${escapeCell(JSON.stringify(value))}\``
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
