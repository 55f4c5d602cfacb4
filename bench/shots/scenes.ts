import type { Browser, Page } from 'playwright-core'
import { until } from '../processes.ts'
import { STAGE_TIME, STAGE_TOKEN, type Stage, type StageOptions } from './stage.ts'

export interface Look {
  readonly width: number
  readonly theme: 'light' | 'dark'
}

/** One picture: where to go and what to do there. */
export interface Scene {
  readonly name: string
  readonly stage: Omit<StageOptions, 'accounts'>
  /** Whether it says something with so many accounts. */
  fits(accounts: number): boolean
  /** The part of the address behind `#/`. */
  hash(stage: Stage): string
  /** Default: `open`. */
  readonly connection?: 'lost'
  /** From the page as it is loaded to the page as it is shown. */
  act?(page: Page, stage: Stage): Promise<void>
}

const HEIGHT = 900
/** A list of 200 is not read to its end in a picture. */
const MOST_HEIGHT = 2_600
const SEEN_AFTER_MS = 75_000
const SETTLED_MS = 200
const OFFLINE_AFTER_MS = 11 * 60_000
const some = (accounts: number): boolean => accounts > 0
const view = (name: string, more: Partial<Scene> = {}): Scene => ({
  name,
  stage: {},
  fits: some,
  hash: () => (['overview', 'cards', 'list'].includes(name) ? '' : name),
  ...more,
})

const account = (stage: Stage, start: string): string =>
  encodeURIComponent(stage.accounts.find((id) => id.startsWith(start)) ?? stage.accounts[0] ?? '')

/** The stream ends after its first words, and nobody answers from then on. */
async function loseConnection(page: Page, stage: Stage): Promise<void> {
  const accounts = await (await page.request.get(`${stage.url}/api/v1/accounts`)).text()
  let asked = 0
  await page.route('**/api/v1/events', (route) => {
    asked += 1
    if (asked > 1) return route.abort()
    const body = `event: snapshot\nid: stage-1\ndata: ${JSON.stringify(JSON.parse(accounts))}\n\n`
    return route.fulfill({ contentType: 'text/event-stream', body })
  })
  await page.reload()
  await page.locator('[data-connection=lost]').waitFor()
  await page.locator('.account').first().waitFor()
}

/** The key `v` goes through the layouts. */
async function inLayout(page: Page, layout: string): Promise<void> {
  for (let tries = 0; tries < 3 && (await page.locator(`.accounts.${layout}`).count()) === 0; tries += 1) {
    await page.keyboard.press('v')
  }
  await page.locator(`.accounts.${layout}`).waitFor()
}

/** Pictures in the order they are taken: what one does to its page, the next ones inherit. */
export const SCENES: readonly Scene[] = [
  view('overview', { fits: () => true }),
  view('account', { hash: (stage) => `account/${account(stage, 'claude/')}?range=7d` }),
  view('account-pools', {
    fits: (accounts) => accounts === 40,
    hash: (stage) => `account/${account(stage, 'antigravity/maximiliana')}`,
  }),
  view('analytics', { fits: () => true }),
  view('across', { fits: (accounts) => accounts > 0, hash: () => 'analytics?of=all:18000' }),
  view('timeline', { fits: () => true }),
  view('alerts', { fits: () => true }),
  view('settings', { fits: () => true }),
  view('health', { fits: () => true }),
  view('cards', { act: (page) => inLayout(page, 'cards') }),
  view('list', { act: (page) => inLayout(page, 'list') }),
  view('keys', {
    fits: (accounts) => accounts === 3,
    hash: () => '',
    act: async (page) => {
      await page.keyboard.press('?')
      await page.locator('dialog[open]').waitFor()
    },
  }),
  view('reconnecting', { fits: (accounts) => accounts === 3, hash: () => '', act: loseConnection }),
  view('offline', {
    fits: (accounts) => accounts === 3,
    hash: () => '',
    connection: 'lost',
    act: async (page) => {
      await page.clock.setFixedTime(STAGE_TIME + OFFLINE_AFTER_MS)
      await page.locator('.banner').waitFor()
    },
  }),
  view('demo', { fits: (accounts) => accounts === 40, stage: { demo: true }, hash: () => '' }),
  view('login', { fits: (accounts) => accounts === 3, stage: { closed: true }, hash: () => '' }),
  view('login-wrong', {
    fits: (accounts) => accounts === 3,
    stage: { closed: true },
    hash: () => '',
    act: async (page) => {
      await page.getByLabel('Token').fill(`not-${STAGE_TOKEN}`)
      await page.keyboard.press('Enter')
      await page.locator('[role=alert]:not(:empty)').waitFor()
    },
  }),
]

export function looksOf(widths: readonly number[], themes: readonly string[]): readonly Look[] {
  return widths.flatMap((width) => themes.map((theme): Look => ({ width, theme: theme === 'dark' ? 'dark' : 'light' })))
}

/** A page of its own for one look: every scene of the stage is shown in it, one after the other. */
export async function openPage(browser: Browser, look: Look): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: HEIGHT },
    colorScheme: look.theme,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    deviceScaleFactor: look.width < 500 ? 2 : 1,
  })
  const page = await context.newPage()
  await page.clock.setFixedTime(STAGE_TIME + SEEN_AFTER_MS)
  // The stage has a time of its own, which the `Date` of its answers knows nothing of; a tab's own stream is in its time.
  await page.addInitScript(
    `const get = Headers.prototype.get
    Headers.prototype.get = function (name) { return name === 'date' ? new Date().toUTCString() : get.call(this, name) }
    delete globalThis.SharedWorker`,
  )
  // The stage speaks to a simulator; that warning would be the first line of every picture.
  await page.route('**/api/v1/status', async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, json: { ...((await answer.json()) as object), upstream: null } })
  })
  return page
}

export async function shoot(page: Page, stage: Stage, scene: Scene, path: string): Promise<void> {
  const { width = 0 } = page.viewportSize() ?? {}
  await page.setViewportSize({ width, height: HEIGHT })
  await page.goto(`${stage.url}/#/${scene.hash(stage)}`)
  if (scene.stage.closed === true) await page.getByLabel('Token').waitFor()
  else await settled(page, scene.connection)
  await scene.act?.(page, stage)
  const height = await page.evaluate<number>('document.documentElement.scrollHeight')
  await page.setViewportSize({ width, height: Math.min(MOST_HEIGHT, Math.max(HEIGHT, height)) })
  await page.waitForTimeout(SETTLED_MS)
  await page.screenshot({ path })
}

/** Everything that is on its way has come. */
export async function settled(page: Page, connection = 'open'): Promise<void> {
  await page.locator(`[data-connection=${connection}]`).waitFor()
  await page.locator('main h1').waitFor()
  await page.waitForTimeout(SETTLED_MS)
  await until('nothing is on its way', async () => (await page.locator('.loading').count()) === 0)
}
