/**
 * `node deploy/grafana/picture/main.ts [--out DIR] [--accounts 12] [--hours 26] [--speed 120] [--history FILE] [--width 1600]`:
 * draws every shipped
 * dashboard with real data, for eyes. It records a demo of the built program, reads the recording into a real
 * Prometheus, asks it every target of every panel, and draws the answers where and as the dashboard says. The drawing
 * is ours and only resembles Grafana. Takes hours/speed of time, needs Debian's prometheus and chromium.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import type { Asker } from './ask.ts'
import { readBoard } from './board.ts'
import { drawBoard } from './page.ts'
import { record } from './record.ts'

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'dashboard-pictures' },
    accounts: { type: 'string', default: '12' },
    hours: { type: 'string', default: '26' },
    speed: { type: 'string', default: '120' },
    history: { type: 'string' },
    width: { type: 'string', default: '1600' },
  },
})
const speed = Number(values.speed)
const width = Number(values.width)
const folder = mkdtempSync(join(tmpdir(), 'tokstat-picture-'))
try {
  const file = values.history ?? join(folder, 'history.txt')
  if (!existsSync(file)) await record({ accounts: Number(values.accounts), hours: Number(values.hours), speed, file })
  const end = lastInstantOf(file)
  execFileSync('promtool', [
    'tsdb',
    'create-blocks-from',
    'openmetrics',
    '--max-block-duration=48h',
    '--quiet',
    file,
    join(folder, 'data'),
  ])
  await withPrometheus((url) => drawAll(url, end))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function withPrometheus(use: (url: string) => Promise<void>): Promise<void> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const config = join(import.meta.dirname, 'prometheus.yml')
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]
  const prometheus = spawn('prometheus', [...flags, '--log.level=error'], { stdio: 'ignore' })
  try {
    for (let tries = 0; tries < 100; tries += 1) {
      const answer = await fetch(`${url}/-/ready`).catch(() => null)
      if (answer?.ok === true) return await use(url)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    throw new Error('Prometheus did not start')
  } finally {
    prometheus.kill('SIGKILL')
    await once(prometheus, 'exit')
  }
}

async function drawAll(url: string, end: number): Promise<void> {
  mkdirSync(values.out, { recursive: true })
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  try {
    const names = readdirSync(join(import.meta.dirname, '..', 'dashboards')).filter((name) => name.endsWith('.json'))
    for (const name of names) {
      const board = readBoard(name)
      const hours = Number(/^now-(\d+)h$/.exec(board.time.from)?.[1])
      // One step of a second stands for `speed` seconds: that is how often this Prometheus was fed.
      const asker: Asker = { url, span: { from: end - hours * 3600, to: end }, values: {}, scrapeSeconds: speed }
      const { html, height, empty } = await drawBoard(board, asker, width)
      const page = await browser.newPage({ viewport: { width, height } })
      await page.setContent(html)
      await page.screenshot({ path: join(values.out, name.replace('.json', '.png')) })
      await page.close()
      process.stdout.write(`${name}: ${board.panels.length} panels, without data: ${empty.join(', ') || 'none'}\n`)
    }
  } finally {
    await browser.close()
  }
}

/** A recording ends with its newest samples; one that is kept can be drawn again. */
function lastInstantOf(file: string): number {
  return Number(/ (\S+)\n# EOF\n$/.exec(readFileSync(file, 'utf8').slice(-400))?.[1])
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
