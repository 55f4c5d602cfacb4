/** The rules of a folder, read without a YAML library: the files are ours and keep to one form. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Rule {
  readonly kind: 'record' | 'alert'
  readonly name: string
  readonly expr: string
}

export function rulesIn(folder: string): Rule[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yml'))
    .flatMap((name) => rulesOf(readFileSync(join(folder, name), 'utf8')))
}

const RULE = /^ +- (record|alert): (\S+)\n +expr: (?:\|\n((?:(?: {10,}.*)\n)+)|(.*)\n)/gm

function rulesOf(text: string): Rule[] {
  const rules = [...text.matchAll(RULE)].map((match): Rule => {
    const [, kind = '', name = '', block, line] = match
    return { kind: kind === 'record' ? 'record' : 'alert', name, expr: (block ?? line ?? '').trim() }
  })
  const written = text.match(/^ +- (record|alert):/gm)?.length ?? 0
  if (written !== rules.length) throw new Error(`${written} rules are written and ${rules.length} were understood`)
  return rules
}
