/** Links between the pages: to a heading that is there as well as to a file. Whether files are there: docs.test.ts. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { documentationPages } from './helpers/markdown.ts'

const ROOT = join(import.meta.dirname, '..')
const pages = documentationPages()

interface Link {
  readonly page: string
  readonly target: string
}

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8').replace(/```[\s\S]*?```/g, '')
}

/** Links in angle brackets, of pictures, and by reference too. Code is no link. */
function linksOf(page: string, text: string = textOf(page)): readonly Link[] {
  const prose = text.replace(/`[^`\n]*`/g, '')
  const inline = [...prose.matchAll(/\]\(<?([^)>\s]+)>?(?:\s+"[^"]*")?\)/g)].map((match) => match[1] ?? '')
  const named = [...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)].map((match) => match[1] ?? '')
  return [...inline, ...named].filter((target) => !/^[a-z]+:/.test(target)).map((target) => ({ page, target }))
}

/** The anchors that a page's headings get: lower case, marks left out, spaces as hyphens, repeats numbered. */
function anchorsOf(page: string): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const anchors = [...textOf(page).matchAll(/^#{1,6} +(.+?) *#*$/gm)].map((match) => {
    const words = (match[1] ?? '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '')
    const anchor = words
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(anchor) ?? 0
    seen.set(anchor, count + 1)
    return count === 0 ? anchor : `${anchor}-${count}`
  })
  return new Set(anchors)
}

/** What is wrong with a link; null: nothing. */
function faultOf({ page, target }: Link): string | null {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), decodeURIComponent(path))
  if (relative(ROOT, file).startsWith('..')) return `${page}: ${target} leaves the project`
  if (!existsSync(file)) return `${page}: ${target} is not there`
  if (anchor === undefined || statSync(file).isDirectory()) return null
  return anchorsOf(relative(ROOT, file)).has(anchor) ? null : `${page}: ${target} has no such heading`
}

describe('links of the documentation', () => {
  const links = pages.flatMap((page) => linksOf(page))

  it('lead to files and headings that are there', () => {
    expect(links.length).toBeGreaterThan(80)
    expect(links.filter(({ target }) => target.includes('#')).length).toBeGreaterThan(8)
    expect(links.map(faultOf).filter((fault) => fault !== null)).toEqual([])
  })

  it('would be reported: the canaries', () => {
    const canaries = linksOf('README.md', '[a](nowhere.md) [b](QUICKSTART.md#no-such) [c](../../etc) ![d](x.png)')
    expect(canaries.map(faultOf).filter((fault) => fault === null)).toEqual([])
    expect(canaries).toHaveLength(4)
  })

  it('reach every page from README.md', () => {
    const reached = new Set(['README.md'])
    for (const page of reached) {
      for (const { target } of linksOf(page)) {
        const file = relative(ROOT, resolve(ROOT, dirname(page), target.split('#')[0] ?? ''))
        if (pages.includes(file)) reached.add(file)
      }
    }
    const alone = pages.filter((page) => !reached.has(page) && !page.startsWith('docs/decisions/'))
    expect(alone).toEqual([])
  })
})
