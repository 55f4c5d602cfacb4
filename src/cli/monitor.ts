import { clean } from '../format/clean.ts'
import { cutTo } from '../format/fit.ts'
import type { AccountsDocument } from '../model/document.ts'
import { documentAt } from '../model/document-state.ts'
import type { Timer } from '../model/ports.ts'
import type { Rules } from '../model/settings.ts'
import type { Io } from './io.ts'
import { groupedList } from './list-view.ts'
import type { Paint } from './paint.ts'

/** What one read brought. */
export interface MonitorData {
  readonly document: AccountsDocument
  readonly whole: AccountsDocument
  readonly rules: Rules
  readonly notice: string | null
}

export interface MonitorOptions {
  readonly io: Io
  readonly paint: Paint
  readonly intervalMs: number
  readonly allModels: boolean
  readonly first: MonitorData
  readonly read: (mode: 'fresh' | 'refresh') => Promise<MonitorData>
}

const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const ERASE_TO_LINE_END = '\u001b[K'
const ERASE_BELOW = '\u001b[J'
const CTRL_C = '\u0003'
const SECOND_MS = 1000

/**
 * The live table in the alternate screen, until `q`, Ctrl-C or a signal. `r` asks the services now; a failed read
 * keeps the old numbers, whose age keeps growing on the screen. The terminal is restored however it ends.
 */
export async function runMonitor(options: MonitorOptions): Promise<void> {
  const screen = new MonitorScreen(options)
  await screen.run()
}

class MonitorScreen {
  readonly #options: MonitorOptions
  #data: MonitorData
  #failure: string | null = null
  #isReading = false
  #isOver = false
  #scroll = 0
  /** Monotonic: a wall clock that is set must not stop the refresh. */
  #readAtMs: number
  #timer: Timer | null = null
  #finish: () => void = () => {}
  #fail: (error: unknown) => void = () => {}

  constructor(options: MonitorOptions) {
    this.#options = options
    this.#data = options.first
    this.#readAtMs = options.io.clock.monotonicMs()
  }

  async run(): Promise<void> {
    const { io } = this.#options
    const stops: (() => void)[] = []
    io.stdout.write(ENTER)
    try {
      await new Promise<void>((resolve, reject) => {
        this.#finish = resolve
        this.#fail = reject
        stops.push(io.onInterrupt(resolve))
        // Without a keyboard (a service, a test) it still runs; only the keys are missing.
        if (io.stdin.isTTY) stops.push(io.stdin.onKeys((keys) => this.#onKeys(keys)))
        this.#tick()
      })
    } finally {
      this.#isOver = true
      this.#timer?.cancel()
      for (const stop of stops) stop()
      io.stdout.write(LEAVE)
    }
  }

  #onKeys(keys: string): void {
    for (const key of keys.match(/\u001b\[(?:[A-Z]|\d~)|./gs) ?? []) {
      if (key === 'q' || key === 'Q' || key === CTRL_C) {
        this.#finish()
        return
      }
      if (key === 'r' || key === 'R') void this.#read('refresh')
      this.#scroll += this.#scrollOf(key)
    }
    this.#draw()
  }

  /** Lines that a key scrolls; drawing keeps the table in sight. */
  #scrollOf(key: string): number {
    const page = Math.max(1, (this.#options.io.stdout.rows() ?? 24) - 4)
    switch (key) {
      case 'j':
      case '\u001b[B':
        return 1
      case 'k':
      case '\u001b[A':
        return -1
      case ' ':
      case '\u001b[6~':
        return page
      case '\u001b[5~':
        return -page
      case 'g':
      case '\u001b[H':
        return -this.#scroll
      case 'G':
      case '\u001b[F':
        return Number.MAX_SAFE_INTEGER - this.#scroll
      default:
        return 0
    }
  }

  #tick(): void {
    if (this.#isOver) return
    if (this.#secondsLeft() <= 0) void this.#read('fresh')
    this.#draw()
    this.#timer = this.#options.io.clock.after(SECOND_MS, () => this.#tick())
  }

  #secondsLeft(): number {
    const { io, intervalMs } = this.#options
    return Math.ceil((this.#readAtMs + intervalMs - io.clock.monotonicMs()) / SECOND_MS)
  }

  async #read(mode: 'fresh' | 'refresh'): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    this.#draw()
    try {
      this.#data = await this.#options.read(mode)
      this.#failure = null
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : 'unknown reason'
    }
    this.#isReading = false
    this.#readAtMs = this.#options.io.clock.monotonicMs()
    this.#draw()
  }

  #draw(): void {
    if (this.#isOver) return
    try {
      const { stdout } = this.#options.io
      const frame = this.#frame(stdout.columns() ?? 80, stdout.rows() ?? 24)
      stdout.write(HOME + frame.map((line) => line + ERASE_TO_LINE_END).join('\r\n') + ERASE_BELOW)
    } catch (error) {
      // Out of a timer an exception would end the process without restoring the terminal.
      this.#fail(error)
    }
  }

  #frame(columns: number, rows: number): readonly string[] {
    const { io, paint, allModels } = this.#options
    const { document, whole, rules, notice } = this.#data
    const now = io.clock.now()
    const table = groupedList({
      document: documentAt(document, now, rules),
      whole: documentAt(whole, now, rules),
      now,
      rules,
      width: columns,
      timeZone: io.timeZone,
      allModels,
      paint,
    })
    const top = notice === null ? [] : [paint.dim(cutTo(clean(notice), columns))]
    const room = Math.max(1, rows - 2 - top.length - (this.#failure === null ? 0 : 1))
    this.#scroll = Math.min(Math.max(0, this.#scroll), Math.max(0, table.length - room))
    const shown = table.slice(this.#scroll, this.#scroll + room)
    return [...top, ...shown, ...this.#footer(columns, table.length - this.#scroll - shown.length)]
  }

  #footer(columns: number, below: number): readonly string[] {
    const { paint } = this.#options
    const state = this.#isReading ? 'Reading…' : `Auto-refresh in ${Math.max(0, this.#secondsLeft())}s`
    const more = below > 0 ? ` | ↓ ${below} more: j, Space` : ''
    const keys = cutTo(`⟳ ${state} | Press 'r' to reload | Press 'q' to exit${more}`, columns)
    const failure =
      this.#failure === null
        ? []
        : [paint.tone('red', cutTo(`❌ Failed to read quotas: ${clean(this.#failure)}`, columns))]
    return ['', ...failure, paint.dim(keys)]
  }
}
