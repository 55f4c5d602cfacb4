/** Where things are on the page: nothing beside the screen, no text on another, no motion for who wants none. */
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium } from '../../bench/chromium.ts'
import { openPage, settled } from '../../bench/shots/scenes.ts'
import { openStage, type Stage } from '../../bench/shots/stage.ts'

const CHROMIUM = findChromium()
const LONG_MS = 180_000
const LAYOUTS = ['rows', 'cards', 'list'] as const
const OTHERS = ['analytics', 'analytics?of=all:18000', 'timeline', 'alerts', 'settings', 'health'] as const

if (CHROMIUM === undefined) {
  if (process.env['CI']) throw new Error('the layout cannot be tested: no chromium is installed')
  console.warn('SKIPPED test/e2e/web-layout.test.ts: no chromium is installed here (apt-get install chromium)')
}

let browser: Browser
let stage: Stage

beforeAll(async () => {
  if (CHROMIUM === undefined) return
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  stage = await openStage({ accounts: 40 })
}, LONG_MS)

afterAll(async () => {
  await browser?.close()
  await stage?.stop()
})

/** In the page: what reaches beyond the screen, whether it can be scrolled sideways, and gaps left in a text. */
const BESIDE = `(() => {
  const width = document.documentElement.clientWidth
  const found = document.documentElement.scrollWidth > width ? ['the page scrolls sideways'] : []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    if (node.textContent.trim() === '' || element.closest('.hidden, .scroll, .skip, option')) continue
    if (/\\{\\d\\}|undefined|NaN/.test(node.textContent)) found.push('a gap: ' + node.textContent)
    const range = document.createRange()
    range.selectNodeContents(node)
    const lines = [...range.getClientRects()]
    if (lines.length > 4 && lines.every(({ width }) => width < 48)) found.push('a column of letters: ' + node.textContent)
    for (const { left, right } of lines) {
      const isCut = getComputedStyle(element).textOverflow === 'ellipsis' || element.closest('h3, .line-name') !== null
      if (left < -1 || (right > width + 1 && !isCut)) found.push('beside the screen: ' + node.textContent)
    }
  }
  return [...new Set(found)].slice(0, 5)
})()`

/** In the page: pairs of texts of which one lies on the other. What scrolls or is cut off by itself is let out. */
const OVERLAPS = `(() => {
  const texts = []
  const walker = document.createTreeWalker(document.querySelector('#app'), NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    if (node.textContent.trim() === '' || element.closest('.hidden, .scroll, .skip, option, .same time, .same .in')) continue
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
    if (getComputedStyle(element).clipPath === 'inset(50%)') continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const clip = element.closest('.line-name, .list h3')?.getBoundingClientRect()
    for (const rect of range.getClientRects()) {
      const right = clip ? Math.min(rect.right, clip.right) : rect.right
      texts.push({ text: node.textContent.trim(), left: rect.left, right, top: rect.top, bottom: rect.bottom })
    }
  }
  texts.sort((a, b) => a.top - b.top)
  const found = []
  texts.forEach((one, index) => {
    for (const other of texts.slice(index + 1)) {
      if (other.top >= one.bottom - 4) break
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left)
      if (wide > 2 && other.text !== one.text) found.push(one.text + ' / ' + other.text)
    }
  })
  return [...new Set(found)].slice(0, 5)
})()`

async function places(page: Page, language: string, look: () => Promise<void>): Promise<void> {
  for (const layout of LAYOUTS) {
    await page.evaluate(`localStorage.setItem('tokstat.preferences', '${JSON.stringify({ layout, language })}')`)
    await page.goto(`${stage.url}/?${layout}#/`)
    await settled(page)
    await page.locator(`.accounts.${layout}`).waitFor()
    await look()
  }
  const accounts = ['claude/', 'antigravity/maximiliana'].map((start) =>
    stage.accounts.find((id) => id.startsWith(start)),
  )
  for (const view of [...OTHERS, ...accounts.map((id) => `account/${encodeURIComponent(id ?? '')}?range=7d`)]) {
    await page.goto(`${stage.url}/#/${view}`)
    await settled(page)
    await look()
  }
}

/** In the page: lays out all of it (what is far below is not while nobody looks at it), with text of this size. */
function laidOut(textSize: number): string {
  return `(() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync('* { content-visibility: visible !important } :root { font-size: ${textSize * 100}% }')
    document.adoptedStyleSheets = [sheet]
  })()`
}

const SIZES = [
  ['a phone of 360 px', 360, 1, 'en'],
  ['a phone of 360 px in German', 360, 1, 'de'],
  ['a phone of 360 px in Vietnamese', 360, 1, 'vi'],
  ['a window of 1280 px at 200 %', 640, 1, 'en'],
  ['a phone of 360 px with text of twice the size', 360, 2, 'en'],
  ['a tablet of 1024 px', 1024, 1, 'de'],
  ['a screen of 1440 px', 1440, 1, 'en'],
] as const

describe.skipIf(CHROMIUM === undefined)('the layout with 40 accounts and long names', () => {
  for (const [name, width, textSize, language] of SIZES) {
    it(
      `fits ${name}: nothing beside the screen, no text on another`,
      async () => {
        const page = await openPage(browser, { width, theme: 'light' })
        try {
          await page.goto(stage.url)
          await places(page, language, async () => {
            const where = await page.evaluate<string>('location.search + location.hash')
            await page.evaluate(laidOut(textSize))
            expect.soft(await page.evaluate(BESIDE), where).toEqual([])
            expect.soft(await page.evaluate(OVERLAPS), where).toEqual([])
          })
        } finally {
          await page.context().close()
        }
      },
      LONG_MS,
    )
  }
})

describe.skipIf(CHROMIUM === undefined)('what looks for it', () => {
  it('finds a text beside the screen, a text on another and an open gap', async () => {
    const page = await openPage(browser, { width: 360, theme: 'light' })
    try {
      await page.goto(stage.url)
      await settled(page)
      await page.evaluate(`(() => {
        const put = document.querySelector('main').appendChild(document.createElement('p'))
        put.textContent = 'one that lies on the headline {0}'
        put.style.cssText = 'position: absolute; inset-block-start: ' + document.querySelector('h1').getBoundingClientRect().top + 'px; inset-inline-start: 200px; inline-size: 400px'
      })()`)
      expect(await page.evaluate(BESIDE)).toEqual([
        'the page scrolls sideways',
        'a gap: one that lies on the headline {0}',
        'beside the screen: one that lies on the headline {0}',
      ])
      expect(await page.evaluate<string[]>(OVERLAPS)).toContainEqual(expect.stringContaining('lies on the headline'))
    } finally {
      await page.context().close()
    }
  })
})

describe.skipIf(CHROMIUM === undefined)('motion', () => {
  it(
    'is a fade of what has changed, and none at all for whoever wants none',
    async () => {
      const page = await openPage(browser, { width: 1280, theme: 'light' })
      try {
        await page.goto(stage.url)
        await settled(page)
        const running = async (): Promise<number> => {
          await page.evaluate(
            `document.querySelectorAll('.value').forEach((value) => value.classList.toggle('changed'))`,
          )
          return page.evaluate<number>('document.getAnimations().length')
        }
        await page.emulateMedia({ reducedMotion: 'no-preference' })
        expect(await running()).toBeGreaterThan(0)
        await page.emulateMedia({ reducedMotion: 'reduce' })
        await page.evaluate(`document.querySelectorAll('.value').forEach((value) => value.classList.remove('changed'))`)
        expect(await running()).toBe(0)
      } finally {
        await page.context().close()
      }
    },
    LONG_MS,
  )
})
