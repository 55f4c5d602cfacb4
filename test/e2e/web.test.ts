/** The web app in a real browser, against the simulator: what a person sees, and what a browser objects to. */
import { mkdir, writeFile } from 'node:fs/promises'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { leftText } from '../../src/format/percent.ts'
import { providerTitle } from '../../src/format/provider-names.ts'
import type { BurnAcrossDocument } from '../../src/model/index.ts'
import { createWorld } from '../../src/simulator/world.ts'
import { CHROMIUM, isRead, someWorld, useBrowser, whenShown } from '../helpers/browser.ts'
import { type Daemon, daemonOf } from '../helpers/machine.ts'
import { until } from '../helpers/wait.ts'

const VIEWS = ['', 'analytics', 'timeline', 'alerts', 'settings', 'health'] as const
const TOKEN = 'token-for-this-test-only'
const LONG_MS = 60_000

const browser = useBrowser('test/e2e/web.test.ts')
const { open, complaints } = browser

const line = (page: Page, account: string, quota: string) =>
  page.locator(`[data-account="${account}"] [data-quota="${quota}"]`)

/** What a view shows beside the accounts, compared with the route that it comes from. */
async function saysWhatTheApiSays(page: Page, view: (typeof VIEWS)[number], daemon: Daemon): Promise<void> {
  const json = async <Body>(path: string): Promise<Body> => (await daemon.get(path)).json() as Promise<Body>
  const main = page.locator('main')
  switch (view) {
    case 'timeline': {
      const calendar = await (await daemon.get('/api/v1/resets.ics')).text()
      expect(await page.locator('.timeline-day li').count()).toBe(calendar.split('BEGIN:VEVENT').length - 1)
      return
    }
    case 'alerts': {
      const { rules, alerts } = await json<{ rules: { name: string }[]; alerts: unknown[] }>('/api/v1/alerts')
      expect(rules.length).toBeGreaterThan(0)
      for (const { name } of rules) await main.getByText(name, { exact: true }).first().waitFor()
      expect(await page.locator('.alert-log li').count()).toBe(alerts.length)
      return
    }
    case 'settings': {
      const { providers } = await json<{ providers: { id: string }[] }>('/api/v1/providers')
      for (const { id } of providers) await main.getByText(providerTitle(id)).first().waitFor()
      return
    }
    case 'health': {
      const { version } = await json<{ version: string }>('/api/v1/status')
      await main.getByText(version, { exact: true }).waitFor()
      const { accounts } = await json<{ accounts: { status: string }[] }>('/api/v1/accounts')
      const counts = await main.locator('.facts li > .soft').allTextContents()
      const byStatus = Map.groupBy(accounts, ({ status }) => status)
      expect(counts.map(Number)).toEqual([...byStatus.values()].map(({ length }) => length))
      return
    }
    case 'analytics': {
      // A world that stands still has no past to analyse: what there is to choose, and that it says so.
      const { groups } = await json<BurnAcrossDocument>('/api/v1/analytics/across')
      const summed = groups.filter(({ quotas }) => quotas > 1).map(({ windowSeconds }) => `all:${windowSeconds}`)
      expect(summed.length).toBeGreaterThan(0)
      const choice = main.locator('.view-head select').first()
      expect(await choice.locator('option[value^="all:"]').count()).toBe(summed.length)
      await choice.selectOption(summed[0] ?? '')
      await page.waitForURL((url) => url.hash.includes(encodeURIComponent(summed[0] ?? '')))
      await whenShown(page, view)
      await main.locator('.empty, .heat').first().waitFor()
      return
    }
    case '':
      return
  }
}

describe.skipIf(CHROMIUM === undefined)('the web app', () => {
  it(
    'shows in every view what the API says, and nothing that a browser objects to',
    async () => {
      const { daemon } = await browser.serve()
      const accounts = await daemon.whenAccounts('everything is read', isRead)
      const page = await open(daemon)
      for (const account of accounts) {
        await page.locator(`[data-account="${account.id}"]`).waitFor()
        for (const quota of account.quotas.filter(({ helper, kind }) => !helper && kind === 'window')) {
          expect(
            await line(page, account.id, quota.id).locator('.line-value').textContent(),
            `${account.id} ${quota.id}`,
          ).toBe(leftText(quota.remainingRatio))
        }
      }
      for (const view of VIEWS) {
        await page.goto(`${daemon.url}/#/${view}`)
        await whenShown(page, view)
        await saysWhatTheApiSays(page, view, daemon)
      }
      const [first] = accounts
      await page.goto(`${daemon.url}/#/account/${encodeURIComponent(first?.id ?? '')}`)
      await page.locator('.chart canvas').waitFor()
      for (const quota of first?.quotas.filter(({ helper, kind }) => !helper && kind === 'window') ?? []) {
        const value = page.locator(`.quotas [data-quota="${quota.id}"] .line-value`)
        expect(await value.textContent(), quota.id).toBe(leftText(quota.remainingRatio))
      }
      await page.locator('summary').first().click()
      expect(await page.locator('table tbody tr').count()).toBeGreaterThan(0)
      const retryAt = new Date(Date.now() + 50_000).toISOString()
      const results = [{ account: first?.id, outcome: 'cooldown', observedAt: null, retryAt, problem: null }]
      await page.route('**/api/v1/refresh/*', (route) => route.fulfill({ json: { results } }))
      await page.locator('.account-name button').click()
      await page.locator('.account-name button[aria-disabled=true]', { hasText: /Read again in 1m/ }).waitFor()
      expect(complaints).toEqual([])
    },
    LONG_MS,
  )

  it(
    'changes within 2 s of a poll, without being loaded again',
    async () => {
      const world = someWorld()
      const { daemon } = await browser.serve({ world })
      const id = 'antigravity/ada@example.com'
      await daemon.whenAccounts('everything is read', isRead)
      const page = await open(daemon)
      const value = line(page, id, 'pool.gemini-5h').locator('.line-value')
      expect(await value.textContent()).toBe('90% left')
      await page.evaluate('window.stillTheSamePage = true')
      const ada = world.accounts.find((account) => account.email === 'ada@example.com')
      if (ada === undefined) throw new Error('ada is not there')
      world.setRemaining(ada, 'gemini.5h', 0.53)
      await daemon.whenAccounts('it is read', (all) =>
        all.some((one) => one.id === id && one.quotas.some((quota) => quota.remainingRatio === 0.53)),
      )
      const polledAt = performance.now()
      await until('the page shows it', async () => (await value.textContent()) === '53% left')
      expect(performance.now() - polledAt).toBeLessThan(2_000)
      expect(await page.evaluate('window.stillTheSamePage')).toBe(true)
    },
    LONG_MS,
  )

  it(
    'keeps the last values with their age while the daemon is away, and goes on with the next one',
    async () => {
      const { daemon, machine } = await browser.serve()
      await daemon.whenAccounts('everything is read', isRead)
      const page = await open(daemon)
      const { port } = new URL(daemon.url)
      daemon.program.signal('SIGKILL')
      await daemon.program.ended
      await page.locator('[data-connection=lost]').waitFor()
      await page.getByText(/offline since/).waitFor({ timeout: 20_000 })
      expect(await page.getByText('90% left').count()).toBeGreaterThan(0)
      expect(await page.getByText(/as of \d+ s ago/).count()).toBeGreaterThan(0)
      await page.getByText('tokstat serve').waitFor()
      const again = await daemonOf(machine.start(['serve', '--port', port]))
      await page.locator('[data-connection=open]').waitFor({ timeout: 30_000 })
      await again.whenAccounts('everything is read again', isRead)
      await page
        .getByText(/as of just now/)
        .first()
        .waitFor()
      for (const key of ['2', '3', '4', '5', '6']) {
        await page.keyboard.press(key)
        await whenShown(page, `view ${key}`)
        expect(await page.locator('main [role=alert]').count(), key).toBe(0)
      }
    },
    LONG_MS * 2,
  )

  it(
    'is walked through by keyboard alone',
    async () => {
      const { daemon } = await browser.serve()
      await daemon.whenAccounts('everything is read', isRead)
      const page = await open(daemon)
      await page.keyboard.press('/')
      await page.keyboard.type('grace')
      await until('one account is left', async () => (await page.locator('.account').count()) === 1)
      expect(page.url()).toContain('q=grace')
      await page.keyboard.press('Escape')
      await until('all are back', async () => (await page.locator('.account').count()) === 4)
      for (const [key, choice, parameter] of [
        ['g', 'Level', 'group=level'],
        ['s', 'Least left', 'sort=left'],
        ['f', 'Usable', 'show=usable'],
      ] as const) {
        await page.keyboard.press(key)
        await page.keyboard.type(choice)
        await until(parameter, async () => page.url().includes(parameter))
        await page.keyboard.press('Escape')
      }
      await until(
        'who is signed out is not shown',
        async () => (await page.locator('[data-account*=alan]').count()) === 0,
      )
      await page.keyboard.press('f')
      await page.keyboard.type('All')
      await page.keyboard.press('Escape')
      await page.keyboard.press('j')
      await page.keyboard.press('j')
      await page.keyboard.press('Enter')
      await page.locator('main[data-view=account]').waitFor()
      await page.keyboard.press('Escape')
      await page.locator('main[data-view=overview]').waitFor()
      for (const [index, view] of ['overview', 'analytics', 'timeline', 'alerts', 'settings', 'health'].entries()) {
        await page.keyboard.press(String(index + 1))
        await page.locator(`main[data-view=${view}] h1`).waitFor()
        await until(`${view} is read`, async () => (await page.locator('.loading').count()) === 0)
      }
      await page.keyboard.press('1')
      await page.keyboard.press('u')
      await page.getByText('10% used').first().waitFor()
      await page.keyboard.press('v')
      await page.locator('.accounts.cards').waitFor()
      await page.keyboard.press('t')
      await page.locator('html[data-theme=dark]').waitFor()
      await page.keyboard.press('?')
      await page.locator('dialog[open]').waitFor()
      await page.keyboard.press('Escape')
      await until('the list is closed', async () => (await page.locator('dialog[open]').count()) === 0)
      await page.keyboard.press('Shift+Tab')
      expect(complaints).toEqual([])
    },
    LONG_MS,
  )

  for (const colorScheme of ['light', 'dark'] as const) {
    it(
      `has nothing in any view that axe finds, ${colorScheme}`,
      async () => {
        const { daemon } = await browser.serve()
        const [first] = await daemon.whenAccounts('everything is read', isRead)
        const page = await open(daemon, '', { colorScheme, reducedMotion: 'reduce' })
        for (const view of [...VIEWS, `account/${encodeURIComponent(first?.id ?? '')}`]) {
          await page.goto(`${daemon.url}/#/${view}`)
          await whenShown(page, view)
          const { violations } = await new AxeBuilder({ page }).analyze()
          const found = violations.map(
            ({ id, nodes }) =>
              `${id}: ${nodes
                .map(({ html }) => html)
                .slice(0, 3)
                .join(' ')}`,
          )
          expect(found, view).toEqual([])
        }
      },
      LONG_MS * 2,
    )
  }

  it(
    'fits a screen of 360 px, text of twice the size and a script that runs from right to left',
    async () => {
      const { daemon } = await browser.serve()
      const [first] = await daemon.whenAccounts('everything is read', isRead)
      const page = await open(daemon, '', { width: 360 })
      const isWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth'
      for (const view of [...VIEWS, `account/${encodeURIComponent(first?.id ?? '')}`]) {
        await page.goto(`${daemon.url}/#/${view}`)
        await page.locator('main h1').waitFor()
        expect(await page.evaluate(isWide), view).toBe(false)
        await page.evaluate(`document.documentElement.dir = 'rtl'`)
        expect(await page.evaluate(isWide), `${view}, right to left`).toBe(false)
        await page.evaluate(`document.documentElement.dir = 'ltr'`)
      }
      await page.setViewportSize({ width: 640, height: 450 })
      for (const view of VIEWS) {
        await page.goto(`${daemon.url}/#/${view}`)
        await page.locator('main h1').waitFor()
        expect(await page.evaluate(isWide), `${view} at 200 %`).toBe(false)
      }
    },
    LONG_MS,
  )

  it(
    'speaks German and Vietnamese',
    async () => {
      const { daemon } = await browser.serve()
      await daemon.whenAccounts('everything is read', isRead)
      const german = await open(daemon, '', { locale: 'de-DE' })
      await german.getByText(/^\d von 4 Konten in Ordnung\./).waitFor()
      await german.getByText('90% übrig').first().waitFor()
      const vietnamese = await open(daemon, '', { locale: 'vi-VN' })
      await vietnamese.getByText('còn 90%').first().waitFor()
      expect(await vietnamese.locator('html').getAttribute('lang')).toBe('vi')
      expect(complaints).toEqual([])
    },
    LONG_MS,
  )

  it(
    'says what was looked for and what to do while there is no account, and shows the first one by itself',
    async () => {
      const world = createWorld({ seed: 9 })
      const { daemon, machine } = await browser.serve({ world })
      const page = await open(daemon)
      await page.getByText('No account yet').waitFor()
      await page.getByText('tokstat demo').waitFor()
      await page.getByText('Gemini CLI').first().waitFor()
      await page.evaluate('window.stillTheSamePage = true')
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(violations.map(({ id }) => id)).toEqual([])
      const ada = world.add({ provider: 'gemini-cli', name: 'ada' })
      const { accessToken, refreshToken } = world.grants.session(ada)
      const login = { access_token: accessToken, refresh_token: refreshToken, expiry_date: Date.now() + 3_600_000 }
      await mkdir(machine.path('.gemini'), { recursive: true })
      await writeFile(machine.path('.gemini/oauth_creds.json'), JSON.stringify(login))
      await page.locator('.account .line').first().waitFor()
      expect(await page.evaluate('window.stillTheSamePage')).toBe(true)
    },
    LONG_MS,
  )

  it(
    'starts the demo from the first visit, which is marked as one everywhere',
    async () => {
      const { daemon } = await browser.serve({ world: createWorld({ seed: 9 }) })
      const page = await open(daemon)
      await page.getByRole('button', { name: 'Show the demo' }).click()
      await page.locator('.banner.demo').waitFor()
      expect(new URL(page.url()).port).not.toBe(new URL(daemon.url).port)
      await page.getByText('40 accounts', { exact: true }).waitFor()
      await until('every service has one', async () => (await page.locator('.group').count()) === 8)
      for (const key of ['2', '3', '4', '5', '6']) {
        await page.keyboard.press(key)
        await whenShown(page, `view ${key}`)
        expect(await page.locator('.banner.demo').isVisible()).toBe(true)
        expect(await page.title()).toContain('demo')
      }
      expect(await page.evaluate('navigator.serviceWorker.getRegistrations().then(({ length }) => length)')).toBe(0)
      expect(complaints).toEqual([])
      daemon.program.signal('SIGTERM')
      await daemon.program.ended
      await page.locator('[data-connection=lost]').waitFor()
    },
    LONG_MS,
  )

  it(
    'has one event stream for all its tabs (W30)',
    async () => {
      const { daemon } = await browser.serve()
      await daemon.whenAccounts('everything is read', isRead)
      const page = await open(daemon)
      const tabs: Page[] = []
      for (let count = 0; count < 7; count += 1) {
        const tab = await browser.newTab(page)
        await tab.goto(`${daemon.url}/`)
        await tab.locator('[data-connection=open]').waitFor()
        tabs.push(tab)
      }
      const readers = async (): Promise<number> =>
        ((await (await daemon.get('/api/v1/status')).json()) as { readers: number }).readers
      expect(await readers()).toBe(1)
      await page.close()
      expect(await readers()).toBe(1)
      expect(await tabs[0]?.getByText('90% left').count()).toBeGreaterThan(0)
    },
    LONG_MS,
  )
})

describe.skipIf(CHROMIUM === undefined)('the web app behind a token', () => {
  it(
    'asks for it once, keeps no token where a script could read it, and signs out',
    async () => {
      const { daemon } = await browser.serve({ token: TOKEN })
      const page = await browser.newPage()
      await page.goto(`${daemon.url}/#/timeline`)
      expect(new URL(page.url()).pathname).toBe('/login')
      await page.getByLabel('Token').fill('wrong')
      await page.keyboard.press('Enter')
      await page.getByText('This is not the token').waitFor()
      expect(complaints.every((text) => text.includes('401'))).toBe(true)
      complaints.length = 0
      await page.getByLabel('Token').fill(TOKEN)
      await page.keyboard.press('Enter')
      await page.locator('[data-connection=open]').waitFor()
      await page.locator('main[data-view=timeline]').waitFor()
      expect(new URL(page.url()).pathname).toBe('/')
      const seen = await page.evaluate(
        'JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}, location.href])',
      )
      expect(seen).not.toContain(TOKEN)
      expect(seen).not.toContain('tokstat_session')
      await page.goto(`${daemon.url}/#/settings`)
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByLabel('Token').waitFor()
      expect((await page.request.get(`${daemon.url}/api/v1/accounts`)).status()).toBe(401)
    },
    LONG_MS,
  )
})

describe.skipIf(CHROMIUM === undefined)('what the daemon says of itself', () => {
  it(
    'is on the page at once: a config.toml that is not valid, and one that is again',
    async () => {
      const { daemon, machine } = await browser.serve()
      const page = await open(daemon, 'settings')
      await page.getByText('config.toml is valid').waitFor()
      await machine.writeConfig('[polling]\nintervall = "60s"\n')
      await page.getByText('config.toml is not valid').waitFor({ timeout: 10_000 })
      await page.locator('main').getByText('polling.intervall').waitFor()
      await machine.writeConfig('[server]\nallowed_hosts = ["tokstat.test"]\n')
      await page.getByText('config.toml is valid').waitFor({ timeout: 10_000 })
      await page.getByText('Needs a restart to count: server.allowed_hosts').waitFor()
      expect(complaints).toEqual([])
    },
    LONG_MS,
  )
})

describe.skipIf(CHROMIUM === undefined)('a login link', () => {
  it(
    'signs a browser in once, leaves no trace in it, and can be made for another one',
    async () => {
      const { daemon, machine } = await browser.serve({ token: TOKEN })
      const env = { TOKSTAT_TOKEN_FILE: machine.path('token') }
      const { stdout } = await machine.run(['token', 'link'], env)
      const link = stdout.trim()
      const [address, code = ''] = link.split('#code=')
      expect(address).toBe(`${daemon.url}/login`)
      const page = await browser.newPage()
      await page.goto(link)
      await page.locator('[data-connection=open]').waitFor()
      expect(page.url()).toBe(`${daemon.url}/`)
      const seen = await page.evaluate('JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])')
      expect(seen).not.toContain(code)
      expect(daemon.program.stderr() + daemon.program.stdout()).not.toContain(code)
      await page.goto(`${daemon.url}/#/settings`)
      await page.getByRole('button', { name: 'Link for another browser' }).click()
      const other = await page.getByText('/login#code=').textContent()
      expect(complaints).toEqual([])

      const again = await browser.newPage()
      await again.goto(link)
      await again.getByText('This link was used already').waitFor()
      complaints.length = 0
      await again.goto('about:blank')
      await again.goto(other ?? '')
      await again.locator('[data-connection=open]').waitFor()
      expect(complaints).toEqual([])
    },
    LONG_MS,
  )
})

describe.skipIf(CHROMIUM === undefined)('hostile names', () => {
  it(
    'are text, whatever is in them (W09)',
    async () => {
      const { daemon } = await browser.serve()
      await daemon.whenAccounts('everything is read', isRead)
      const accounts = (await daemon.accounts()).map((account, index) => ({
        ...account,
        name: HOSTILE[index % HOSTILE.length] ?? '',
        plan: { id: 'x', name: HOSTILE[(index + 1) % HOSTILE.length] ?? '' },
        problem: {
          code: 'network',
          message: HOSTILE[0],
          hint: HOSTILE[1],
          since: '2026-11-22T09:00:00Z',
          retryAt: null,
        },
        quotas: account.quotas.map((quota) => ({ ...quota, label: HOSTILE[2], resetsAt: '2026-11-22T09:00:00Z' })),
      }))
      const page = await browser.newPage()
      // A tab that cannot share a thread has a stream of its own, which a test can fill.
      await page.addInitScript('delete globalThis.SharedWorker')
      await page.context().route('**/api/v1/events', (route) =>
        route.fulfill({
          contentType: 'text/event-stream',
          body: `event: snapshot\nid: x-1\ndata: ${JSON.stringify({ schemaVersion: 1, generatedAt: '2026-11-22T09:00:00Z', accounts })}\n\n`,
        }),
      )
      await page.goto(`${daemon.url}/`)
      await page.locator('.account').first().waitFor()
      expect(await page.evaluate('window.hacked')).toBeUndefined()
      expect(await page.locator('main img, main script, main iframe, main a[href^="javascript:"]').count()).toBe(0)
      expect(complaints.filter((text) => text.startsWith('CSP'))).toEqual([])
    },
    LONG_MS,
  )
})

const HOSTILE = [
  '<img src=x onerror="window.hacked=1">',
  '`javascript:window.hacked=1` <a href="javascript:window.hacked=1">x</a>',
  '"><script>window.hacked=1</script>',
  '\u202egnp.exe\u0000<svg onload=window.hacked=1>',
]
