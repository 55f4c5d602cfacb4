import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type Helper, pause, startHelper, withFolder } from './processes.ts'
import { type Bench, type BenchOptions, median, megabytes, ms, type Row } from './row.ts'

const WEB = join(import.meta.dirname, '..', 'dist', 'web')
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const FIRST_VIEW_BYTES = 80_000
const ACCOUNTS = 200

/** A page of the same numbers without a script: what a browser needs for text and a style. */
const BARE_PAGE = `<!doctype html><title>bare</title><style>body{font:15px system-ui}</style><h1>200 accounts</h1>${'<p>Session 50% left'.repeat(ACCOUNTS)}`

/** The web app in a real browser: what it loads, how soon it shows something, and how it moves. */
export const web: Bench = {
  name: 'web',
  async run(options) {
    if (CHROMIUM === undefined) {
      console.error('web: no chromium is installed here, only the size is measured')
      return [sizeRow()]
    }
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
    try {
      return [sizeRow(), ...(await withFolder((folder) => inBrowser(browser, folder, options)))]
    } finally {
      await browser.close()
    }
  },
}

function sizeRow(): Row {
  const page = readFileSync(join(WEB, 'index.html'), 'utf8')
  const named = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path = '']) => path)
  const worker = readdirSync(join(WEB, 'assets')).find((name) => name.startsWith('worker-'))
  const files = ['index.html', ...named, `assets/${worker}`]
  const bytes = files.reduce((sum, path) => sum + gzipSync(readFileSync(join(WEB, path)), { level: 9 }).length, 0)
  return {
    bench: 'web',
    what: 'first view over the line, gzip',
    figure: `${(bytes / 1000).toFixed(1)} kB`,
    against: '–',
    ratio: null,
    budget: '≤ 80 kB',
    held: bytes <= FIRST_VIEW_BYTES,
  }
}

async function inBrowser(browser: Browser, folder: string, { quick }: BenchOptions): Promise<readonly Row[]> {
  const front = startHelper('front')
  const bare = startHelper('bare')
  try {
    const url = await front.ask<string>({ accounts: ACCOUNTS, quotas: 6, folder, web: WEB })
    const file = join(folder, 'bare.html')
    writeFileSync(file, BARE_PAGE)
    const bareUrl = await bare.ask<string>({ kind: 'page', file, contentType: 'text/html' })
    return [
      ...(await paints(browser, url, bareUrl, quick ? 3 : 9)),
      ...(await motion(browser, front, url, quick ? 5 : 30)),
    ]
  } finally {
    await Promise.all([front.stop(), bare.stop()])
  }
}

async function paints(browser: Browser, url: string, bareUrl: string, rounds: number): Promise<readonly Row[]> {
  const ours: number[] = []
  const others: number[] = []
  const live: number[] = []
  for (let round = 0; round < rounds; round++) {
    const mine = await opened(browser, url, '.account .line')
    ours.push(mine.paintMs)
    live.push(mine.shownMs)
    others.push((await opened(browser, bareUrl, 'p')).paintMs)
  }
  const ratio = median(ours.map((value, index) => value / (others[index] ?? Number.NaN)))
  return [
    {
      bench: 'web',
      what: `first contentful paint, ${ACCOUNTS} accounts, loopback`,
      figure: ms(median(ours)),
      against: `${ms(median(others))} for a page without a script`,
      ratio,
      budget: '≤ 4 ×',
      held: ratio <= 4,
    },
    {
      bench: 'web',
      what: `live data shown, ${ACCOUNTS} accounts, loopback`,
      figure: ms(median(live)),
      against: '–',
      ratio: null,
      budget: '≤ 2 s',
      held: median(live) <= 2_000,
    },
  ]
}

interface Opened {
  readonly paintMs: number
  readonly shownMs: number
}

async function opened(browser: Browser, url: string, shown: string): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  try {
    const page = await context.newPage()
    await page.goto(url)
    await page.locator(shown).first().waitFor()
    const shownMs = await page.evaluate<number>('performance.now()')
    const paintMs = await page.evaluate<number>(
      `new Promise((done) => new PerformanceObserver((list) => list.getEntriesByName('first-contentful-paint').forEach((entry) => done(entry.startTime))).observe({ type: 'paint', buffered: true }))`,
    )
    return { paintMs, shownMs }
  } finally {
    await context.close()
  }
}

/** Frames a second while every account changes each second, against the same page at rest; and what it keeps of it. */
async function motion(browser: Browser, front: Helper, url: string, seconds: number): Promise<readonly Row[]> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  try {
    const page = await context.newPage()
    await page.goto(url)
    await page.locator('.account .line').first().waitFor()
    await pause(2_000)
    const rest = await framesPerSecond(page, Math.min(seconds, 8), async () => undefined)
    await framesPerSecond(page, 5, () => front.ask('change-all'))
    const before = await heapBytes(page)
    const moving = await framesPerSecond(page, seconds, () => front.ask('change-all'))
    const grown = (await heapBytes(page)) / before
    return [
      {
        bench: 'web',
        what: `frames a second, ${ACCOUNTS} accounts changing each second`,
        figure: moving.toFixed(1),
        against: `${rest.toFixed(1)} at rest`,
        ratio: moving / rest,
        budget: '≥ 0.8 ×',
        held: moving / rest >= 0.8,
      },
      {
        bench: 'web',
        what: `heap after ${seconds} s of it`,
        figure: megabytes(grown * before),
        against: `${megabytes(before)} before`,
        ratio: grown,
        budget: '≤ 1.3 ×',
        held: grown <= 1.3,
      },
    ]
  } finally {
    await context.close()
  }
}

async function framesPerSecond(page: Page, seconds: number, eachSecond: () => Promise<unknown>): Promise<number> {
  await page.evaluate(
    `window.frames_ = 0; window.counting = true; (function count() { if (!window.counting) return; window.frames_ += 1; requestAnimationFrame(count) })()`,
  )
  const startedAt = performance.now()
  for (let second = 0; second < seconds; second++) {
    await eachSecond()
    await pause(1_000)
  }
  const frames = await page.evaluate<number>('window.counting = false, window.frames_')
  return frames / ((performance.now() - startedAt) / 1_000)
}

async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize
}
