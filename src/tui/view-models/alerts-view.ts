import { clean } from '../../format/clean.ts'
import { wrapWords } from '../../format/fit.ts'
import type { Alert } from '../../model/alerts.ts'
import type { AccountDocument } from '../../model/document.ts'
import { type EpochMs, fromIso } from '../../model/time.ts'
import { BLANK, dim, fill, type Line } from '../line.ts'
import type { DashboardModel } from './model.ts'

/** What was told by the rules, the newest first. */
export function alertsView(model: DashboardModel, columns: number, height: number): readonly Line[] {
  const { alerts, ui } = model
  if (alerts === null) {
    return fill(
      said(['Alerts are kept by the daemon.', 'Start it with `tokstat serve`; this view then follows it by itself.']),
      height,
    )
  }
  if (alerts.length === 0) return fill(said(['No alerts.', 'A quiet page is good news.']), height)
  const lines = alerts.flatMap((alert) => alertLines(alert, model, columns))
  const from = Math.min(ui.scroll, Math.max(0, lines.length - height))
  return fill(lines.slice(from, from + height), height)
}

/** The last alerts of one account, as many as there is room for below the rest; nothing where there are none. */
export function accountAlertLines(
  { id }: AccountDocument,
  model: DashboardModel,
  columns: number,
  room: number,
): readonly Line[] {
  const own = model.alerts?.filter(({ account }) => account === id) ?? []
  if (own.length === 0 || room < 3) return []
  const lines = own.flatMap((alert) => alertLines(alert, model, columns))
  return [BLANK, [{ text: 'Alerts', bold: true }], ...lines.slice(0, room - 2)]
}

function said([title = '', ...more]: readonly string[]): readonly Line[] {
  return [BLANK, [{ text: `  ${title}`, bold: true }], ...more.map((text): Line => [dim(`  ${text}`)])]
}

const MARKS = { critical: '▲', warning: '◐', info: '●' } as const
const TONES = { critical: 'red', warning: 'amber', info: 'fine' } as const

/** `21 Nov 23:00` is the longest. */
const WHEN_WIDTH = 14
const STATE_WIDTH = 'snoozed'.length + 1

function stateOf({ state, acknowledgedAt, snoozedUntil }: Alert, now: EpochMs): string {
  if (state !== 'firing') return 'over'
  if ((fromIso(snoozedUntil) ?? 0) > now) return 'snoozed'
  return acknowledgedAt === null ? 'now' : 'seen'
}

function alertLines(alert: Alert, { now, instant }: DashboardModel, columns: number): readonly Line[] {
  const at = fromIso(alert.at)
  const when = (at === null ? '' : instant(at, now)).padEnd(WHEN_WIDTH)
  const tone = alert.state === 'firing' ? TONES[alert.severity] : 'grey'
  const state = stateOf(alert, now).padEnd(STATE_WIDTH)
  const indent = ' '.repeat(3 + WHEN_WIDTH + STATE_WIDTH)
  const [first = '', ...rest] = wrapWords(clean(alert.message), Math.max(20, columns - indent.length - 2))
  return [
    [{ text: ` ${MARKS[alert.severity]} `, tone }, dim(when), { text: state, tone }, { text: first }],
    ...rest.slice(0, 2).map((text): Line => [{ text: indent + text }]),
  ]
}
