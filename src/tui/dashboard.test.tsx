import { EventEmitter } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { cleanup, render } from 'ink-testing-library'
import { afterEach, describe, expect, it } from 'vitest'
import { type FakeClock, fakeClock } from '../../test/helpers/fake-clock.ts'
import { sampleDocument } from '../../test/helpers/sample-document.ts'
import { NOW } from '../../test/helpers/states.ts'
import type { LiveSession } from '../model/app.ts'
import { DEFAULT_RULES } from '../model/settings.ts'
import { MINUTE_MS, plusMs, SECOND_MS, toIso } from '../model/time.ts'
import { Dashboard } from './controller.ts'
import { startPlain } from './plain.ts'
import { DashboardScreen } from './screens/DashboardScreen.tsx'
import type { DashboardDeps } from './session.ts'
import { startDashboard } from './start.tsx'
import type { KeptUi } from './ui-state.ts'

const open: { readonly dashboard: Dashboard; readonly time: FakeClock }[] = []

afterEach(() => {
  cleanup()
  for (const { dashboard, time } of open.splice(0)) {
    dashboard.stop()
    expect(time.pending()).toBe(0)
  }
})

function fakeDeps(facts: Partial<DashboardDeps> = {}) {
  const time = fakeClock(NOW)
  const asked: string[] = []
  const session: LiveSession = {
    via: 'daemon',
    refresh: async (accounts) => {
      asked.push(`refresh ${accounts?.join() ?? 'all'}`)
      return []
    },
    history: async ({ account, quota }) => {
      asked.push(`history ${account} ${quota}`)
      return { series: [] }
    },
    cycles: async () => ({ cycles: [], truncated: false }),
    alerts: async () => [],
    close: async () => undefined,
  }
  const kept: KeptUi[] = []
  const deps: DashboardDeps = {
    clock: time.clock,
    rules: DEFAULT_RULES,
    timeZone: 'UTC',
    upstream: null,
    color: false,
    session,
    providers: async () => [],
    sources: async () => [],
    rename: async () => undefined,
    remove: async () => undefined,
    login: async (provider) => `${provider}/new added successfully.`,
    alerts: async () => [],
    keep: async (ui) => void kept.push(ui),
    kept: { order: [], theme: null, sort: null, numbers: null },
    ...facts,
  }
  return { deps, time, asked, kept }
}

function shown(facts: Partial<DashboardDeps> = {}) {
  const made = fakeDeps(facts)
  const dashboard = new Dashboard(made.deps)
  dashboard.start()
  open.push({ dashboard, time: made.time })
  const screen = render(<DashboardScreen dashboard={dashboard} />)
  dashboard.update({ kind: 'document', document: sampleDocument })
  const frame = (): string => stripVTControlCharacters(screen.lastFrame() ?? '')
  const press = async (keys: string): Promise<void> => {
    screen.stdin.write(keys)
    await made.time.advance(0)
  }
  return { ...made, dashboard, screen, frame, press }
}

describe('the dashboard', () => {
  it('draws what comes in and follows the keys', async () => {
    const { frame, press, time } = shown()
    await expect.poll(frame).toContain('Claude · work')
    await press('j')
    await expect.poll(frame).toContain('Copilot · ada')
    await press('\u001b[B')
    await expect.poll(frame).toContain('Antigravity · grace')
    await press('\t')
    await expect.poll(frame).toContain('Premium requests')
    await press('/')
    await press('codex')
    await expect.poll(frame).toContain('1 fit "codex"')
    await press('\r')
    await press('?')
    await expect.poll(frame).toContain('╭─ Keys')
    await time.advance(SECOND_MS)
  })

  it('says where was looked while there is no account, whatever is answered first', async () => {
    let answerFirst: () => void = () => undefined
    let asked = 0
    const { dashboard, frame, press } = shown({
      providers: async () => {
        asked += 1
        if (asked === 1) await new Promise<void>((resolve) => (answerFirst = resolve))
        return []
      },
      sources: async () => [
        { source: 'codex-cli', place: '~/.codex/auth.json', state: 'absent', count: 0, detail: null, hint: null },
      ],
    })
    dashboard.update({ kind: 'document', document: { ...sampleDocument, accounts: [] } })
    await expect.poll(frame).toContain('~/.codex/auth.json')
    answerFirst()
    await press('t')
    await expect.poll(frame).toContain('NO_COLOR is set')
    expect(frame()).toContain('~/.codex/auth.json')
    dashboard.update({ kind: 'document', document: sampleDocument })
    await expect.poll(frame).toContain('Claude · work')
  })

  it('draws again only when something on the screen is different', async () => {
    const { screen, time, frame } = shown()
    await expect.poll(frame).toContain('Claude · work')
    await time.advance(2 * SECOND_MS)
    const before = screen.frames.length
    await time.advance(20 * SECOND_MS)
    expect(screen.frames.length).toBe(before)
    await time.advance(2 * MINUTE_MS)
    expect(screen.frames.length).toBeGreaterThan(before)
    expect(screen.frames.length).toBeLessThan(before + 12)
  })

  it('is calm while ages are told in seconds, and shows a reset at its instant all the same', async () => {
    const { dashboard, screen, time, frame } = shown()
    await expect.poll(frame).toContain('Claude · work')
    const [claude, ...others] = sampleDocument.accounts.map((account) => ({ ...account, observedAt: toIso(NOW) }))
    if (claude === undefined) throw new Error('there is no account')
    const quotas = claude.quotas.map((quota) => ({ ...quota, resetsAt: toIso(plusMs(NOW, 12_500)) }))
    dashboard.update({
      kind: 'document',
      document: { ...sampleDocument, accounts: [{ ...claude, quotas }, ...others] },
    })
    const before = screen.frames.length
    await time.advance(12_400)
    expect(screen.frames.length).toBeGreaterThan(before)
    expect(screen.frames.length).toBeLessThan(before + 5)
    expect(frame()).not.toContain('resetting…')
    await time.advance(200)
    await expect.poll(frame).toContain('resetting…')
  })

  it('asks about alerts at once while somebody looks on, else once for many', async () => {
    let asked = 0
    const alerts = async () => {
      asked += 1
      return []
    }
    const { dashboard, time, press } = shown({ alerts })
    await time.advance(0)
    asked = 0
    const alertEvents = (count: number) => {
      for (let index = 0; index < count; index += 1) dashboard.update({ kind: 'alert' })
    }
    alertEvents(1)
    await time.advance(0)
    expect(asked).toBe(1)
    await time.advance(MINUTE_MS)
    alertEvents(10)
    await time.advance(SECOND_MS)
    alertEvents(10)
    expect(asked).toBe(1)
    await time.advance(5 * SECOND_MS)
    expect(asked).toBe(2)
    await press('j')
    alertEvents(1)
    await time.advance(0)
    expect(asked).toBe(3)
  })

  it('gathers what comes in while nobody looks on, and is at once again after a key', async () => {
    const { dashboard, screen, time, frame, press } = shown()
    await expect.poll(frame).toContain('Claude · work')
    const plan = (name: string) => {
      const accounts = sampleDocument.accounts.map((account) => ({ ...account, plan: { id: name, name } }))
      dashboard.update({ kind: 'document', document: { ...sampleDocument, accounts } })
    }
    await time.advance(MINUTE_MS)
    const before = screen.frames.length
    for (let second = 0; second < 30; second += 1) {
      plan(`Plan ${second}`)
      await time.advance(SECOND_MS)
    }
    expect(screen.frames.length - before).toBeLessThanOrEqual(7)
    await time.advance(5 * SECOND_MS)
    expect(frame()).toContain('Plan 29')
    await press('j')
    plan('Plan X')
    await expect.poll(frame).toContain('Plan X')
  })

  it('lets its numbers grow old by themselves', async () => {
    const { frame, time } = shown()
    await expect.poll(frame).toContain('as of 3 min ago')
    await time.advance(20 * MINUTE_MS)
    expect(frame()).toContain('STALE')
    expect(frame()).toContain('as of 23 min ago')
  })

  it('asks for the history of the quota it stops at, not of each on the way, and again each minute', async () => {
    const { asked, press, time, frame } = shown()
    await expect.poll(frame).toContain('Claude · work')
    await press('l')
    await press('l')
    await time.advance(200)
    expect(asked).toEqual(['history claude/work weekly.opus'])
    await time.advance(MINUTE_MS + SECOND_MS)
    expect(asked).toHaveLength(2)
  })

  it('says what a reload came to, and what went wrong', async () => {
    const { frame, press, asked } = shown({ login: async () => Promise.reject(new Error('no')) })
    await press('r')
    await expect.poll(frame).toContain('0 read.')
    expect(asked).toContain('refresh claude/work')
    const broken = shown({
      session: { ...fakeDeps().deps.session, refresh: async () => Promise.reject(new Error('Nobody answers.')) },
    })
    await broken.press('R')
    await expect.poll(broken.frame).toContain('Nobody answers.')
  })

  it('keeps theme, order and sort', async () => {
    const { press, kept } = shown()
    await press('u')
    await press('J')
    expect(kept.at(-1)).toMatchObject({ numbers: 'used', sort: 'own' })
    expect(kept.at(-1)?.order).toHaveLength(sampleDocument.accounts.length)
  })

  it('says since when the daemon is gone', async () => {
    const { dashboard, frame, time } = shown()
    dashboard.update({ kind: 'connection', state: 'lost' })
    await time.advance(5 * SECOND_MS)
    await expect.poll(frame).toContain('reconnecting since 09:00')
    dashboard.update({ kind: 'connection', state: 'open' })
    await expect.poll(frame).toContain('● live')
  })
})

/** A terminal in memory that Ink takes for a real one. */
function fakeTerminal() {
  const written: string[] = []
  const raw: boolean[] = []
  const stdout = Object.assign(new EventEmitter(), {
    columns: 80,
    rows: 24,
    isTTY: true,
    write: (text: string, ...more: unknown[]) => {
      written.push(text)
      for (const one of more) if (typeof one === 'function') one()
      return true
    },
  })
  const stdin = Object.assign(new EventEmitter(), {
    isTTY: true,
    setEncoding: () => undefined,
    setRawMode: (on: boolean) => void raw.push(on),
    resume: () => undefined,
    pause: () => undefined,
    ref: () => undefined,
    unref: () => undefined,
    read: () => null,
  })
  const terminal = { stdout, stdin, stderr: stdout } as unknown as Parameters<typeof startDashboard>[1]
  return { terminal, text: () => written.join(''), raw }
}

const ENTER = '\u001b[?1049h'
const LEAVE = '\u001b[?1049l'

function count(text: string, part: string): number {
  return text.split(part).length - 1
}

describe('the screen it takes', () => {
  it('is given back when its user leaves', async () => {
    const { deps } = fakeDeps()
    const { terminal, text, raw } = fakeTerminal()
    const running = startDashboard(deps, terminal)
    running.update({ kind: 'document', document: sampleDocument })
    await expect.poll(text).toContain('Claude')
    running.quit()
    await running.done
    expect(count(text(), LEAVE)).toBe(1)
    expect(text().lastIndexOf(LEAVE)).toBeGreaterThan(text().lastIndexOf(ENTER))
    expect(text().lastIndexOf('\u001b[?25h')).toBeGreaterThan(text().lastIndexOf('\u001b[?25l'))
    expect(raw.at(-1)).toBe(false)
  })

  it('is given back when something breaks, and the fault is told', async () => {
    const { deps } = fakeDeps()
    const { terminal, text, raw } = fakeTerminal()
    const running = startDashboard(deps, terminal)
    await expect.poll(text).toContain('tokstat')
    running.fail(new Error('a fault of ours'))
    await expect(running.done).rejects.toThrow('a fault of ours')
    await expect.poll(() => count(text(), LEAVE)).toBe(1)
    expect(raw.at(-1)).toBe(false)
  })
})

describe('plain lines, for screen readers', () => {
  it('say everything once, then what has changed, and draw over nothing', async () => {
    const { deps, time } = fakeDeps()
    const lines: string[] = []
    const keys: { press: (text: string) => void } = { press: () => undefined }
    const running = startPlain(deps, {
      print: (line) => void lines.push(line),
      onKeys: (listener) => {
        keys.press = listener
        return () => {
          keys.press = () => undefined
        }
      },
    })
    running.update({ kind: 'document', document: sampleDocument })
    expect(lines).toHaveLength(sampleDocument.accounts.length + 2)
    expect(lines.join('\n')).toContain('Weekly 64% left, Getting low, still learning')
    expect(lines.join('\n')).not.toContain('\u001b')
    running.update({ kind: 'document', document: sampleDocument })
    expect(lines).toHaveLength(sampleDocument.accounts.length + 2)
    const accounts = sampleDocument.accounts.map((account) =>
      account.id === 'claude/work' ? { ...account, quotas: account.quotas.slice(1) } : account,
    )
    running.update({ kind: 'document', document: { ...sampleDocument, accounts } })
    expect(lines.at(-1)).toMatch(/^Claude, as of 3 min ago: Weekly/)
    expect(lines).toHaveLength(sampleDocument.accounts.length + 3)
    keys.press('l')
    expect(lines).toHaveLength(2 * sampleDocument.accounts.length + 5)
    keys.press('r')
    await time.advance(0)
    expect(lines.at(-1)).toBe('0 of 0 accounts read.')
    keys.press('q')
    await running.done
  })
})
