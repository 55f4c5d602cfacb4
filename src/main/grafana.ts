import account from '../../deploy/grafana/dashboards/account.json' with { type: 'json' }
import tokenMetrics from '../../deploy/grafana/dashboards/dashboard.json' with { type: 'json' }
import health from '../../deploy/grafana/dashboards/exporter-health.json' with { type: 'json' }
import fleet from '../../deploy/grafana/dashboards/fleet.json' with { type: 'json' }
import forecast from '../../deploy/grafana/dashboards/forecast.json' with { type: 'json' }
import { AppError } from '../model/app.ts'
import type { GrafanaDashboard, ProvisionOptions, ProvisionReport } from '../model/deploy.ts'
import type { Clock } from '../model/ports.ts'
import { readToken } from './tokens.ts'

/** Ours in somebody's Grafana, whatever they are called there: made once, corrected ever after. */
const FOLDER_UID = 'tokstat'
const SOURCE_UID = 'tokstat-prometheus'
const SOURCE_NAME = 'tokstat Prometheus'
const LIMIT_MS = 15_000
const TOKEN_HINT = 'Grafana makes it: Administration, Service accounts, Add token. Put it into FILE; chmod 600 FILE'

/** The shipped dashboards, built by `npm run dashboards`. */
export function shippedDashboards(): readonly GrafanaDashboard[] {
  const named = { dashboard: tokenMetrics, fleet, account, forecast, 'exporter-health': health }
  return Object.entries(named).map(([name, json]) => ({ name, uid: json.uid, title: json.title, json }))
}

/**
 * Makes or corrects folder, data source (where asked for) and dashboards through Grafana's HTTP API. Run again, it
 * changes nothing but what is out of date. Throws AppError: 2 token refused, 3 no answer, 4 unusable options.
 */
export async function provisionGrafana(options: ProvisionOptions, clock: Clock): Promise<ProvisionReport> {
  const token = await readToken(options.tokenFile, '--token-file', clock, TOKEN_HINT)
  const call = grafanaAt(baseUrl(options.url), token ?? '')
  const folderCreated = await ensureFolder(call, options.folder)
  const { prometheusUrl } = options
  const dataSource =
    prometheusUrl === null ? null : { name: SOURCE_NAME, created: await ensureSource(call, baseUrl(prometheusUrl)) }
  const dashboards: { title: string; url: string }[] = []
  for (const { title, json } of shippedDashboards()) {
    const dashboard = dataSource === null ? json : withSource(json)
    const body = { dashboard: { ...dashboard, id: null }, folderUid: FOLDER_UID, overwrite: true, message: 'tokstat' }
    const answer = await call('POST', '/api/dashboards/db', body)
    const path = typeof answer?.['url'] === 'string' ? answer['url'] : ''
    dashboards.push({ title, url: new URL(path, baseUrl(options.url)).href })
  }
  return { folder: { title: options.folder, created: folderCreated }, dataSource, dashboards }
}

/** Chooses our data source at the top of a dashboard. */
function withSource(json: GrafanaDashboard['json']): GrafanaDashboard['json'] {
  const { templating } = json as { templating: { list: readonly { readonly name: string }[] } }
  const current = { selected: true, text: SOURCE_NAME, value: SOURCE_UID }
  const list = templating.list.map((variable) => (variable.name === 'datasource' ? { ...variable, current } : variable))
  return { ...json, templating: { ...templating, list } }
}

async function ensureFolder(call: Call, title: string): Promise<boolean> {
  const path = `/api/folders/${FOLDER_UID}`
  const existing = await call('GET', path)
  if (existing === null) {
    await call('POST', '/api/folders', { uid: FOLDER_UID, title })
    return true
  }
  if (existing['title'] !== title) await call('PUT', path, { title, overwrite: true })
  return false
}

async function ensureSource(call: Call, url: string): Promise<boolean> {
  const wanted = { uid: SOURCE_UID, name: SOURCE_NAME, type: 'prometheus', access: 'proxy', url }
  const path = `/api/datasources/uid/${SOURCE_UID}`
  const existing = await call('GET', path)
  if (existing === null) {
    // As deploy/prometheus scrapes: Grafana makes its rates over four times this. Theirs to change afterwards.
    await call('POST', '/api/datasources', { ...wanted, jsonData: { httpMethod: 'POST', timeInterval: '30s' } })
    return true
  }
  if (existing['url'] !== url) await call('PUT', path, { ...existing, ...wanted })
  return false
}

function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '') {
    throw new AppError(4, 'bad_argument', `"${text}" is not an http address.`, 'Write it like http://127.0.0.1:3000')
  }
  return url.href.replace(/\/+$/, '')
}

/** One request; the answer's object, null for 404 on GET. */
type Call = (method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) => Promise<Record<string, unknown> | null>

function grafanaAt(base: string, token: string): Call {
  return async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': 'application/json' }
    const answer = await fetch(`${base}${path}`, {
      method,
      headers,
      // The token is for this address and no other.
      redirect: 'manual',
      signal: AbortSignal.timeout(LIMIT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new AppError(3, 'grafana_unreachable', `Grafana does not answer at ${base}.`, 'Is the address right?')
    })
    if (method === 'GET' && answer.status === 404) return null
    const content = asObject(await answer.json().catch(() => null))
    if (answer.ok && content !== null) return content
    throw refusal(answer.status, base, content)
  }
}

function refusal(status: number, base: string, content: Record<string, unknown> | null): AppError {
  if (content === null) {
    const hint = 'Name Grafana itself, without a path of a dashboard.'
    return new AppError(3, 'grafana_failed', `What answers at ${base} is not Grafana (${status}).`, hint)
  }
  const words = typeof content['message'] === 'string' ? content['message'].slice(0, 200) : 'no reason given'
  if (status === 401)
    return new AppError(2, 'grafana_refused', `Grafana at ${base} refuses the token (401).`, ROLE_HINT)
  if (status === 403) return new AppError(2, 'grafana_refused', `Grafana at ${base} answered 403: ${words}.`, ROLE_HINT)
  return new AppError(3, 'grafana_failed', `Grafana answered ${status}: ${words}.`, wayOut(words))
}

const ROLE_HINT =
  'It takes a service account with the role Editor (Admin, to make a data source). What Grafana reads from files is changed there.'

/** What to do about something of the same name or from a file. */
function wayOut(words: string): string | null {
  if (/folder.*same name/i.test(words)) return 'Choose another name for ours: --folder NAME'
  if (/data source.*same name/i.test(words))
    return 'Rename theirs, or leave --prometheus out and pick it in the dashboards.'
  if (/provisioned/i.test(words)) return 'It comes from a file of that Grafana: replace the file, or take it out.'
  return null
}

function asObject(content: unknown): Record<string, unknown> | null {
  return typeof content === 'object' && content !== null && !Array.isArray(content)
    ? (content as Record<string, unknown>)
    : null
}
