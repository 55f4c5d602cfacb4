import { describe, expect, it, vi } from 'vitest'
import { drawnAnsi } from '../../test/helpers/drawn.ts'
import { type FakeIo, type FakeIoFacts, fakeApp, fakeIo } from '../../test/helpers/fake-cli.ts'
import { type FakeClock, fakeClock } from '../../test/helpers/fake-clock.ts'
import { fleetOf } from '../../test/helpers/fleet.ts'
import { golden } from '../../test/helpers/golden.ts'
import { sampleDocument } from '../../test/helpers/sample-document.ts'
import { NOW } from '../../test/helpers/states.ts'
import type { App } from '../model/app.ts'
import { epochMs } from '../model/time.ts'
import { runCli } from './run.ts'

const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'
const HOME = '\u001b[H'
const TO_LINE_END = '\u001b[K'
const BELOW = '\u001b[J'
const FOOTER = /⟳ Auto-refresh in (\d+)s \| Press 'r' to reload \| Press 'q' to exit/

interface Monitor {
  readonly time: FakeClock
  readonly terminal: FakeIo
  readonly snapshot: ReturnType<typeof vi.fn<App['snapshot']>>
  readonly ended: Promise<number>
  /** Seconds that the last drawn footer shows. */
  readonly countdown: () => number
}

/** Starts the monitor and waits until its first frame (or table) stands. */
async function start(argv: string, facts: FakeIoFacts = {}, document = sampleDocument): Promise<Monitor> {
  const time = fakeClock(NOW)
  const terminal = fakeIo({ isTTY: true, columns: 100, rows: 60, color: false, ...facts, clock: time.clock })
  const snapshot = vi.fn<App['snapshot']>(async () => ({
    document,
    via: 'engine',
    notice: null,
    sources: [],
  }))
  const app: App = { ...fakeApp(document, { snapshot }), now: () => epochMs(time.clock.now()) }
  const ended = runCli({
    argv: ['quota', 'monitor', ...argv.split(' ').filter(Boolean)],
    io: terminal.io,
    loadApp: async () => app,
    readBoardFile: async () => null,
  })
  await vi.waitFor(() => expect(terminal.out()).toMatch(/QUOTA|schemaVersion/))
  const countdown = (): number => Number([...terminal.out().matchAll(new RegExp(FOOTER, 'g'))].at(-1)?.[1])
  return { time, terminal, snapshot, ended, countdown }
}

describe('on a terminal', () => {
  for (const [columns, rows] of [
    [80, 24],
    [160, 50],
  ] as const) {
    it(`draws the golden frames: 1, 8 and 60 accounts, ${columns}x${rows}`, async () => {
      let actual = ''
      for (const count of [1, 8, 60]) {
        const document = fleetOf(count)
        const { terminal, ended } = await start('', { columns, rows, color: true }, document)
        const frame = terminal.out().split(HOME).at(-1)?.replace(BELOW, '').split(`${TO_LINE_END}\r\n`) ?? []
        terminal.press('q')
        await ended
        actual += `=== ${count} ${count === 1 ? 'account' : 'accounts'}\n${drawnAnsi(frame.map((line) => line.replace(TO_LINE_END, '')))}\n`
      }
      expect(actual).toBe(golden(`monitor-${columns}x${rows}.txt`, actual))
    })
  }

  it('draws table, bar, countdown and footer in the alternate screen', async () => {
    const { terminal, ended } = await start('--interval 30s')
    const frame = terminal.out()
    expect(frame.startsWith(ENTER)).toBe(true)
    expect(frame).toContain('██░░░░░░░░')
    expect(frame).toContain('in 3h 45m')
    expect(frame).toMatch(FOOTER)
    terminal.press('q')
    expect(await ended).toBe(0)
  })

  it.each([
    ['q', (terminal: FakeIo) => terminal.press('q')],
    ['Ctrl-C', (terminal: FakeIo) => terminal.press('\u0003')],
    ['a signal', (terminal: FakeIo) => terminal.interrupt()],
  ])('ends by %s: exit 0, terminal restored, nothing left behind', async (_, end) => {
    const { terminal, time, ended } = await start('')
    end(terminal)
    expect(await ended).toBe(0)
    expect(terminal.out().endsWith(LEAVE)).toBe(true)
    expect(terminal.listeners()).toBe(0)
    expect(time.pending()).toBe(0)
  })

  it('counts down and asks again when the interval is over', async () => {
    const { terminal, time, snapshot, ended, countdown } = await start('--interval 30s')
    expect(countdown()).toBe(30)
    await time.advance(12_000)
    expect(countdown()).toBe(18)
    expect(snapshot).toHaveBeenCalledTimes(1)
    await time.advance(18_000)
    expect(snapshot).toHaveBeenCalledTimes(2)
    expect(snapshot.mock.calls[1]?.[0].mode).toBe('fresh')
    expect(countdown()).toBe(30)
    terminal.press('q')
    await ended
  })

  it('asks the services now at r, once however often it is pressed', async () => {
    const { terminal, time, snapshot, ended, countdown } = await start('--interval 30s')
    await time.advance(5000)
    terminal.press('rrr')
    await time.advance(0)
    expect(snapshot).toHaveBeenCalledTimes(2)
    expect(snapshot.mock.calls[1]?.[0].mode).toBe('refresh')
    expect(countdown()).toBe(30)
    terminal.press('q')
    await ended
  })

  it('keeps the old numbers after a failure and says so', async () => {
    const { terminal, time, snapshot, ended } = await start('--interval 30s')
    snapshot.mockRejectedValueOnce(new Error('no\u001b[2J network'))
    terminal.fresh()
    terminal.press('r')
    await time.advance(1000)
    const frames = terminal.fresh()
    expect(frames).toContain('❌ Failed to read quotas: no network')
    expect(frames).toContain('23% 🔴 LOW')
    terminal.press('r')
    await time.advance(0)
    terminal.fresh()
    await time.advance(1000)
    expect(terminal.fresh()).not.toContain('❌')
    terminal.press('q')
    await ended
  })

  it('lets old numbers turn stale on the screen by themselves', async () => {
    const { terminal, time, snapshot, ended } = await start('--interval 1h')
    terminal.fresh()
    time.jump(20 * 60_000)
    await time.advance(1000)
    const frame = terminal.fresh().split('\u001b[H').at(-1) ?? ''
    expect(snapshot).toHaveBeenCalledTimes(1)
    expect(frame).toContain('23% ⚪ STALE')
    expect(frame).not.toContain('🔴')
    terminal.press('q')
    await ended
  })

  it('never draws more lines than the terminal has, and scrolls', async () => {
    const { terminal, ended } = await start('', { rows: 12 })
    const first = terminal.fresh().split('\u001b[H').at(-1) ?? ''
    expect(first.split('\r\n')).toHaveLength(12)
    expect(first).toContain("Press 'q' to exit | ↓")
    terminal.press('\u001b[Bjj')
    const scrolled = terminal.fresh().split('\u001b[H').at(-1) ?? ''
    expect(scrolled).not.toContain('accounts are fine')
    terminal.press('\u001b[Akkkkk')
    expect(terminal.fresh().split('\u001b[H').at(-1)).toContain('accounts are fine')
    terminal.press('G')
    expect(terminal.fresh().split('\u001b[H').at(-1)).not.toContain('more')
    terminal.press('g \u001b[6~')
    expect(terminal.fresh().split('\u001b[H').at(-1)).not.toContain('accounts are fine')
    terminal.press('\u001b[5~\u001b[5~')
    expect(terminal.fresh().split('\u001b[H').at(-1)).toContain('accounts are fine')
    terminal.press('q')
    await ended
  })

  it('takes ten seconds for anything shorter, and says so', async () => {
    const { terminal, ended, countdown } = await start('--interval 2s')
    expect(terminal.err()).toContain('10s is the shortest')
    expect(countdown()).toBe(10)
    terminal.press('q')
    await ended
  })

  it('restores the terminal even when drawing fails', async () => {
    const { terminal, time, ended } = await start('')
    const write = terminal.io.stdout.write
    Object.assign(terminal.io.stdout, {
      columns: () => {
        throw new Error('the terminal is gone')
      },
    })
    await time.advance(1000)
    expect(await ended).toBe(1)
    expect(terminal.out().endsWith(LEAVE)).toBe(true)
    expect(terminal.io.stdout.write).toBe(write)
    expect(terminal.listeners()).toBe(0)
  })

  it('answers a wrong argument on the normal screen', async () => {
    const terminal = fakeIo({ isTTY: true })
    const argv = ['quota', 'monitor', '--provider', 'nope']
    const code = await runCli({
      argv,
      io: terminal.io,
      loadApp: async () => fakeApp(),
      readBoardFile: async () => null,
    })
    expect([code, terminal.out()]).toEqual([4, ''])
  })
})

describe('without a terminal', () => {
  it('prints one table an interval, no control codes, until it is interrupted', async () => {
    const { terminal, time, snapshot, ended } = await start('--interval 30s', { isTTY: false })
    await time.advance(60_000)
    expect(snapshot).toHaveBeenCalledTimes(3)
    snapshot.mockRejectedValueOnce(new Error('no network'))
    await time.advance(30_000)
    expect(terminal.err()).toContain('❌ Failed to read quotas: no network')
    terminal.interrupt()
    expect(await ended).toBe(0)
    expect(terminal.out().split('PROVIDER')).toHaveLength(4)
    expect(terminal.out()).not.toContain('\u001b')
    expect([terminal.listeners(), time.pending()]).toEqual([0, 0])
  })

  it('prints one line of JSON an interval', async () => {
    const { terminal, time, ended } = await start('--json', { isTTY: false })
    await time.advance(30_000)
    terminal.interrupt()
    await ended
    const lines = terminal.out().trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).schemaVersion)).toEqual([1, 1])
  })
})
