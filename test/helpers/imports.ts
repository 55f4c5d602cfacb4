/** Reads the import statements of the project's own files and judges them by the table of docs/architecture. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'

/** Rooms a room may import from (itself is always allowed). `model` is open to all. */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  model: [],
  format: ['model'],
  providers: ['model'],
  credentials: ['model', 'platform'],
  collector: ['model'],
  history: ['model'],
  forecast: ['model'],
  metrics: ['model'],
  alerts: ['format', 'model'],
  config: ['model'],
  platform: ['model'],
  simulator: ['model'],
  client: ['model'],
  server: ['model', 'metrics'],
  cli: ['client', 'format', 'model'],
  tui: ['client', 'format', 'model'],
}

/** Packages and node modules a room must do without; a room not named here is free. */
const FORBIDDEN_MODULES: Readonly<Record<string, RegExp>> = {
  model: /./,
  format: /^(node:|zod)/,
  client: /./,
  providers: /^node:/,
  collector: /^node:(?!async_hooks)/,
}

export interface ImportStatement {
  readonly file: string
  readonly specifier: string
  readonly typeOnly: boolean
}

const STATEMENT =
  /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^'"();]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g

/** Every import, re-export and dynamic import of one source text. */
export function importsOf(file: string, text: string): ImportStatement[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  return [...code.matchAll(STATEMENT)].map((match) => ({
    file,
    specifier: match[3] ?? match[4] ?? '',
    typeOnly: match[2] !== undefined,
  }))
}

function roomOf(path: string): string {
  return path.split(sep)[0] ?? ''
}

/** What is wrong with one import, or null. `file` is relative to src. */
export function violation(statement: ImportStatement): string | null {
  const { file, specifier } = statement
  const room = roomOf(file)
  const isTest = /\.test\.tsx?$|(^|\/)testing\.ts$|(^|\/)conformance\.ts$/.test(file)
  if (room === 'main.ts' || room === 'main') return null
  if (!specifier.startsWith('.')) {
    if (isTest) return null
    return FORBIDDEN_MODULES[room]?.test(specifier) ? `${file}: ${room} must not import ${specifier}` : null
  }
  const target = relative('.', resolve('.', dirname(file), specifier))
  if (target.startsWith('..')) return isTest ? null : `${file}: imports ${specifier} from outside src`
  const targetRoom = roomOf(target)
  if (targetRoom === 'main.ts' || targetRoom === 'main') return `${file}: nothing may import main`
  const crossesProvider =
    room === 'providers' && targetRoom === 'providers' && file.split(sep).length > 2 && target.split(sep).length > 2
  if (crossesProvider && file.split(sep)[1] !== target.split(sep)[1] && target.split(sep)[1] !== 'shared') {
    return `${file}: a provider must not import another (${target})`
  }
  if (targetRoom === room || targetRoom === 'model' || isTest) return null
  if (!(ALLOWED[room] ?? []).includes(targetRoom))
    return `${file}: ${room} must not import ${targetRoom} (${specifier})`
  if (room === 'credentials' && targetRoom === 'platform' && !statement.typeOnly) {
    return `${file}: credentials may import types of platform only (${specifier})`
  }
  return null
}

/** Every source file below `folder`, relative to it. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

/** Every import of every file below `folder`. */
export function allImports(folder: string): ImportStatement[] {
  return sourceFiles(folder).flatMap((file) => importsOf(file, readFileSync(join(folder, file), 'utf8')))
}

/** Files that form import cycles (type-only imports do not count), as one line a cycle. */
export function cycles(folder: string): string[] {
  const edges = new Map<string, string[]>()
  for (const statement of allImports(folder)) {
    if (statement.typeOnly || !statement.specifier.startsWith('.')) continue
    const target = join(dirname(statement.file), statement.specifier)
    edges.set(statement.file, [...(edges.get(statement.file) ?? []), target])
  }
  const found: string[] = []
  const done = new Set<string>()
  function visit(file: string, path: readonly string[]): void {
    const at = path.indexOf(file)
    if (at >= 0) {
      found.push([...path.slice(at), file].join(' → '))
      return
    }
    if (done.has(file)) return
    for (const next of edges.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of edges.keys()) visit(file, [])
  return found
}
