/** Records a running demo's metrics pages and stretches them over the hours that the demo's fast time stands for. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const TARGET = 'job="tokstat",instance="127.0.0.1:8000"'
const STEP_MS = 1000

export interface Recording {
  readonly accounts: number
  /** How many hours the recording stands for. */
  readonly hours: number
  /** World seconds per real second. */
  readonly speed: number
  /** Where the samples go: OpenMetrics text for `promtool tsdb create-blocks-from openmetrics`. */
  readonly file: string
}

interface Page {
  readonly at: number
  readonly tookMs: number
  readonly text: string
}

/** Takes `hours / speed` of real time; the recording ends now. */
export async function record(recording: Recording): Promise<void> {
  const demo = spawn(
    process.execPath,
    [join(ROOT, 'bin', 'tokstat.mjs'), 'demo', '--accounts', `${recording.accounts}`, '--speed', `${recording.speed}`],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  try {
    const url = await addressOf(demo)
    const pages: Page[] = []
    const wanted = (recording.hours * 3_600_000) / recording.speed / STEP_MS
    for (let taken = 0; taken < wanted; taken += 1) {
      pages.push(await take(url))
      await new Promise((resolve) => setTimeout(resolve, STEP_MS))
    }
    await write(recording, pages)
  } finally {
    demo.kill('SIGTERM')
    await once(demo, 'exit')
  }
}

async function addressOf(demo: ChildProcess): Promise<string> {
  if (demo.stderr === null) throw new Error('the demo has no stderr')
  for await (const line of createInterface({ input: demo.stderr })) {
    const url = /answers at (\S+)/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error('the demo ended before it answered')
}

async function take(url: string): Promise<Page> {
  const started = performance.now()
  const text = await (await fetch(`${url}/metrics`)).text()
  return { at: Date.now() / 1000, tookMs: performance.now() - started, text }
}

async function write({ file, speed }: Recording, pages: readonly Page[]): Promise<void> {
  const end = pages.at(-1)?.at ?? 0
  const out = createWriteStream(file)
  for (const page of pages) out.write(stretched(page, end, speed))
  out.end('# EOF\n')
  await once(out, 'finish')
}

/** The page's samples at the instant they stand for; values that are instants are moved alike, rates slow down. */
function stretched(page: Page, end: number, speed: number): string {
  const moved = (at: number): number => end + (at - end) * speed
  const at = moved(page.at).toFixed(3)
  const samples = page.text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const lines = samples.map((line) => {
    const [, name = '', labels = '', value = ''] = /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    const isInstant = /_timestamp_seconds$|_reset_time_seconds$|_start_time_seconds$/.test(name)
    const isDuration = name === 'tokstat_quota_window_seconds'
    const shown = isInstant ? moved(Number(value)) : isDuration ? Number(value) * speed : value
    return `${name}{${labels === '' ? '' : `${labels},`}${TARGET}} ${shown} ${at}`
  })
  const own = [
    `up{${TARGET}} 1 ${at}`,
    `scrape_duration_seconds{${TARGET}} ${page.tookMs / 1000} ${at}`,
    `scrape_samples_scraped{${TARGET}} ${samples.length} ${at}`,
  ]
  return `${[...lines, ...own].join('\n')}\n`
}
