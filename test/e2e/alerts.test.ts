import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import type { Alert, Snooze } from '../../src/model/alerts.ts'
import type { AlertsOverview } from '../../src/model/app.ts'
import { createWorld } from '../../src/simulator/world.ts'
import { createMachine, type Machine } from '../helpers/machine.ts'
import { stopPrograms } from '../helpers/program.ts'
import { until } from '../helpers/wait.ts'

const CONFIG = `[polling]
timeout = "2s"

[providers.antigravity]
interval = "0.3s"

[[alerts]]
name = "spent"
when = "exhausted"
for = "1 readings"
`

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
if (CHROMIUM === undefined && process.env['CI']) throw new Error('no chromium is installed')

let machine: Machine

afterEach(async () => {
  await stopPrograms()
  await machine.remove()
})

async function start(): Promise<void> {
  const world = createWorld({ seed: 9 })
  const startUsed = { '3p.5h': 1, '3p.weekly': 0.1, 'gemini.5h': 0.2, 'gemini.weekly': 0.1 }
  world.add({ provider: 'antigravity', name: 'ada', pattern: 'silent', startUsed })
  world.add({ provider: 'antigravity', name: 'grace', pattern: 'silent', startUsed: { ...startUsed, '3p.5h': 0.3 } })
  machine = await createMachine({ world, providers: ['antigravity'], config: CONFIG })
}

async function json<Answer>(...args: readonly string[]): Promise<Answer> {
  const { stdout, stderr, code } = await machine.run([...args, '--json'])
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as Answer
}

const overview = () => json<AlertsOverview>('alerts', 'list')
const ADA = 'antigravity/ada@example.com'

describe('what a person says about alerts', () => {
  it('reaches a running daemon, and the history when none runs; each sees what the other was told', async () => {
    await start()
    const daemon = await machine.serve()
    const fired = await until('it fires', async () => (await overview()).alerts.find(({ state }) => state === 'firing'))
    expect(fired).toMatchObject({ rule: 'spent', account: ADA, acknowledgedAt: null, snoozedUntil: null })

    const { acknowledged } = await json<{ acknowledged: Alert[] }>('alerts', 'ack', fired.id)
    expect(acknowledged[0]?.acknowledgedAt).not.toBeNull()
    const { snooze } = await json<{ snooze: Snooze }>('alerts', 'snooze', 'ada@example.com', '--for', '2h')
    expect(snooze).toMatchObject({ rule: null, account: ADA, quota: null })
    expect((await overview()).alerts.find(({ id }) => id === fired.id)?.snoozedUntil).toBe(snooze.until)

    daemon.program.signal('SIGKILL')
    await daemon.program.ended
    const asleep = await overview()
    expect(asleep).toMatchObject({ live: false, snoozes: [snooze] })
    expect(await json('alerts', 'unsnooze', ADA)).toEqual({ ended: [snooze] })
    const second = await json<{ snooze: Snooze }>('alerts', 'snooze', 'spent', '--quota', 'weekly', '--for', '1d')

    await machine.serve()
    expect((await overview()).snoozes).toEqual([second.snooze])
    const { alerts } = await overview()
    expect(alerts.find(({ id }) => id === fired.id)).toMatchObject({ snoozedUntil: null })
    expect(alerts.find(({ id }) => id === fired.id)?.acknowledgedAt).toBe(acknowledged[0]?.acknowledgedAt)
    const seen = await machine.run(['alerts', 'list'])
    expect(seen.stdout).toMatch(/Snoozed\n {2}rule spent, quota weekly {2}until .* {2}[0-9a-f]{8}\n/)
  }, 120_000)

  it.skipIf(CHROMIUM === undefined)(
    'is shown by the web page, and ended there',
    async () => {
      await start()
      const daemon = await machine.serve()
      await until('it fires', async () => (await overview()).alerts.some(({ state }) => state === 'firing'))
      await json('alerts', 'snooze', 'spent', '--account', ADA, '--for', '2h')
      const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] })
      try {
        const page = await browser.newPage()
        await page.goto(`${daemon.url}/#/alerts`)
        const snoozed = page.locator('li', { hasText: `spent · ${ADA}` })
        await snoozed.getByText(/^until /).waitFor()
        await page.locator('.alert-log li', { hasText: 'Snoozed until' }).first().waitFor()
        await snoozed.getByRole('button', { name: 'End snooze' }).click()
        await snoozed.waitFor({ state: 'detached' })
      } finally {
        await browser.close()
      }
      expect((await overview()).snoozes).toEqual([])
    },
    120_000,
  )
})
