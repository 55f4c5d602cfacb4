/** A real browser for the tests of a file: pages of one context a test, and everything the browser objects to. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { AccountDocument } from '../../src/model/document.ts'
import { createWorld, type World } from '../../src/simulator/world.ts'
import { createMachine, type Daemon, FAST_POLLING, type Machine, type MachineOptions } from './machine.ts'
import { stopPrograms } from './program.ts'
import { until } from './wait.ts'

export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

interface Look extends BrowserContextOptions {
  readonly width?: number
}

interface ServeOptions extends Partial<MachineOptions> {
  /** The daemon is locked with it. */
  readonly token?: string
}

export interface TestBrowser {
  /** What the browser objected to on the pages of the running test. */
  readonly complaints: string[]
  /** A machine with a daemon that is gone after the test. */
  serve(options?: ServeOptions): Promise<{ readonly machine: Machine; readonly daemon: Daemon }>
  /** A page of a new context; the context of an earlier page of this test is closed. */
  newPage(look?: Look): Promise<Page>
  /** Another tab of the same context. */
  newTab(page: Page): Promise<Page>
  /** The page of a daemon, once it is live. */
  open(daemon: Pick<Daemon, 'url'>, hash?: string, look?: Look): Promise<Page>
}

/** One browser for the test file that calls it. `args`: more switches for it. */
export function useBrowser(testFile: string, args: readonly string[] = []): TestBrowser {
  if (CHROMIUM === undefined) {
    if (process.env['CI']) throw new Error(`${testFile} cannot run: no chromium is installed`)
    console.warn(`SKIPPED ${testFile}: no chromium is installed here (apt-get install chromium)`)
  }
  let browser: Browser | null = null
  let machine: Machine | null = null
  let context: BrowserContext | null = null
  const complaints: string[] = []

  beforeAll(async () => {
    if (CHROMIUM === undefined) return
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', ...args] })
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
  })
  afterEach(async () => {
    await context?.close()
    context = null
    await stopPrograms()
    await machine?.remove()
    machine = null
    complaints.length = 0
  })

  async function watched(page: Page): Promise<Page> {
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.addInitScript(
      `document.addEventListener('securitypolicyviolation', (event) => console.error('CSP: ' + event.violatedDirective + ' ' + event.blockedURI))`,
    )
    return page
  }

  async function newPage({ width = 1280, ...rest }: Look = {}): Promise<Page> {
    await context?.close()
    if (browser === null) throw new Error('the browser is not there')
    context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: 'light',
      locale: 'en-GB',
      ...rest,
    })
    return watched(await context.newPage())
  }

  return {
    complaints,
    async serve({ token, ...options } = {}) {
      machine = await createMachine({ config: FAST_POLLING, ...options, world: options.world ?? someWorld() })
      if (token === undefined) return { machine, daemon: await machine.serve() }
      const file = machine.path('token')
      await writeFile(file, token, { mode: 0o600 })
      return { machine, daemon: await machine.serve([], { TOKSTAT_TOKEN_FILE: file }) }
    },
    newPage,
    newTab: async (page) => watched(await page.context().newPage()),
    async open(daemon, hash = '', look = {}) {
      const page = await newPage(look)
      await page.goto(`${daemon.url}/#/${hash}`)
      await page.locator('[data-connection=open]').waitFor()
      return page
    },
  }
}

/** Four accounts of two services, one of them signed out; time stands still. */
export function someWorld(): World {
  const world = createWorld({ seed: 5 })
  const used = { '3p.5h': 0.4, '3p.weekly': 0.2, 'gemini.5h': 0.1, 'gemini.weekly': 0.1 }
  world.add({ provider: 'antigravity', name: 'ada', pattern: 'silent', startUsed: used })
  world.add({ provider: 'antigravity', name: 'grace', pattern: 'silent' })
  world.add({ provider: 'antigravity', name: 'alan', condition: { kind: 'signed-out' } })
  world.add({ provider: 'gemini-cli', name: 'linus', pattern: 'silent' })
  world.clock.freeze()
  return world
}

export function isRead(accounts: readonly AccountDocument[]): boolean {
  return accounts.length > 0 && accounts.every(({ status }) => status !== 'pending')
}

/** A view is there when it has its heading and nothing of it is on its way. */
export async function whenShown(page: Page, what: string): Promise<void> {
  await page.locator('main h1').waitFor()
  await until(`${what} is read`, async () => (await page.locator('.loading').count()) === 0)
}
