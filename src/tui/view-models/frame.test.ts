import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawnFrame } from '../../../test/helpers/drawn.ts'
import {
  fleetOf,
  samplePast,
  samplePastPeaks,
  samplePastResets,
  sampleWeeklyPast,
  sampleWeeklyResets,
} from '../../../test/helpers/fleet.ts'
import { golden } from '../../../test/helpers/golden.ts'
import { sampleDocument } from '../../../test/helpers/sample-document.ts'
import { NOW } from '../../../test/helpers/states.ts'
import { terminalPicture } from '../../../test/helpers/terminal-picture.ts'
import { displayWidth } from '../../format/display-width.ts'
import { instantText } from '../../format/instant.ts'
import type { Alert } from '../../model/alerts.ts'
import type { ProviderInfo } from '../../model/app.ts'
import type { QuotaDocument } from '../../model/document.ts'
import { DEFAULT_RULES } from '../../model/settings.ts'
import { HOUR_MS, plusMs, toIso } from '../../model/time.ts'
import { textOf } from '../line.ts'
import { paintLine } from '../theme.ts'
import { firstState, type UiState } from '../ui-state.ts'
import { frame } from './frame.ts'
import { graph } from './graph.ts'
import type { DashboardModel } from './model.ts'

const ui = firstState({ order: [], theme: null, sort: null, numbers: null }, 'terminal', true)

const alert: Alert = {
  id: 'a1',
  rule: 'low quota',
  event: 'level',
  state: 'firing',
  severity: 'warning',
  account: 'claude/work',
  provider: 'claude',
  quota: 'weekly',
  level: 'low',
  remainingRatio: 0.28,
  resetsAt: toIso(plusMs(NOW, 71 * HOUR_MS)),
  at: toIso(plusMs(NOW, -HOUR_MS)),
  resolvedAt: null,
  message: 'Claude (work): weekly below 30 %, 71 h to the reset.',
  acknowledgedAt: null,
  snoozedUntil: null,
  deliveries: [],
}

const providers: readonly ProviderInfo[] = ['Antigravity', 'Claude', 'Codex'].map((title) => ({
  id: title.toLowerCase(),
  title,
  enabled: true,
  accounts: 1,
  intervalSeconds: 300,
  sources: [],
  hosts: [],
  signIn: `Run \`${title.toLowerCase()} login\` and choose the account that you pay for, or set its key in the environment.`,
}))

function model(facts: Partial<DashboardModel> = {}, state: Partial<UiState> = {}): DashboardModel {
  return {
    document: sampleDocument,
    now: NOW,
    rules: DEFAULT_RULES,
    instant: instantText('UTC'),
    live: { via: 'daemon', isOpen: true, lostAt: null },
    upstream: null,
    past: {
      account: 'claude/work',
      quota: 'session',
      points: samplePast,
      resets: samplePastResets,
      peaks: samplePastPeaks,
    },
    alerts: [alert, { ...alert, id: 'a2', state: 'resolved', severity: 'critical', resolvedAt: toIso(NOW) }],
    providers,
    sources: [
      {
        source: 'claude-code',
        place: '~/.claude/.credentials.json',
        state: 'absent',
        count: 0,
        detail: null,
        hint: null,
      },
    ],
    ...facts,
    ui: { ...ui, ...state },
  }
}

/** Every view and question beside the two that show accounts, with so many accounts and as many alerts. */
function othersOf(count: number): Readonly<Record<string, DashboardModel>> {
  const document = fleetOf(count)
  const [first] = document.accounts
  const account = first?.id ?? ''
  const alerts = document.accounts.map((one, index): Alert => {
    const at = toIso(plusMs(NOW, -index * HOUR_MS))
    const message = `${one.name}: weekly below 30 %, 71 h to the reset.`
    const about = { ...alert, id: `a${index}`, account: one.id, provider: one.provider, at, message }
    if (index % 5 === 2) return { ...about, snoozedUntil: toIso(plusMs(NOW, HOUR_MS)) }
    return index % 3 === 1 ? { ...about, state: 'resolved', severity: 'critical', resolvedAt: toIso(NOW) } : about
  })
  return {
    alerts: model({ document, alerts }, { view: 'alerts' }),
    'alerts-without-daemon': model({ document, alerts: null }, { view: 'alerts' }),
    help: model({ document }, { overlay: { kind: 'help' } }),
    'new-provider': model({ document }, { overlay: { kind: 'provider', at: 1 } }),
    'new-name': model({ document }, { overlay: { kind: 'name', provider: 'claude', text: 'wor' } }),
    rename: model({ document }, { overlay: { kind: 'rename', account, text: 'home' } }),
    remove: model({ document }, { overlay: { kind: 'remove', account } }),
    filter: model({ document }, { overlay: { kind: 'filter' }, filter: 'anti' }),
    empty: model({ document: { ...document, accounts: [] } }),
  }
}

function shown(one: DashboardModel, columns: number, rows: number): string {
  return `${frame(one, columns, rows)
    .map((line) => textOf(line).trimEnd())
    .join('\n')}\n`
}

describe('the screen', () => {
  const sizes = [
    [60, 24],
    [80, 24],
    [160, 50],
  ] as const
  for (const [columns, rows] of sizes) {
    for (const count of [1, 8, 60]) {
      for (const view of ['accounts', 'fleet'] as const) {
        it(`is the golden one: ${view}, ${count} accounts, ${columns}x${rows}`, () => {
          const actual = drawnFrame(frame(model({ document: fleetOf(count) }, { view }), columns, rows))
          expect(actual).toBe(golden(`dashboard/${view}-${count}-${columns}x${rows}.txt`, actual))
        })
      }
    }
    for (const count of [1, 8, 60]) {
      it(`is the golden one: everything else, ${count} accounts, ${columns}x${rows}`, () => {
        const actual = Object.entries(othersOf(count))
          .map(([name, one]) => `=== ${name}\n${drawnFrame(frame(one, columns, rows))}`)
          .join('\n')
        expect(actual).toBe(golden(`dashboard/others-${count}-${columns}x${rows}.txt`, actual))
      })
    }
  }

  for (const theme of ['dark', 'light'] as const) {
    for (const [view, what] of [
      ['accounts', 'one account with its quotas, history, past windows and alerts'],
      ['fleet', 'twenty accounts with every quota'],
    ] as const) {
      it(`is the picture of the docs: ${view}, ${theme}`, () => {
        const document = fleetOf(view === 'fleet' ? 18 : 12)
        const selected = view === 'fleet' ? null : 'claude/work'
        const past = { account: 'claude/work', quota: 'weekly', points: sampleWeeklyPast, resets: sampleWeeklyResets }
        const one = model(
          { document, past: { ...past, peaks: samplePastPeaks } },
          { view, selected, quota: 'weekly', theme },
        )
        const lines = frame(one, 160, 46).map((line) => paintLine(line, theme))
        const actual = terminalPicture(lines, 160, `tokstat dashboard: ${what}`)
        expect(actual).toBe(golden(`../../docs/images/dashboard-${view}-${theme}.svg`, actual))
      })
    }
  }

  it.each(['accounts', 'fleet'] as const)('tells accounts apart by name in a narrow terminal: %s', (view) => {
    const names = ['ada', 'grace', 'work'].map((name) => `antigravity/${name}@example.com`)
    const [first] = sampleDocument.accounts
    if (first === undefined) throw new Error('no account')
    const accounts = names.map((id) => ({ ...first, id, name: id.slice('antigravity/'.length) }))
    for (const columns of [60, 70, 80]) {
      const text = shown(model({ document: { ...sampleDocument, accounts } }, { view }), columns, 24)
      const lists = text.split('\n').map((line) => line.split('│')[0] ?? '')
      for (const name of ['ada', 'grace', 'work'])
        expect(
          lists.some((line) => new RegExp(`^[ ▸].*\\b${name}\\b`).test(line)),
          `${name} at ${columns}`,
        ).toBe(true)
    }
  })

  it('fits every size exactly, in every state: Ink clips nothing', () => {
    const state = fc.record({
      view: fc.constantFrom('accounts' as const, 'fleet' as const, 'alerts' as const),
      numbers: fc.constantFrom('left' as const, 'used' as const),
      sort: fc.constantFrom('worst' as const, 'own' as const, 'name' as const, 'reset' as const),
      allModels: fc.boolean(),
      filter: fc.constantFrom('', 'claude', 'nothing like this'),
      scroll: fc.nat(200),
      overlay: fc.constantFrom(
        null,
        { kind: 'help' as const },
        { kind: 'filter' as const },
        { kind: 'provider' as const, at: 2 },
      ),
    })
    const count = fc.constantFrom(0, 1, 9, 60, 200)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 260 }),
        fc.integer({ min: 1, max: 90 }),
        state,
        count,
        (columns, rows, facts, many) => {
          const lines = frame(model({ document: fleetOf(many) }, facts), columns, rows)
          expect(lines).toHaveLength(rows)
          for (const line of lines) expect(displayWidth(textOf(line))).toBe(columns)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('keeps the chosen account in sight, however long the list is', () => {
    const document = fleetOf(60)
    for (const { id, name } of document.accounts) {
      for (const view of ['accounts', 'fleet'] as const) {
        const text = shown(model({ document }, { view, selected: id, sort: 'name' }), 160, 20)
        expect(text, `${view} ${name}`).toMatch(/^(.* {2})?▸/m)
      }
    }
  })

  it('says a long message whole: what to do stands at its end', () => {
    const text = `It did not work. ${'Because of many things. '.repeat(6)}Run \`tokstat doctor\`.`
    for (const columns of [60, 100, 250]) {
      const lines = shown(model({}, { message: { text, tone: 'red' } }), columns, 20)
      expect(lines.replaceAll(/\s+/g, ' ')).toContain(text)
    }
  })

  it('shows in the fleet what makes an account red, also where it is a model behind a window', () => {
    const account = sampleDocument.accounts.find((one) => one.provider === 'antigravity')
    const [model0, ...models] = account?.quotas ?? []
    if (account === undefined || model0 === undefined) throw new Error('the sample has no Antigravity account')
    const spent: QuotaDocument = { ...model0, label: 'Opus', level: 'exhausted', remainingRatio: 0, usedRatio: 1 }
    const window: QuotaDocument = { ...model0, id: 'pool.5h', label: 'Gemini (5 h)', kind: 'window', pool: 'gemini' }
    const accounts = [
      { ...account, quotas: [spent, ...models, { ...window, remainingRatio: 0.9, level: 'ok' as const }] },
    ]
    for (const [columns, rows] of [
      [100, 30],
      [80, 9],
      [250, 60],
    ] as const) {
      const text = shown(model({ document: { ...sampleDocument, accounts } }, { view: 'fleet' }), columns, rows)
      expect(text).toMatch(/Opus .*0% left/)
      expect(text).toContain('Gemini (5 h)')
    }
  })

  it('never shows a name as a command to the terminal', () => {
    const accounts = sampleDocument.accounts.map((account) => ({
      ...account,
      name: `\u001b]0;x\u0007${account.name}\u202e`,
    }))
    expect(shown(model({ document: { ...sampleDocument, accounts } }), 120, 40)).not.toMatch(/[\u001b\u0007\u202e]/)
  })

  it('says since when nothing is live, and that an upstream is set', () => {
    const lost = model({ live: { via: 'daemon', isOpen: false, lostAt: plusMs(NOW, -60_000) } })
    expect(shown(lost, 100, 20)).toContain('○ reconnecting since 08:59')
    expect(shown(model({ upstream: 'http://127.0.0.1:9' }), 160, 20)).toContain('TOKSTAT_UPSTREAM http://127.0.0.1:9')
    expect(shown(model({ live: { via: 'engine', isOpen: true, lostAt: null } }), 120, 20)).toContain('own engine')
  })

  it('turns every number round with the word: used instead of left', () => {
    const text = shown(model({}, { numbers: 'used', selected: 'claude/work' }), 120, 30)
    expect(text).toContain('36% used')
    expect(text).not.toContain('64% left')
  })
})

describe('the graph', () => {
  const quota: QuotaDocument = {
    ...(sampleDocument.accounts.find((one) => one.id === 'claude/work')?.quotas[1] as QuotaDocument),
    usedRatio: 0.4,
    remainingRatio: 0.6,
  }
  const facts = { quota, now: NOW, numbers: 'used' as const, instant: instantText('UTC'), width: 60, height: 9 }
  const past = {
    account: 'claude/work',
    quota: 'weekly',
    points: samplePast,
    resets: samplePastResets,
    peaks: samplePastPeaks,
  }

  it('marks resets and now, and says what is on its axes', () => {
    const lines = graph({ ...facts, past }).map(textOf)
    expect(lines).toHaveLength(9)
    expect(lines.join('\n')).toMatch(/[\u2801-\u28ff]/)
    expect(lines.at(-2)?.match(/↺/g)).toHaveLength(4)
    expect(lines.at(-2)).toContain('┴')
    expect(lines.at(-1)).toContain('now')
    expect(lines[1]).toMatch(/^100% /)
  })

  it('says that there is no history yet, and that it is being looked at', () => {
    expect(
      graph({ ...facts, past: { ...past, points: [] } })
        .map(textOf)
        .join(' '),
    ).toContain('No history yet')
    expect(
      graph({ ...facts, past: null })
        .map(textOf)
        .join(' '),
    ).toContain('Looking at its history')
  })

  it('draws the forecast as dots after now', () => {
    const forecast = {
      account: 'claude/work',
      quota: 'weekly',
      burnPerHourRatio: 0.01,
      exhaustsAt: null,
      exhaustsAtLow: null,
      exhaustsAtHigh: null,
      probabilityBeforeReset: 0.2,
      pace: null,
      model: 'linear',
      score: null,
    }
    const future = (one: QuotaDocument): string =>
      graph({ ...facts, quota: one, past })
        .slice(1, 7)
        .map((line) => line.find((span) => span.tone === 'amber')?.text ?? '')
        .join('')
    expect(future({ ...quota, forecast })).toMatch(/[\u2801-\u28ff]/)
    expect(future({ ...quota, forecast: null }).trim()).toBe('')
  })
})
