/** The keys of the page where two things could take one: a dialog, the view behind it, the history of the browser. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { CHROMIUM, isRead, useBrowser, whenShown } from '../helpers/browser.ts'

const LONG_MS = 60_000

const browser = useBrowser('test/e2e/web-keys.test.ts')
const { open, complaints } = browser

/** The timeline, reached by its key from the overview, under the list of keys. */
async function helpOverTimeline(): Promise<Page> {
  const { daemon } = await browser.serve()
  await daemon.whenAccounts('everything is read', isRead)
  const page = await open(daemon)
  await page.keyboard.press('3')
  await whenShown(page, 'timeline')
  await page.keyboard.press('?')
  await page.locator('dialog[open]').waitFor()
  return page
}

describe.skipIf(CHROMIUM === undefined)('the list of keys', () => {
  it(
    'is closed by Escape, and the view behind it stays',
    async () => {
      const page = await helpOverTimeline()
      await page.keyboard.press('4')
      expect(new URL(page.url()).hash).toBe('#/timeline')
      await page.keyboard.press('Escape')
      await page.locator('dialog').waitFor({ state: 'detached' })
      expect(new URL(page.url()).hash).toBe('#/timeline')
      await page.keyboard.press('Escape')
      await page.locator('main[data-view=overview]').waitFor()
      expect(complaints).toEqual([])
    },
    LONG_MS,
  )

  it(
    'does not outlive the view that it was opened over',
    async () => {
      const page = await helpOverTimeline()
      await page.goBack()
      await page.locator('main[data-view=overview]').waitFor()
      await page.locator('dialog').waitFor({ state: 'detached' })
      expect(complaints).toEqual([])
    },
    LONG_MS,
  )
})
