import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Browser, chromium, type Page } from 'playwright-core'
import { percentOf } from '../src/format/percent.ts'
import { findChromium } from './chromium.ts'
import { type Helper, pause, startHelper, withFolder } from './processes.ts'
import { type Bench, type BenchOptions, median, megabytes, ms, type Row } from './row.ts'

const WEB = join(import.meta.dirname, '..', 'dist', 'web')
const FIRST_VIEW_BYTES = 80_000
const ACCOUNTS = 200
/** An hour of `tokstat demo`: its accounts, each read every five seconds. */
const DEMO_ACCOUNTS = 40
const DEMO_ROUNDS = 720
/** A frame that takes longer is seen as a stutter. */
const LONG_FRAME_MS = 50

/** A page of the same numbers without a script: what a browser needs for text and a style. */
const BARE_PAGE = `<!doctype html><title>bare</title><style>body{font:15px system-ui}</style><h1>200 accounts</h1>${'<p>Session 50% left'.repeat(ACCOUNTS)}`

/** The web app in a real browser: what it loads, how soon it shows something, and how it moves. */
export const web: Bench = {
  name: 'web',
  async run(options) {
    const executablePath = findChromium()
    if (executablePath === undefined) {
      console.error('web: no chromium is installed here, only the size is measured')
      return [sizeRow()]
    }
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
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
      await demoHour(browser, folder, quick ? 60 : DEMO_ROUNDS),
    ]
  } finally {
    await Promise.all([front.stop(), bare.stop()])
  }
}

async function paints(browser: Browser, url: string, bareUrl: string, rounds: number): Promise<readonly Row[]> {
  const ours: number[] = []
  const others: number[] = []
  const live: number[] = []
  const bare: number[] = []
  for (let round = 0; round < rounds; round++) {
    const mine = await opened(browser, url, '.account .line')
    ours.push(mine.paintMs)
    live.push(mine.shownMs)
    const other = await opened(browser, bareUrl, 'p')
    others.push(other.paintMs)
    bare.push(other.shownMs)
  }
  const ratio = pairwise(ours, others)
  const liveRatio = pairwise(live, bare)
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
      against: `${ms(median(bare))} for the text of a page without a script`,
      ratio: liveRatio,
      budget: '≤ 10 ×',
      held: liveRatio <= 10,
    },
  ]
}

/** The median of the pairs, not the pair of medians: a busy minute then counts once. */
function pairwise(ours: readonly number[], others: readonly number[]): number {
  return median(ours.map((value, index) => value / (others[index] ?? Number.NaN)))
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

/** Frames while every account changes each second, against the same page at rest. */
async function motion(browser: Browser, front: Helper, url: string, seconds: number): Promise<readonly Row[]> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  try {
    const page = await context.newPage()
    await page.goto(url)
    await page.locator('.account .line').first().waitFor()
    await pause(2_000)
    await frames(page, 5, () => front.ask('change-all'))
    const rest = await frames(page, Math.min(seconds, 8), async () => undefined)
    const moving = await frames(page, seconds, () => front.ask('change-all'))
    return motionRows(rest, moving)
  } finally {
    await context.close()
  }
}

interface Frames {
  readonly perSecond: number
  /** Nineteen frames in twenty took at most this. */
  readonly p95Ms: number
  readonly long: number
}

function motionRows(rest: Frames, moving: Frames): readonly Row[] {
  const perSecond = moving.perSecond / rest.perSecond
  const p95 = moving.p95Ms / rest.p95Ms
  const of = `${ACCOUNTS} accounts changing each second`
  return [
    {
      bench: 'web',
      what: `frames a second, ${of}`,
      figure: moving.perSecond.toFixed(1),
      against: `${rest.perSecond.toFixed(1)} at rest`,
      ratio: perSecond,
      budget: '≥ 0.8 ×',
      held: perSecond >= 0.8,
    },
    {
      bench: 'web',
      what: `95 % of frames take at most, ${of} (${moving.long} took over ${LONG_FRAME_MS} ms)`,
      figure: ms(moving.p95Ms),
      against: `${ms(rest.p95Ms)} at rest (${rest.long} over ${LONG_FRAME_MS} ms)`,
      ratio: p95,
      budget: '≤ 3 ×',
      held: p95 <= 3,
    },
  ]
}

async function frames(page: Page, seconds: number, eachSecond: () => Promise<unknown>): Promise<Frames> {
  await page.evaluate(
    `{ const times = (window.times = []); requestAnimationFrame(function count(at) { if (window.times !== times) return; times.push(at); requestAnimationFrame(count) }) }`,
  )
  for (let second = 0; second < seconds; second++) {
    await eachSecond()
    await pause(1_000)
  }
  const times = await page.evaluate<readonly number[]>('[window.times, (window.times = null)][0]')
  const took = times.slice(1).map((at, index) => at - (times[index] ?? at))
  const total = (times.at(-1) ?? 0) - (times[0] ?? 0)
  return {
    perSecond: took.length / (total / 1_000),
    p95Ms: [...took].sort((one, other) => one - other)[Math.floor(took.length * 0.95)] ?? Number.NaN,
    long: took.filter((time) => time > LONG_FRAME_MS).length,
  }
}

/**
 * What the page keeps of an hour of fast demo time, told as fast as it can show it. The stream runs in the page itself,
 * so that its memory counts too; the heap is measured behind a forced collection.
 */
async function demoHour(browser: Browser, folder: string, rounds: number): Promise<Row> {
  const front = startHelper('front')
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  try {
    const home = join(folder, 'hour')
    mkdirSync(home)
    const url = await front.ask<string>({ accounts: DEMO_ACCOUNTS, quotas: 6, folder: home, web: WEB })
    const page = await context.newPage()
    await page.addInitScript('delete globalThis.SharedWorker')
    await page.goto(url)
    await page.locator('.account .line').first().waitFor()
    // Its first minutes: code is compiled and pools are filled then.
    await tell(page, front, Math.ceil(rounds / 6))
    const before = await heapBytes(page)
    await tell(page, front, rounds)
    const after = await heapBytes(page)
    return {
      bench: 'web',
      what: `JS heap after ${rounds * DEMO_ACCOUNTS} readings shown${rounds === DEMO_ROUNDS ? ', an hour of demo time' : ''}`,
      figure: megabytes(after),
      against: `${megabytes(before)} before it, both after a forced collection`,
      ratio: after / before,
      budget: '≤ 1.15 ×',
      held: after / before <= 1.15,
    }
  } finally {
    await context.close()
    await front.stop()
  }
}

/** Every account is read again, round after round; the next round waits until the page shows this one. */
async function tell(page: Page, front: Helper, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const at = await front.ask<number>('change-all')
    const shown = `${percentOf((at % 997) / 997)}% left`
    await page.evaluate(
      `new Promise((done) => { (function look() { if ([...document.querySelectorAll('.line-value')].every((value) => value.textContent === '${shown}')) done(); else requestAnimationFrame(look) })() })`,
    )
  }
}

async function heapBytes(page: Page): Promise<number> {
  // What waits for a moment (the summary, a fade) is done by then.
  await pause(1_500)
  const session = await page.context().newCDPSession(page)
  // Twice: what the first collection lets go of, the second one finds.
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize
}
