import { type Alert, type EpochMs, fromIso, HOUR_MS, MINUTE_MS, plusMs, toIso } from '../../model/index.ts'
import { type Channel, hostOf, postJson } from './channel.ts'

/**
 * Prometheus Alertmanager, API v2 (`POST /api/v2/alerts`). It tells repeats apart by the labels, so these hold what
 * names the alert and nothing that moves. A firing alert ends by itself when tokstat is gone for a day.
 */
export const alertmanager: Channel<'alertmanager'> = {
  type: 'alertmanager',
  isForPrograms: true,
  isLimited: false,
  target: ({ url }) => hostOf(url),
  async send(message, settings, ports, signal) {
    const url = `${settings.url.replace(/\/+$/, '').replace(/\/api\/v2(\/alerts)?$/, '')}/api/v2/alerts`
    const body = JSON.stringify([documentOf(message.alert, message.link)])
    await postJson({ url, body, allowPrivate: settings.allow_private ?? false, isSecret: false }, ports, signal)
  },
}

const LASTS_MS = 25 * HOUR_MS
const MOMENT_MS = 5 * MINUTE_MS

function documentOf(alert: Alert, link: string | null): object {
  const labels: Record<string, string> = { alertname: alert.rule, event: alert.event, severity: alert.severity }
  for (const name of ['provider', 'account', 'quota'] as const) {
    const value = alert[name]
    if (value !== null) labels[name] = value
  }
  const startsAt = fromIso(alert.at)
  return {
    labels,
    annotations: { summary: alert.message, id: alert.id },
    startsAt: alert.at,
    ...(startsAt === null ? {} : { endsAt: toIso(endOf(alert, startsAt)) }),
    ...(link === null ? {} : { generatorURL: link }),
  }
}

/** A moment is said once, so it must not count as over before it is seen. */
function endOf(alert: Alert, startsAt: EpochMs): EpochMs {
  const resolvedAt = fromIso(alert.resolvedAt)
  if (resolvedAt === null) return plusMs(startsAt, LASTS_MS)
  return resolvedAt === startsAt ? plusMs(startsAt, MOMENT_MS) : resolvedAt
}
