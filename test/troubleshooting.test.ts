/** docs/troubleshooting.md is searched by exact message: each must be one that the program can say, and none may lack. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { STATUS_OF_CODE } from '../src/model/problem.ts'
import { sourceFiles } from './helpers/imports.ts'

const ROOT = join(import.meta.dirname, '..')
const page = readFileSync(join(ROOT, 'docs', 'troubleshooting.md'), 'utf8')
const sources = ['bin/tokstat.mjs', ...sourceFiles(join(ROOT, 'src')).map((file) => join('src', file))]
  .filter((file) => !/\.test\.tsx?$|testing\.tsx?$|conformance\.ts$|^src\/simulator\//.test(file))
  .map((file) => readFileSync(join(ROOT, file), 'utf8'))

/** The tables of what may go wrong on the page of each provider. */
const providerRows = readdirSync(join(ROOT, 'docs/providers')).flatMap((name) => {
  const text = readFileSync(join(ROOT, 'docs/providers', name), 'utf8')
  const lines = text.slice(text.indexOf('\n## Troubleshooting')).split('\n')
  return lines.flatMap((line) => {
    const message = /^\|[^|`]*(?:`` (.*?) ``|`([^`]+)`)/.exec(line)
    return message === null ? [] : [{ name, message: message[1] ?? message[2] ?? '' }]
  })
})

/** Codes of mistakes in a command line or a request: their message says all there is to say. */
const PLAIN = new Set(['bad_argument', 'invalid_request', 'unsupported_media_type', 'not_found'])

/** Texts in the source, every value in them as `…`. */
const texts = sources.flatMap((text) =>
  [...text.matchAll(/'((?:[^'\\\n]|\\.)+)'|"((?:[^"\\\n]|\\.)+)"|`((?:[^`\\]|\\.)+)`/g)].map((match) =>
    withoutValues(match[1] ?? match[2] ?? match[3] ?? '').replace(/\\(.)/g, '$1'),
  ),
)

/** `${…}` as `…`, with whatever braces are within. */
function withoutValues(text: string): string {
  let depth = 0
  let out = ''
  for (let at = 0; at < text.length; at += 1) {
    if (depth === 0 && text.startsWith('${', at)) {
      out += '…'
      depth = 1
      at += 1
    } else if (depth > 0 && text[at] === '{') depth += 1
    else if (depth > 0 && text[at] === '}') depth -= 1
    else if (depth === 0) out += text[at]
  }
  return out
}

interface Row {
  readonly message: string
  readonly codes: readonly string[]
}

const rows = page
  .split('\n')
  .filter((line) => /^\| `/.test(line))
  .map((line): Row => {
    const [, message = '', codes = ''] = line.split(/(?<!\\)\|/)
    const shown = /^ *(?:`` (.*) ``|`([^`]*)`) *$/.exec(message)
    return {
      message: shown?.[1] ?? shown?.[2] ?? '',
      codes: [...codes.matchAll(/`(\w+)`/g)].map((one) => one[1] ?? ''),
    }
  })

function patternOf(text: string): RegExp {
  const words = text.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${words.join('.*')}$`, 's')
}

/** Whether a text of the source can become this message: the same words, and a value wherever the page has `…`. */
function canBeSaid(message: string, all: readonly string[] = texts): boolean {
  const pattern = patternOf(message)
  return all.some((text) => pattern.test(text))
}

/** The other way round: whether a message of one provider is what a text with a value in it becomes. */
const patterns = [...new Set(texts)]
  .filter((text) => text.replace(/…/g, '').length >= 12 && text.includes('…'))
  .map((text) => patternOf(text))

function canBecome(message: string): boolean {
  return canBeSaid(message) || patterns.some((pattern) => pattern.test(message))
}

describe('the page of messages', () => {
  it('is read by this test: many rows, many texts', () => {
    expect(rows.length).toBeGreaterThan(90)
    expect(texts.length).toBeGreaterThan(2000)
    expect(rows.filter(({ message }) => message === '')).toEqual([])
  })

  it('has no message that the program does not say', () => {
    expect(rows.map(({ message }) => message).filter((message) => !canBeSaid(message))).toEqual([])
    expect(canBeSaid('The moon is full, try again tomorrow.'), 'the canary').toBe(false)
    expect(canBeSaid('Port … is taken, sorry.', ['Port … on … is taken.']), 'the canary').toBe(false)
  })

  it('has every problem an account can have', () => {
    const named = new Set(rows.flatMap(({ codes }) => codes))
    expect(Object.keys(STATUS_OF_CODE).filter((code) => !named.has(code))).toEqual([])
  })

  it('has every code that a command or the daemon can end with', () => {
    const thrown = sources.flatMap((text) => [
      ...[...text.matchAll(/AppError\(\s*\d,\s*'(\w+)'/g)].map((match) => match[1] ?? ''),
      ...[...text.matchAll(/status: 4\d\d,\s*code: '(\w+)'/g)].map((match) => match[1] ?? ''),
    ])
    expect(new Set(thrown).size).toBeGreaterThan(60)
    const unnamed = [...new Set(thrown)].filter((code) => !PLAIN.has(code) && !page.includes(`\`${code}\``))
    expect(unnamed).toEqual([])
  })

  it('names no code that is none', () => {
    const known = sources.join('\n')
    const strange = rows.flatMap(({ codes }) => codes).filter((code) => !new RegExp(`\\b${code}\\b`).test(known))
    expect(strange).toEqual([])
  })
})

describe('the pages of the providers', () => {
  it('have no message that the program does not say', () => {
    expect(providerRows.length).toBeGreaterThan(50)
    const strange = providerRows.filter(({ message }) => !canBecome(message))
    expect(strange.map(({ name, message }) => `${name}: ${message}`)).toEqual([])
    expect(canBecome('Claude is on holiday (403).'), 'the canary').toBe(false)
  })
})
