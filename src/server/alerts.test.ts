import { describe, expect, it } from 'vitest'
import { testServer } from '../../test/helpers/server.ts'
import { aRule, aWorld, left } from '../alerts/testing.ts'
import { MINUTE_MS } from '../model/index.ts'
import { createServerApp } from './app.ts'
import { AlertList, Rehearsed, SnoozeEntry } from './schemas-alerts.ts'

async function world() {
  const made = aWorld({ rules: [aRule({ when: { kind: 'level', atMost: 'low' }, name: 'low' })] })
  for (const share of [0.4, 0.2]) {
    await made.read('claude/work', [left(share)])
    await made.pass(5 * MINUTE_MS)
  }
  const app = createServerApp(testServer({ alerts: made.alerts }).deps)
  const ask = async (path: string, init: RequestInit = {}) =>
    app.request(`http://127.0.0.1${path}`, {
      ...init,
      headers: { 'content-type': 'application/json', host: '127.0.0.1' },
    })
  return { ...made, ask }
}

describe('/api/v1/alerts', () => {
  it('lists what was said, with rules and channels, in the shape that the API describes', async () => {
    const { ask } = await world()
    const answer = await ask('/api/v1/alerts?account=claude/work&state=firing&since=7d')
    const document = AlertList.parse(await answer.json())
    expect(document.alerts).toHaveLength(1)
    expect(document.alerts[0]).toMatchObject({ rule: 'low', deliveries: [{ channel: 'ops', state: 'delivered' }] })
    expect(document.rules).toEqual([
      { name: 'low', event: 'level', when: 'level <= low', severity: 'warning', notify: ['ops'] },
    ])
    expect(document.channels[0]).toMatchObject({ name: 'ops', target: '127.0.0.1:9' })
    const none = await ask('/api/v1/alerts?account=claude/other')
    expect(((await none.json()) as { alerts: unknown[] }).alerts).toEqual([])
  })

  it('takes a snooze and an acknowledgement of what fires, and nothing else', async () => {
    const { ask, alerts } = await world()
    const id = alerts.log({ limit: 1 })[0]?.id ?? ''
    const snoozed = await ask(`/api/v1/alerts/${id}/snooze`, { method: 'POST', body: '{"for":"2h"}' })
    expect(await snoozed.json()).toMatchObject({ id, snoozedUntil: '2026-11-22T11:10:00Z' })
    const seen = await ask(`/api/v1/alerts/${id}/acknowledge`, { method: 'POST', body: '{}' })
    expect(await seen.json()).toMatchObject({ id, acknowledgedAt: '2026-11-22T09:10:00Z' })
    for (const body of ['{}', '{"for":"soon"}', '{"for":"0h"}', '{"for":"31d"}', '[]', '"1h"']) {
      expect((await ask(`/api/v1/alerts/${id}/snooze`, { method: 'POST', body })).status, body).toBe(400)
    }
    expect((await ask('/api/v1/alerts/nothing/snooze', { method: 'POST', body: '{"for":"1h"}' })).status).toBe(404)
    expect((await ask('/api/v1/alerts/nothing/acknowledge', { method: 'POST', body: '{}' })).status).toBe(404)
  })

  it('snoozes a rule, an account, a quota or all of them, lists the snoozes, and ends them', async () => {
    const { ask, alerts } = await world()
    const post = (body: object) => ask('/api/v1/alerts/snoozes', { method: 'POST', body: JSON.stringify(body) })
    const target = { rule: 'low', account: 'claude/work', quota: 'session' }
    const snooze = SnoozeEntry.parse(await (await post({ ...target, for: '2h' })).json())
    expect(snooze).toMatchObject({ ...target, until: '2026-11-22T11:10:00Z' })
    const list = AlertList.parse(await (await ask('/api/v1/alerts')).json())
    expect(list.snoozes).toEqual([snooze])
    expect(list.alerts[0]?.snoozedUntil).toBe(snooze.until)
    const end = () => ask(`/api/v1/alerts/snoozes/${snooze.id}`, { method: 'DELETE' })
    expect(await (await end()).json()).toEqual(snooze)
    expect((await end()).status).toBe(404)
    expect(alerts.log({ limit: 1 })[0]?.snoozedUntil).toBeNull()
    for (const body of [
      { for: '1h' },
      { rule: '', for: '1h' },
      { rule: 7, for: '1h' },
      { rule: 'loud', for: '1h' },
      { account: 'claude/nobody', for: '1h' },
      { quota: 'weekly' },
      { quota: 'weekly', for: '31d' },
    ]) {
      expect((await post(body)).status, JSON.stringify(body)).toBe(400)
    }
    expect(await (await post({ rule: 'loud', for: '1h' })).json()).toMatchObject({
      detail: 'There is no rule "loud". Known rules: low.',
    })
    expect(alerts.snoozes()).toEqual([])
  })

  it('sends a test message, and names the channels when there is none of that name', async () => {
    const { ask, received } = await world()
    const sent = await ask('/api/v1/alerts/test/ops', { method: 'POST', body: '{}' })
    expect(await sent.json()).toMatchObject({ channel: 'ops', delivered: true })
    expect(received.at(-1)?.body.event).toBe('test')
    const unknown = await ask('/api/v1/alerts/test/opps', { method: 'POST', body: '{}' })
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toMatchObject({ hint: 'Known channels: ops.' })
  })

  it('names a parameter that it cannot read, and says when no alerts run', async () => {
    const { ask } = await world()
    for (const query of ['since=yesterday', 'state=loud', 'limit=0', 'limit=x']) {
      expect((await ask(`/api/v1/alerts?${query}`)).status, query).toBe(400)
    }
    const app = createServerApp(testServer().deps)
    expect((await app.request('http://127.0.0.1/api/v1/alerts')).status).toBe(404)
  })

  it('rehearses the rules over a while that is not too long, and sends nothing', async () => {
    const asked: number[] = []
    const rehearsal = {
      since: '2026-11-15T09:00:00Z',
      alerts: [],
      rules: [{ name: 'low', fired: 0, rehearsable: true }],
    }
    const { deps, clock } = testServer({
      rehearse: (since) => {
        asked.push(since)
        return rehearsal
      },
    })
    const ask = (query: string) => createServerApp(deps).request(`http://127.0.0.1/api/v1/alerts/rehearse${query}`)
    expect(Rehearsed.parse(await (await ask('')).json())).toEqual(rehearsal)
    await ask('?since=30d')
    const now = clock.clock.now()
    expect(asked.map((since) => (now - since) / 86_400_000)).toEqual([7, 30])
    for (const query of ['?since=31d', '?since=soon']) expect((await ask(query)).status, query).toBe(400)
    expect(asked).toHaveLength(2)
  })
})
