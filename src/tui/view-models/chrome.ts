import { clean } from '../../format/clean.ts'
import { displayWidth } from '../../format/display-width.ts'
import { cutTo, wrapWords } from '../../format/fit.ts'
import { headline, nextResets } from '../../format/headline.ts'
import { bestOfDocument } from '../../model/document-state.ts'
import { BLANK, dim, type Line, plain, rule, type Span, spread, widthOf } from '../line.ts'
import { SORT_WORDS, VIEWS } from '../ui-state.ts'
import type { DashboardModel } from './model.ts'

const VIEW_WORDS = { accounts: 'Accounts', fleet: 'Fleet', alerts: 'Alerts' } as const

/** The top of the screen: where the numbers come from, the sentence that answers, the next resets. */
export function headerLines(model: DashboardModel, shown: number, columns: number, rows: number): readonly Line[] {
  const lines: Line[] = [topLine(model, shown, columns)]
  // The keys need the room more than the sentence does.
  const isHelp = model.ui.overlay?.kind === 'help'
  if (!isHelp && model.document !== null && model.document.accounts.length > 0) {
    lines.push(...sentenceLines(model, columns, rows >= 20 ? 2 : 1))
    if (rows >= 18) lines.push(resetsLine(model, columns))
  }
  return [...lines, [rule('─'.repeat(columns))]]
}

function topLine(model: DashboardModel, shown: number, columns: number): Line {
  const { ui, document, upstream } = model
  const count = document?.accounts.length ?? 0
  const filtered = ui.filter === '' ? '' : ` · ${shown} fit "${clean(ui.filter)}"`
  const accounts = document === null ? '' : `${count} ${count === 1 ? 'account' : 'accounts'}${filtered}`
  const tabs = VIEWS.flatMap((view): readonly Span[] => [
    plain('  '),
    view === ui.view ? { text: VIEW_WORDS[view], bold: true, tone: 'accent' } : dim(VIEW_WORDS[view]),
  ])
  const lead: Line = [
    { text: ' tokstat', bold: true, tone: 'accent' },
    ...(columns >= 72 ? tabs : [plain('  '), { text: VIEW_WORDS[ui.view], bold: true }]),
    plain('   '),
    ...liveSpans(model),
    ...(upstream === null
      ? []
      : [{ text: `   TOKSTAT_UPSTREAM${columns < 150 ? '' : ` ${clean(upstream)}`}`, tone: 'amber' as const }]),
  ]
  // A count that is cut says something else.
  const counted = dim(`   ${accounts}`)
  const left = ui.filter === '' && widthOf([...lead, counted]) > columns ? lead : [...lead, counted]
  const rights: readonly Line[] = [[dim(`${ui.numbers} · ${SORT_WORDS[ui.sort]} `)], [dim(`${ui.numbers} `)]]
  const right = rights.find((one) => widthOf(left) + widthOf(one) < columns)
  return right === undefined ? left : spread(left, right, columns)
}

function liveSpans({ live, now, instant }: DashboardModel): readonly Span[] {
  if (live.via === null) return [dim('○ starting')]
  if (!live.isOpen) {
    const since = live.lostAt === null ? '' : ` since ${instant(live.lostAt, now)}`
    return [{ text: `○ reconnecting${since}`, tone: 'amber' }]
  }
  const words = { daemon: '● live', engine: '● live, own engine', 'board-file': '◐ last readings' } as const
  const tone = live.via === 'board-file' ? 'amber' : 'fine'
  return [{ text: words[live.via], tone }]
}

function sentenceLines(model: DashboardModel, columns: number, most: number): readonly Line[] {
  const { document, now, rules, instant } = model
  if (document === null) return []
  const best = bestOfDocument(document, {}, now, rules)
  const lines = wrapWords(headline({ document, best, now, instant }), columns - 2)
  const last = cutTo(lines.slice(most - 1).join(' '), columns - 2)
  return [...lines.slice(0, most - 1), ...(last === '' ? [] : [last])].map(
    (text): Line => [{ text: ` ${text}`, bold: true }],
  )
}

function resetsLine({ document, now, instant }: DashboardModel, columns: number): Line {
  if (document === null) return BLANK
  const resets = nextResets(document, now, columns > 120 ? 4 : 3).map(({ at, what }) => `${instant(at, now)} ${what}`)
  while (resets.length > 1 && displayWidth(` Next resets  ${resets.join(' · ')}`) > columns) resets.pop()
  return resets.length === 0 ? BLANK : [dim(` Next resets  ${resets.join(' · ')}`)]
}

const KEYS: readonly (readonly [key: string, what: string])[] = [
  ['?', 'help'],
  ['q', 'quit'],
  ['↑↓', 'account'],
  ['Tab', 'views'],
  ['/', 'filter'],
  ['r', 'reload'],
  ['s', 'sort'],
  ['←→', 'quota'],
  ['n', 'new'],
  ['u', 'used/left'],
  ['t', 'theme'],
  ['R', 'reload all'],
]

const MOST_MESSAGE_LINES = 4

/** The foot: what the keys do, or what has just happened (whole, it says what to do), or what is being typed. */
export function footerLines({ ui }: DashboardModel, columns: number): readonly Line[] {
  if (ui.overlay?.kind === 'filter' || ui.message === null) return [footerLine(ui, columns)]
  const { text, tone } = ui.message
  const lines = wrapWords(clean(text), columns - 2)
  return lines.slice(0, MOST_MESSAGE_LINES).map((line): Line => [{ text: ` ${line}`, tone }])
}

function footerLine(ui: DashboardModel['ui'], columns: number): Line {
  if (ui.overlay?.kind === 'filter') {
    return [
      { text: ' / ', tone: 'accent', bold: true },
      plain(`${clean(ui.filter)}▏`),
      dim('   Enter keeps it · Esc shows all'),
    ]
  }
  const spans: Span[] = [plain(' ')]
  let left = columns - 2
  for (const [key, what] of KEYS) {
    const size = displayWidth(key) + displayWidth(what) + 4
    if (size > left) break
    left -= size
    spans.push({ text: key, bold: true, tone: 'accent' }, dim(` ${what}   `))
  }
  return spans
}
