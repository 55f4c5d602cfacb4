import { describe, expect, it } from 'vitest'
import { golden } from '../../test/helpers/golden.ts'
import { SAMPLE_NOW, sampleAccount, sampleModel, sampleState } from '../../test/helpers/sample-board.ts'
import { type TestServer, testServer } from '../../test/helpers/server.ts'
import { type AccountsDocument, epochMs, type RefreshResult } from '../model/index.ts'
import { createServerApp } from './app.ts'
import type { HttpApp } from './http-app.ts'
import { Accounts, Best, ProblemDocument, Providers, Quotas, Refreshed } from './schemas.ts'

function setup(more: Parameters<typeof testServer>[0] = {}): TestServer & { app: HttpApp } {
  const made = testServer(more)
  return { ...made, app: createServerApp(made.deps) }
}

async function body(app: HttpApp, path: string, init?: RequestInit): Promise<unknown> {
  return (await app.request(path, init)).json()
}

function result(account: string, outcome: RefreshResult['outcome'], retryInMs: number | null = null): RefreshResult {
  return {
    account,
    provider: account.split('/')[0] ?? '',
    outcome,
    observedAt: null,
    retryAt: retryInMs === null ? null : epochMs(SAMPLE_NOW + retryInMs),
    problem: null,
  }
}

describe('GET /api/v1/accounts', () => {
  it('is the golden file, whole, and fits its own schema exactly', async () => {
    const { app } = setup()
    const document = await body(app, '/api/v1/accounts')
    const text = `${JSON.stringify(document, null, 2)}\n`
    expect(text).toBe(golden('accounts.json', text))
    expect(Accounts.parse(document)).toEqual(document)
    expect((document as AccountsDocument).accounts.map((account) => account.status)).toEqual(
      expect.arrayContaining([
        'ok',
        'stale',
        'auth_required',
        'forbidden',
        'rate_limited',
        'unreachable',
        'bad_response',
        'not_entitled',
        'disabled',
        'pending',
      ]),
    )
  })

  it('has one account under its id, encoded as one segment or sent as two', async () => {
    const { app } = setup()
    for (const id of [
      'antigravity/user@example.com',
      'antigravity%2Fuser%40example.com',
      'antigravity/user%40example.com',
    ]) {
      expect(await body(app, `/api/v1/accounts/${id}`), id).toMatchObject({ id: 'antigravity/user@example.com' })
    }
    const odd = 'nano-gpt/nano "quoted" \\ name'
    expect(await body(app, `/api/v1/accounts/${encodeURIComponent(odd)}`)).toMatchObject({ id: odd })
  })

  it('answers a problem for an unknown one, without repeating what was asked', async () => {
    const { app } = setup()
    const answer = await app.request('/api/v1/accounts/claude/nobody-here')
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    const problem = await answer.json()
    expect(ProblemDocument.parse(problem)).toMatchObject({ code: 'not_found', status: 404 })
    expect(JSON.stringify(problem)).not.toContain('nobody-here')
  })

  it('has the JSON Schema of the document beside it', async () => {
    const schema = await body(setup().app, '/api/v1/schema/accounts.json')
    expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' })
    expect(JSON.stringify(schema)).toContain('"schemaVersion"')
  })
})

describe('the other documents', () => {
  it('list quotas with their account, providers and the best choice', async () => {
    const { app } = setup()
    const quotas = Quotas.parse(await body(app, '/api/v1/quotas')).quotas
    expect(quotas.find((quota) => quota.id === 'session')).toMatchObject({ account: 'claude/work', provider: 'claude' })
    expect(Providers.parse(await body(app, '/api/v1/providers')).providers[0]?.id).toBe('codex')
    const best = Best.parse(await body(app, '/api/v1/best?provider=claude'))
    expect(best.best).toMatchObject({ account: 'claude/work' })
    expect(Best.parse(await body(app, '/api/v1/best?provider=nothing')).best).toBeNull()
  })

  it('are all described: every route of the API is in /api/openapi.json', async () => {
    const { app } = setup()
    const description = (await body(app, '/api/openapi.json')) as { openapi: string; paths: Record<string, unknown> }
    expect(description.openapi).toBe('3.1.0')
    const routes = app.routes
      .map((route) => route.path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}'))
      .filter((path) => path.startsWith('/api/v1/') && !path.endsWith('.json'))
    expect(routes.length).toBeGreaterThan(6)
    for (const path of routes) expect(Object.keys(description.paths)).toContain(path)
  })
})

describe('the probes', () => {
  it('name the version and the instance, and no account', async () => {
    const { app } = setup({ upstream: 'http://127.0.0.1:9999' })
    const health = await body(app, '/healthz')
    expect(health).toEqual({
      status: 'ok',
      version: '0.1.0',
      instance: 'test-instance',
      upstream: 'http://127.0.0.1:9999',
    })
  })

  it('say what is not ready yet', async () => {
    const { app, engine } = setup({ readiness: [{ name: 'history', isReady: () => false }] })
    engine.setReady(false)
    const answer = await app.request('/readyz')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ status: 'starting', waitingFor: ['first poll', 'history'] })
    expect((await setup().app.request('/readyz')).status).toBe(200)
  })
})

describe('POST /api/v1/refresh', () => {
  it('reads all, or one, and says what each came to', async () => {
    const { app, engine } = setup()
    engine.onRefresh(async () => [result('claude/work', 'read'), result('claude/slow', 'cooldown', 60_000)])
    const answer = await body(app, '/api/v1/refresh', { method: 'POST' })
    expect(Refreshed.parse(answer).results.map((entry) => entry.outcome)).toEqual(['read', 'cooldown'])
    await app.request('/api/v1/refresh/claude%2Fwork', { method: 'POST' })
    await app.request('/api/v1/refresh/claude/work', { method: 'POST' })
    expect(engine.asked).toEqual([null, ['claude/work'], ['claude/work']])
    expect((await app.request('/api/v1/refresh/claude/nobody', { method: 'POST' })).status).toBe(404)
    expect(engine.asked).toHaveLength(3)
  })

  it('answers 429 with Retry-After only when every one was refused', async () => {
    const { app, engine } = setup()
    engine.onRefresh(async () => [result('claude/work', 'cooldown', 90_000), result('claude/slow', 'cooldown', 41_200)])
    const refused = await app.request('/api/v1/refresh', { method: 'POST' })
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('42')
    expect(await refused.json()).toMatchObject({ code: 'rate_limited', retryAt: '2026-11-22T09:00:41.200Z' })
    engine.onRefresh(async () => [result('claude/work', 'cooldown', 90_000), result('claude/slow', 'failed')])
    expect((await app.request('/api/v1/refresh', { method: 'POST' })).status).toBe(200)
    engine.onRefresh(async () => [])
    expect((await app.request('/api/v1/refresh', { method: 'POST' })).status).toBe(200)
  })

  it('answers after 20 s when a service hangs, and says so of that account only', async () => {
    const { app, engine, clock } = setup()
    engine.onRefresh(() => new Promise(() => undefined))
    const pending = app.request('/api/v1/refresh', { method: 'POST' })
    await clock.advance(5_000)
    const fresh = sampleState(sampleAccount('claude', 'work'), [sampleModel('m', 'M', 0.5)], {
      attempt: { at: clock.clock.now(), tookMs: 5000, problem: null },
    })
    engine.publish({ accounts: [fresh, sampleState(sampleAccount('claude', 'hangs'), null)] })
    await clock.advance(15_000)
    const { results } = Refreshed.parse(await (await pending).json())
    expect(results.map((entry) => [entry.account, entry.outcome, entry.problem?.code ?? null])).toEqual([
      ['claude/work', 'read', null],
      ['claude/hangs', 'failed', 'timeout'],
    ])
    expect(clock.pending()).toBe(0)
  })
})

describe('what goes wrong inside', () => {
  it('is a 500 problem that tells nothing, and is logged', async () => {
    const { app, engine, logged } = setup()
    engine.onRefresh(() => Promise.reject(new Error('secret detail')))
    const answer = await app.request('/api/v1/refresh', { method: 'POST' })
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('secret detail')
    expect(JSON.stringify(logged)).toContain('secret detail')
  })

  it('is found nowhere: unknown paths are a problem under /api and an error object under /v0', async () => {
    const { app } = setup()
    expect(await body(app, '/api/v1/nothing')).toMatchObject({ code: 'not_found', status: 404 })
    expect(await body(app, '/v0/nothing')).toEqual({ error: { code: 'not_found', message: expect.any(String) } })
  })
})

describe('the page', () => {
  it('lists every account with words, without a line of inline script or style', async () => {
    const html = await (await setup().app.request('/')).text()
    for (const text of [
      '23% left',
      'resetting…',
      'resets in 3h 45m',
      '<code>gemini</code>',
      'Google refuses this account (403).',
      '/api/openapi.json',
      '/metrics',
    ]) {
      expect(html).toContain(text)
    }
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/i)
  })

  it('shows hostile names as text', async () => {
    const name = `<img src=x onerror=alert(1)>"'&</main><script>1</script>`
    const made = setup()
    made.engine.publish({
      accounts: ['a', 'b'].map((suffix) =>
        sampleState(sampleAccount('claude', name + suffix), [sampleModel(name, name, 0.5, 1000)]),
      ),
    })
    const html = await (await made.app.request('/')).text()
    expect(html).not.toContain('<img')
    expect(html.match(/<script/g)).toHaveLength(1)
    expect(html.match(/<\/main>/g)).toHaveLength(1)
    expect(html).toContain('&#60;img src=x')
  })

  it('says that an upstream is set, and what to do without an account', async () => {
    const made = setup({ upstream: 'http://127.0.0.1:9999' })
    made.engine.publish({ accounts: [] })
    const html = await (await made.app.request('/')).text()
    expect(html).toContain('http://127.0.0.1:9999')
    expect(html).toContain('tokstat login')
  })

  it('comes with its script and style, and not at all with --no-web', async () => {
    const { app } = setup()
    expect((await app.request('/assets/page.js')).headers.get('content-type')).toContain('text/javascript')
    expect((await app.request('/assets/page.css')).headers.get('content-type')).toContain('text/css')
    const none = setup({ web: null }).app
    for (const path of ['/', '/assets/page.js']) expect((await none.request(path)).status).toBe(404)
  })
})
