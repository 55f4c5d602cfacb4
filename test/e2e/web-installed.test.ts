/** The page as an app of the system: the browser installs it for real, starts it, and the system is told its badge. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, type CDPSession, chromium } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { createWorld } from '../../src/simulator/world.ts'
import { CHROMIUM, isRead, useBrowser } from '../helpers/browser.ts'
import { until } from '../helpers/wait.ts'

const LONG_MS = 90_000

const browser = useBrowser('test/e2e/web-installed.test.ts')

let context: BrowserContext | null = null
const folders: string[] = []

afterEach(async () => {
  await context?.close()
  context = null
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** A browser with a profile, as a person has it: only such a one installs apps. What it installs goes to `home`. */
async function personsBrowser(home: string): Promise<BrowserContext> {
  context = await chromium.launchPersistentContext(join(home, 'profile'), {
    executablePath: CHROMIUM ?? '',
    args: ['--no-sandbox'],
    env: { ...process.env, HOME: home, XDG_DATA_HOME: join(home, 'data') },
  })
  return context
}

/** The browser's own protocol for apps, which the library has no types for. */
function appsOf(session: CDPSession) {
  const ask = session.send.bind(session) as (method: string, query: object) => Promise<{ badgeCount?: number }>
  return {
    install: (manifestId: string) => ask('PWA.install', { manifestId, installUrlOrBundleUrl: manifestId }),
    launch: (manifestId: string) => ask('PWA.launch', { manifestId }),
    badge: async (manifestId: string) => (await ask('PWA.getOsAppState', { manifestId })).badgeCount,
  }
}

describe.skipIf(CHROMIUM === undefined)('the page as an app', () => {
  it(
    'is installed with its icons and entries, starts, and its badge counts the accounts that need a look',
    async () => {
      // Nothing is used, so that at no hour of the day a forecast says that something runs out.
      const world = createWorld({ seed: 5 })
      const unused = { '3p.5h': 0, '3p.weekly': 0, 'gemini.5h': 0, 'gemini.weekly': 0 }
      const ada = world.add({ provider: 'antigravity', name: 'ada', pattern: 'silent', startUsed: unused })
      world.add({ provider: 'antigravity', name: 'alan', condition: { kind: 'signed-out' } })
      world.clock.freeze()
      const { daemon } = await browser.serve({ world })
      await daemon.whenAccounts('everything is read', isRead)
      const home = await mkdtemp(join(tmpdir(), 'tokstat-app-'))
      folders.push(home)
      const person = await personsBrowser(home)
      const page = await person.newPage()
      await page.goto(daemon.url)
      await page.locator('[data-connection=open]').waitFor()
      const pages = await person.newCDPSession(page)
      expect(await pages.send('Page.getInstallabilityErrors')).toEqual({ installabilityErrors: [] })

      const id = `${daemon.url}/`
      const session = await person.browser()?.newBrowserCDPSession()
      if (session === undefined) throw new Error('the browser has no session')
      const apps = appsOf(session)
      await apps.install(id)
      const entries = join(home, 'data', 'applications')
      const [entry = ''] = (await readdir(entries)).filter((name) => name.endsWith('.desktop'))
      expect(await readFile(join(entries, entry), 'utf8')).toMatch(/^Name=tokstat$[\s\S]*^Actions=Analytics;Timeline$/m)

      const opened = person.waitForEvent('page')
      await apps.launch(id)
      const app = await opened
      await app.locator('[data-connection=open]').waitFor()
      await app.locator('[data-account="antigravity/ada@example.com"]').waitFor()
      await until('the account that is signed out is counted', async () => (await apps.badge(id)) === 1)
      world.setRemaining(ada, 'gemini.5h', 0)
      await until('a spent account is counted without a reload', async () => (await apps.badge(id)) === 2)
      await until('the title counts too', async () => (await app.title()) === '(2) tokstat')
    },
    LONG_MS,
  )
})
