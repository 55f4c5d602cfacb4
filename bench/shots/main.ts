/**
 * Takes a picture of every view of the web app, for people to look at.
 *
 *   npm run shots -- [--out FOLDER] [--only VIEW] [--accounts 0,3,40,200] [--width 1440,1024,360] [--theme light,dark] [--font "DejaVu Sans"]
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Browser, chromium } from 'playwright-core'
import { findChromium } from '../chromium.ts'
import { type Look, looksOf, openPage, SCENES, type Scene, shoot } from './scenes.ts'
import { openStage } from './stage.ts'

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(tmpdir(), 'tokstat-shots') },
    only: { type: 'string', multiple: true, default: [] },
    accounts: { type: 'string', default: '0,3,40,200' },
    width: { type: 'string', default: '1440,1024,360' },
    theme: { type: 'string', default: 'light,dark' },
    font: { type: 'string' },
  },
})

async function main(): Promise<void> {
  const executablePath = findChromium()
  if (executablePath === undefined) {
    console.error('No chromium is installed here: apt-get install chromium')
    process.exitCode = 1
    return
  }
  // Alerts are written in the machine's zone; the pictures have one of their own.
  process.env['TZ'] = 'Europe/Berlin'
  const out = resolve(values.out)
  mkdirSync(out, { recursive: true })
  const looks = looksOf(values.width.split(',').map(Number), values.theme.split(','))
  const env = { ...process.env, ...(values.font === undefined ? {} : fontsOf(values.font, out)) }
  const browser = await chromium.launch({ executablePath, env, args: ['--no-sandbox', '--hide-scrollbars'] })
  try {
    for (const accounts of values.accounts.split(',').map(Number)) await all(browser, accounts, looks, out)
  } finally {
    await browser.close()
  }
  console.log(out)
}

/** What the browser takes for the system's own face. */
function fontsOf(font: string, out: string): { readonly FONTCONFIG_FILE: string } {
  const file = join(out, 'fonts.conf')
  const family = font.replaceAll(/[<>&]/g, '')
  const alias = (name: string): string =>
    `<match><test name="family"><string>${name}</string></test><edit name="family" mode="prepend" binding="strong"><string>${family}</string></edit></match>`
  writeFileSync(
    file,
    `<?xml version="1.0"?><fontconfig><include>/etc/fonts/fonts.conf</include>${alias('system-ui')}${alias('sans-serif')}</fontconfig>`,
  )
  return { FONTCONFIG_FILE: file }
}

async function all(browser: Browser, accounts: number, looks: readonly Look[], out: string): Promise<void> {
  const wanted = SCENES.filter(
    (scene) => scene.fits(accounts) && (values.only.length === 0 || values.only.includes(scene.name)),
  )
  // One stage for all scenes of the same kind: what a scene does to it is its own affair, so odd ones come last.
  for (const scenes of Map.groupBy(wanted, (scene) => JSON.stringify(scene.stage)).values()) {
    await staged(browser, accounts, scenes, looks, out)
  }
}

async function staged(
  browser: Browser,
  accounts: number,
  scenes: readonly Scene[],
  looks: readonly Look[],
  out: string,
): Promise<void> {
  const stage = await openStage({ accounts, ...scenes[0]?.stage })
  try {
    for (const look of looks) {
      const page = await openPage(browser, look)
      for (const scene of scenes) {
        const path = join(out, `${scene.name}-${accounts}-${look.width}-${look.theme}.png`)
        await shoot(page, stage, scene, path)
        console.error(path)
      }
      await page.context().close()
    }
  } finally {
    await stage.stop()
  }
}

await main()
