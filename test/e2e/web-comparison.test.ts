/** The comparison of accounts, over the made-up past that the demo comes with. */
import { describe, expect, it } from 'vitest'
import type { ComparisonDocument } from '../../src/model/index.ts'
import { CHROMIUM, useBrowser, whenShown } from '../helpers/browser.ts'
import { daemonOf } from '../helpers/machine.ts'
import { until } from '../helpers/wait.ts'

const LONG_MS = 60_000
const ROUTE = '**/api/v1/analytics/accounts?*'

const browser = useBrowser('test/e2e/web-comparison.test.ts')

describe.skipIf(CHROMIUM === undefined)('the comparison of accounts', () => {
  it(
    'counts all cycles of the range, says how many rows there are, and that it could not be read',
    async () => {
      const { machine } = await browser.serve()
      const demo = await daemonOf(machine.start(['demo', '--port', '0']))
      await until('the demo has its past', async () => {
        const { quotas } = (await (await demo.get('/api/v1/analytics/accounts')).json()) as ComparisonDocument
        return quotas.length > 150
      })
      const page = await browser.open(demo, 'analytics?range=30d')
      await whenShown(page, 'analytics')
      const compared = page.locator('section', { has: page.getByRole('heading', { name: 'Compare accounts' }) }).last()
      await compared.getByText(/^40 of \d+ shown/).waitFor()
      const most = async (): Promise<number> => {
        const counts = await compared.locator('tbody td:nth-child(2)').allTextContents()
        return Math.max(...counts.map((text) => Number(text.split(' of ')[1])))
      }
      expect(await compared.locator('tbody tr').count()).toBe(40)
      expect(await most()).toBeGreaterThan(130)
      expect(browser.complaints).toEqual([])
      await page.route(ROUTE, (route) => route.abort())
      await page.getByLabel('Range').selectOption('7d')
      const again = compared.getByRole('button', { name: 'Try again' })
      await again.waitFor()
      expect(await compared.locator('tbody').count()).toBe(0)
      await page.unroute(ROUTE)
      await again.click()
      await compared.locator('tbody tr').first().waitFor()
      expect(await most()).toBeLessThan(130)
    },
    LONG_MS,
  )
})
