import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ProvisionOptions } from '../model/deploy.ts'
import { systemClock } from '../platform/clock.ts'
import { serveHttp } from '../platform/testing.ts'
import { provisionGrafana, shippedDashboards } from './grafana.ts'

const TOKEN = 'glsa_fake-token-for-tests-only'

interface Stored {
  readonly folders: Map<string, Record<string, unknown>>
  readonly sources: Map<string, Record<string, unknown>>
  readonly dashboards: Map<string, Record<string, unknown>>
  readonly requests: string[]
}

/** As much of Grafana's HTTP API as provisioning touches, with its status codes. */
async function fakeGrafana(): Promise<Stored & { readonly url: string }> {
  const stored: Stored = { folders: new Map(), sources: new Map(), dashboards: new Map(), requests: [] }
  const port = await serveHttp(async (request, response) => {
    stored.requests.push(`${request.method} ${request.url}`)
    if (request.headers.authorization === `Bearer ${TOKEN}`)
      reply(response, ...answer(stored, request, await bodyOf(request)))
    else reply(response, 401, { message: 'Unauthorized' })
  })
  return { ...stored, url: `http://127.0.0.1:${port}` }
}

type Reply = readonly [status: number, body: Readonly<Record<string, unknown>>]

function answer(stored: Stored, request: IncomingMessage, body: Record<string, unknown>): Reply {
  const [, kind = '', uid = ''] =
    /^\/api\/(folders|datasources\/uid|datasources|dashboards)\/?(.*)$/.exec(request.url ?? '') ?? []
  if (kind === 'dashboards') {
    const dashboard = body['dashboard'] as Record<string, unknown>
    const known = stored.dashboards.has(String(dashboard['uid']))
    if (known && body['overwrite'] !== true) return [412, { message: 'version mismatch', status: 'version-mismatch' }]
    if (stored.dashboards.get(String(dashboard['uid']))?.['provisioned'] === true) {
      return [400, { message: 'Cannot save provisioned dashboard' }]
    }
    if (!stored.folders.has(String(body['folderUid']))) return [400, { message: 'no such folder' }]
    stored.dashboards.set(String(dashboard['uid']), dashboard)
    return [200, { uid: dashboard['uid'], url: `/d/${dashboard['uid']}/x`, status: 'success' }]
  }
  const things = kind === 'folders' ? stored.folders : stored.sources
  if (request.method === 'POST') {
    const [key, what] = kind === 'folders' ? ['title', 'a folder'] : ['name', 'data source']
    if ([...things.values()].some((thing) => thing[key] === body[key])) {
      return [409, { message: `${what} with the same name already exists` }]
    }
    things.set(String(body['uid']), body)
    return [200, body]
  }
  const existing = things.get(uid)
  if (existing === undefined) return [404, { message: 'not found' }]
  if (request.method === 'PUT' && existing['readOnly'] === true) {
    return [403, { message: 'Cannot update read-only data source' }]
  }
  if (request.method === 'PUT') things.set(uid, { ...existing, ...body })
  return [200, things.get(uid) ?? {}]
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>)
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function optionsFor(url: string, more: Partial<ProvisionOptions> = {}, token = TOKEN): ProvisionOptions {
  const folder = mkdtempSync(join(tmpdir(), 'tokstat-grafana-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 })
  return { url, tokenFile, folder: 'tokstat', prometheusUrl: null, ...more }
}

const provision = (options: ProvisionOptions) => provisionGrafana(options, systemClock())

describe('provisioning', () => {
  it('makes the folder and every dashboard, and leaves data sources alone when none is asked for', async () => {
    const grafana = await fakeGrafana()
    const report = await provision(optionsFor(grafana.url))
    expect(report.folder).toEqual({ title: 'tokstat', created: true })
    expect(report.dataSource).toBeNull()
    expect([...grafana.dashboards.keys()]).toEqual(shippedDashboards().map(({ uid }) => uid))
    expect(report.dashboards[0]).toEqual({
      title: 'Token Metrics Dashboard',
      url: `${grafana.url}/d/token-metrics-dash/x`,
    })
    expect(grafana.requests.filter((line) => line.includes('datasources'))).toEqual([])
  })

  it('makes the data source and chooses it at the top of every dashboard', async () => {
    const grafana = await fakeGrafana()
    const report = await provision(optionsFor(grafana.url, { prometheusUrl: 'http://prometheus:9090/' }))
    expect(report.dataSource).toEqual({ name: 'tokstat Prometheus', created: true })
    expect(grafana.sources.get('tokstat-prometheus')).toMatchObject({
      type: 'prometheus',
      url: 'http://prometheus:9090',
    })
    for (const dashboard of grafana.dashboards.values()) {
      const { list } = dashboard['templating'] as { list: { name: string; current: { value: string } }[] }
      expect(list.find(({ name }) => name === 'datasource')?.current.value).toBe('tokstat-prometheus')
    }
  })

  it('run again, corrects what is out of date and makes nothing twice', async () => {
    const grafana = await fakeGrafana()
    await provision(optionsFor(grafana.url, { prometheusUrl: 'http://old:9090' }))
    const before = grafana.requests.length
    const report = await provision(optionsFor(grafana.url, { folder: 'AI', prometheusUrl: 'http://new:9090' }))
    expect([report.folder.created, report.dataSource?.created]).toEqual([false, false])
    expect(grafana.folders.get('tokstat')).toMatchObject({ title: 'AI' })
    expect(grafana.sources.get('tokstat-prometheus')).toMatchObject({ url: 'http://new:9090' })
    const second = grafana.requests.slice(before)
    expect(second).not.toContain('POST /api/folders')
    expect(second).not.toContain('POST /api/datasources')
    expect(grafana.dashboards.size).toBe(shippedDashboards().length)
  })

  it('a new data source has the scrape interval of our own prometheus.yml; one that is there keeps its settings', async () => {
    const grafana = await fakeGrafana()
    await provision(optionsFor(grafana.url, { prometheusUrl: 'http://old:9090' }))
    expect(grafana.sources.get('tokstat-prometheus')).toMatchObject({ jsonData: { timeInterval: '30s' } })
    grafana.sources.set('tokstat-prometheus', {
      url: 'http://old:9090',
      jsonData: { timeInterval: '15s', timeout: 60 },
    })
    await provision(optionsFor(grafana.url, { prometheusUrl: 'http://new:9090' }))
    const corrected = { url: 'http://new:9090', jsonData: { timeInterval: '15s', timeout: 60 } }
    expect(grafana.sources.get('tokstat-prometheus')).toMatchObject(corrected)
  })

  it.each<[string, (grafana: Stored) => void, number, RegExp, RegExp]>([
    [
      'a folder of that name',
      ({ folders }) => folders.set('x', { uid: 'x', title: 'tokstat' }),
      3,
      /409: a folder with the same name/,
      /--folder/,
    ],
    [
      'a data source of that name',
      ({ sources }) => sources.set('x', { uid: 'x', name: 'tokstat Prometheus' }),
      3,
      /409: data source with the same name/,
      /--prometheus/,
    ],
    [
      'a data source from a file',
      ({ sources }) => sources.set('tokstat-prometheus', { url: 'http://old:9090', readOnly: true }),
      2,
      /403: Cannot update read-only data source/,
      /role Editor/,
    ],
    [
      'a dashboard from a file',
      ({ dashboards }) => dashboards.set('token-metrics-dash', { provisioned: true }),
      3,
      /400: Cannot save provisioned dashboard/,
      /file/,
    ],
  ])('%s in the way is told in Grafana’s words, with what to do', async (_what, stage, exitCode, message, hint) => {
    const grafana = await fakeGrafana()
    stage(grafana)
    await expect(provision(optionsFor(grafana.url, { prometheusUrl: 'http://new:9090' }))).rejects.toMatchObject({
      exitCode,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })
  })

  it('a refused token is exit code 2 and never in the message', async () => {
    const grafana = await fakeGrafana()
    const refused = provision(optionsFor(grafana.url, {}, 'glsa_another-token-for-tests'))
    await expect(refused).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('401') })
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('glsa_') })
    expect(grafana.dashboards.size).toBe(0)
  })

  it('nobody there, or somebody else, is exit code 3', async () => {
    const port = await serveHttp((_request, response) => void response.end('<html>hello</html>'))
    await expect(provision(optionsFor(`http://127.0.0.1:${port}`))).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('is not Grafana'),
    })
    await expect(provision(optionsFor('http://127.0.0.1:1'))).rejects.toMatchObject({ exitCode: 3 })
  })

  it('follows no redirect with the token', async () => {
    const grafana = await fakeGrafana()
    const port = await serveHttp((_request, response) => {
      response.writeHead(302, { location: `${grafana.url}/api/folders/tokstat` }).end()
    })
    await expect(provision(optionsFor(`http://127.0.0.1:${port}`))).rejects.toMatchObject({ exitCode: 3 })
    expect(grafana.requests).toEqual([])
  })

  it.each(['grafana:3000', 'ftp://grafana', 'http://admin:secret@grafana:3000', ''])(
    'takes no address like %j',
    async (url) => {
      await expect(provision(optionsFor(url))).rejects.toMatchObject({ exitCode: 4 })
    },
  )
})
