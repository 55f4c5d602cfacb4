/** The web app without a daemon, after a change of builds, and in browsers that can do less. */
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { loadWebAssets } from '../../src/server/web-assets.ts'
import { CHROMIUM, isRead, someWorld, useBrowser } from '../helpers/browser.ts'
import { daemonOf } from '../helpers/machine.ts'
import { type RunningServer, runServer } from '../helpers/server.ts'
import { until } from '../helpers/wait.ts'

const BUILT = join(import.meta.dirname, '..', '..', 'dist', 'web')
const LONG_MS = 60_000
/** A name that is no loopback name to the browser, though it leads there: a page that is not secure. */
const INSECURE_NAME = 'tokstat.test'

const browser = useBrowser('test/e2e/web-offline.test.ts', [`--host-resolver-rules=MAP ${INSECURE_NAME} 127.0.0.1`])
const { open, complaints } = browser

const folders: string[] = []
let server: RunningServer | null = null

afterEach(async () => {
  await server?.close()
  server = null
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

/** The files of the page that the browser keeps, by cache. */
function keptFiles(page: Page): Promise<Readonly<Record<string, string[]>>> {
  return page.evaluate(`(async () => {
    const kept = {}
    for (const name of await caches.keys()) {
      const requests = await (await caches.open(name)).keys()
      kept[name] = requests.map(({ url }) => new URL(url).pathname)
    }
    return kept
  })()`)
}

async function whenKept(page: Page): Promise<void> {
  await page.evaluate('navigator.serviceWorker.ready.then(() => true)')
  await until('the page is in the hands of its worker', () => page.evaluate('!!navigator.serviceWorker.controller'))
}

const boardIsKept = (page: Page): Promise<boolean> =>
  page.evaluate(`new Promise((resolve) => {
    const asked = indexedDB.open('tokstat /')
    asked.onsuccess = () => {
      const found = asked.result.transaction('kept').objectStore('kept').get('heard')
      found.onsuccess = () => {
        resolve(found.result !== undefined)
        asked.result.close()
      }
    }
  })`)

describe.skipIf(CHROMIUM === undefined)('a page that is opened while the daemon is away', () => {
  it(
    'shows the last values with their age and since when there is no word, and is live again by itself',
    async () => {
      const { daemon, machine } = await browser.serve()
      await daemon.whenAccounts('everything is read', isRead)
      const page = await open(daemon)
      await whenKept(page)
      await until('the board is kept', () => boardIsKept(page))
      const kept = Object.values(await keptFiles(page)).flat()
      expect(kept).toContain('/')
      expect(kept.filter((path) => /^\/(api|metrics|v0|healthz|readyz)/.test(path))).toEqual([])

      daemon.program.signal('SIGKILL')
      await daemon.program.ended
      await page.close()
      const later = await browser.newTab(page)
      await later.goto(`${daemon.url}/#/`)
      await later.getByText('90% left').first().waitFor()
      await later.locator('[data-connection=lost]').waitFor()
      await later.getByText(/offline since/).waitFor()
      expect(await later.getByText(/as of \d+ s ago/).count()).toBeGreaterThan(0)
      await later.keyboard.press('4')
      await later.locator('main[data-view=alerts] h1').waitFor()

      const { port } = new URL(daemon.url)
      await daemonOf(machine.start(['serve', '--port', port]))
      await later.locator('[data-connection=open]').waitFor({ timeout: 30_000 })
      expect(complaints.filter((text) => text.startsWith('CSP') || text.includes('Error'))).toEqual([])
    },
    LONG_MS,
  )

  it(
    'shows nothing to whoever has signed out',
    async () => {
      const token = 'token-for-this-test-only'
      const { daemon } = await browser.serve({ token })
      const page = await browser.newPage()
      await page.goto(`${daemon.url}/`)
      await page.getByLabel('Token').fill(token)
      await page.keyboard.press('Enter')
      await page.locator('[data-account]').first().waitFor()
      await whenKept(page)
      await until('the board is kept', () => boardIsKept(page))
      await page.goto(`${daemon.url}/#/settings`)
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByLabel('Token').waitFor()
      await until('nothing is kept', async () => !(await boardIsKept(page)))
      daemon.program.signal('SIGKILL')
      await daemon.program.ended
      await page.goto(`${daemon.url}/`)
      await page.locator('[data-connection=lost]').waitFor()
      expect(await page.locator('[data-account]').count()).toBe(0)
    },
    LONG_MS,
  )
})

describe.skipIf(CHROMIUM === undefined)('a new build', () => {
  /** The build as it would be after a change: its main file has another name, and so does everything that names it. */
  async function nextBuild(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'tokstat-build-'))
    folders.push(folder)
    await cp(BUILT, folder, { recursive: true })
    const assets = await readdir(join(folder, 'assets'))
    const [main = ''] = assets.filter((name) => /^index-.{8}\.js$/.test(name))
    await rename(join(folder, 'assets', main), join(folder, 'assets', 'index-00000000.js'))
    for (const path of [
      'index.html',
      'sw.js',
      ...(await readdir(join(folder, 'assets'))).map((one) => `assets/${one}`),
    ]) {
      if (!/\.(html|js)$/.test(path)) continue
      const text = await readFile(join(folder, path), 'utf8')
      const renamed = text.replaceAll(main, 'index-00000000.js')
      await writeFile(join(folder, path), renamed.replace(/"version":"\w+"/, '"version":"0000000000000000"'))
    }
    return folder
  }

  const scripts = (page: Page): Promise<string[]> =>
    page.evaluate(`[...document.querySelectorAll('script')].map(({ src }) => src.replace(/.*\\//, ''))`)

  it(
    'takes over whole as soon as the daemon is back: no page keeps files of two',
    async () => {
      const about = () => ({ startedAt: 0 as never, demo: false, configProblems: [], restartNeeded: [] })
      server = await runServer({ web: loadWebAssets(BUILT, ''), about })
      const { port } = server
      const page = await open(server)
      await whenKept(page)
      const [before] = Object.keys(await keptFiles(page))
      await server.close()
      await page.locator('[data-connection=lost]').waitFor()
      server = await runServer({ web: loadWebAssets(await nextBuild(), ''), about, port })
      await until('the new build is shown', async () => (await scripts(page)).includes('index-00000000.js'), 30_000)
      await page.locator('[data-connection=open]').waitFor()
      const kept = await keptFiles(page)
      expect(Object.keys(kept)).toEqual([before?.replace(/\w+$/, '0000000000000000')])
      expect(complaints.filter((text) => text.startsWith('CSP'))).toEqual([])
    },
    LONG_MS,
  )

  it(
    'is found below a base path as well, and leaves the rest of the origin alone',
    async () => {
      server = await runServer({
        web: loadWebAssets(BUILT, '/tokstat'),
        basePath: '/tokstat',
        about: () => ({ startedAt: 0 as never, demo: false, configProblems: [], restartNeeded: [] }),
      })
      const page = await open({ url: `${server.url}/tokstat` })
      await whenKept(page)
      const scope = await page.evaluate('navigator.serviceWorker.ready.then(({ scope }) => scope)')
      expect(scope).toBe(`${server.url}/tokstat/`)
      expect(Object.keys(await keptFiles(page))[0]).toMatch(/^tokstat \/tokstat\/ /)
    },
    LONG_MS,
  )
})

describe.skipIf(CHROMIUM === undefined)('an alert', () => {
  it(
    'is a notification of the system where the person wants it, and a number on the icon',
    async () => {
      const world = someWorld()
      const { daemon } = await browser.serve({ world })
      await daemon.whenAccounts('everything is read', isRead)
      const page = await browser.newPage({ permissions: ['notifications'] })
      // What the browser is asked to show is looked at only once it shows it: a look in between makes it forget that.
      await page.addInitScript(`
        window.badges = []
        window.told = []
        navigator.setAppBadge = async (count) => void window.badges.push(count)
        const show = ServiceWorkerRegistration.prototype.showNotification
        ServiceWorkerRegistration.prototype.showNotification = async function (title, options) {
          await show.call(this, title, options)
          window.told.push(options.body)
        }`)
      await page.goto(`${daemon.url}/#/alerts`)
      await whenKept(page)
      await page.getByLabel('Notify me in this browser').check()
      // The browser is asked first: until it has answered nothing is shown.
      await until('it is allowed', () =>
        page.evaluate<boolean>('JSON.parse(localStorage.getItem("tokstat.preferences") ?? "{}").notify === true'),
      )
      const ada = world.accounts.find((account) => account.email === 'ada@example.com')
      if (ada === undefined) throw new Error('ada is not there')
      world.setRemaining(ada, 'gemini.5h', 0)
      const shown = (): Promise<string[]> =>
        page.evaluate(
          'navigator.serviceWorker.ready.then((one) => one.getNotifications()).then((all) => all.map(({ body }) => body))',
        )
      await until('it is shown', () =>
        page.evaluate<boolean>('window.told.some((body) => /Gemini pool spent/.test(body))'),
      )
      expect(await shown()).toContainEqual(expect.stringMatching(/Gemini pool spent/))
      expect(await page.evaluate('window.badges.at(-1)')).toBeGreaterThan(0)
      expect(await page.title()).toMatch(/^\(\d+\) tokstat$/)
    },
    LONG_MS,
  )
})

describe.skipIf(CHROMIUM === undefined)('tabs that cannot share a thread', () => {
  it(
    'have one stream all the same, which the next one takes over when its holder goes',
    async () => {
      const { daemon } = await browser.serve()
      await daemon.whenAccounts('everything is read', isRead)
      const first = await browser.newPage()
      await first.context().addInitScript('delete globalThis.SharedWorker')
      const tabs = [first, await browser.newTab(first), await browser.newTab(first)]
      for (const tab of tabs) {
        await tab.goto(`${daemon.url}/`)
        await tab.locator('[data-connection=open]').waitFor()
        await tab.getByText('90% left').first().waitFor()
      }
      const readers = async (): Promise<number> =>
        ((await (await daemon.get('/api/v1/status')).json()) as { readers: number }).readers
      expect(await readers()).toBe(1)
      await first.close()
      await until('the next one has it', async () => (await readers()) === 1)
      for (const tab of tabs.slice(1)) await tab.locator('[data-connection=open]').waitFor()
    },
    LONG_MS,
  )
})

describe.skipIf(CHROMIUM === undefined)('a page that is neither on localhost nor on TLS', () => {
  it(
    'says why it cannot notify nor be installed, and works all the same',
    async () => {
      const { machine } = await browser.serve()
      await machine.writeConfig(`[server]\nallowed_hosts = ["${INSECURE_NAME}"]\n`)
      const other = await machine.serve([], {
        XDG_STATE_HOME: machine.path('other-state'),
        XDG_DATA_HOME: machine.path('other'),
      })
      const { port } = new URL(other.url)
      const page = await open({ url: `http://${INSECURE_NAME}:${port}` }, 'settings')
      await page.getByText(/on localhost or over TLS only/).waitFor()
      expect(await page.evaluate('isSecureContext')).toBe(false)
      expect(await page.evaluate('indexedDB.databases()')).toEqual([])
      // The header is for whoever reaches the same server over TLS; elsewhere browsers say that they ignore it.
      expect(complaints.filter((text) => !text.includes('Cross-Origin-Opener-Policy header has been ignored'))).toEqual(
        [],
      )
    },
    LONG_MS,
  )
})
