import { createRoute, z } from '@hono/zod-openapi'
import { type AccountState, type EpochMs, plusMs, type Quota } from '../../model/index.ts'
import type { ServerDeps } from '../deps.ts'
import type { RouteModule } from '../http-app.ts'

/** How long a reset stands in a calendar: long enough to be seen. */
const LENGTH_MS = 15 * 60_000
/** RFC 5545, 3.1: longer lines are folded. */
const LINE_BYTES = 75

const feed = createRoute({
  method: 'get',
  path: '/api/v1/resets.ics',
  summary: 'The resets ahead, as a calendar to subscribe to',
  responses: { 200: { description: 'iCalendar', content: { 'text/calendar': { schema: z.string() } } } },
})

/** The resets ahead as a calendar (RFC 5545), to subscribe to. One event for what comes back together. */
export const calendarRoutes: RouteModule = (app, deps) => {
  app.openAPIRegistry.registerPath(feed)
  app.get('/api/v1/resets.ics', (context) =>
    context.body(calendar(deps), 200, {
      'content-type': 'text/calendar; charset=utf-8',
      'content-disposition': 'inline; filename="tokstat-resets.ics"',
    }),
  )
}

interface Reset {
  readonly account: AccountState['account']
  readonly at: EpochMs
  readonly labels: string[]
}

function calendar(deps: ServerDeps): string {
  const now = deps.clock.now()
  const events = resetsAhead(deps.engine.board().accounts, now).flatMap((reset) => [
    'BEGIN:VEVENT',
    `UID:${escaped(`${reset.account.id}-${reset.at}@tokstat`)}`,
    `DTSTAMP:${utc(now)}`,
    `DTSTART:${utc(reset.at)}`,
    `DTEND:${utc(plusMs(reset.at, LENGTH_MS))}`,
    `SUMMARY:${escaped(`${reset.account.id}: ${reset.labels.join(', ')}`)}`,
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
  ])
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//tokstat//resets//EN',
    'X-WR-CALNAME:tokstat resets',
    'REFRESH-INTERVAL;VALUE=DURATION:PT15M',
    ...events,
    'END:VCALENDAR',
  ]
  return `${lines.map(folded).join('\r\n')}\r\n`
}

function resetsAhead(states: readonly AccountState[], now: EpochMs): readonly Reset[] {
  const resets = new Map<string, Reset>()
  for (const { account, reading } of states) {
    if (!account.enabled) continue
    for (const quota of shownQuotas(reading?.quotas ?? [])) {
      if (quota.resetsAt === null || quota.resetsAt <= now) continue
      const key = `${account.id} ${quota.resetsAt}`
      const known = resets.get(key)
      if (known === undefined) resets.set(key, { account, at: quota.resetsAt, labels: [quota.label] })
      else known.labels.push(quota.label)
    }
  }
  return [...resets.values()].sort((a, b) => a.at - b.at)
}

/** Where shared windows are reported, the models below them come back with them. */
function shownQuotas(quotas: readonly Quota[]): readonly Quota[] {
  const shown = quotas.filter((quota) => !quota.helper)
  const hasWindows = shown.some((quota) => quota.kind === 'window')
  return hasWindows ? shown.filter((quota) => quota.kind !== 'model') : shown
}

function utc(at: EpochMs): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')
}

/** A text value: names from outside cannot end a line or begin a property. */
function escaped(text: string): string {
  return text
    .replace(/[\\;,]/g, (mark) => `\\${mark}`)
    .replace(/\r\n|\r|\n/g, '\\n')
    .replace(/[\u0000-\u001f\u007f]/g, '')
}

function folded(line: string): string {
  const parts: string[] = []
  let part = ''
  let bytes = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (bytes + size > LINE_BYTES - (parts.length > 0 ? 1 : 0)) {
      parts.push(part)
      part = ''
      bytes = 0
    }
    part += character
    bytes += size
  }
  return [...parts, part].join('\r\n ')
}
