/** Every channel with the real thing at the other end: a web server, a mail server, an Alertmanager, programs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ChannelPorts, Outgoing } from '../src/alerts/channels/channel.ts'
import { readyChannel } from '../src/alerts/channels/registry.ts'
import { plainAlert } from '../src/alerts/make-alert.ts'
import { aRule, aWorld, left } from '../src/alerts/testing.ts'
import { alertPorts } from '../src/main/alert-ports.ts'
import type { ChannelSettings } from '../src/model/index.ts'
import { systemClock } from '../src/platform/clock.ts'
import { type Receiver, startReceiver } from './helpers/receiver.ts'
import { type SmtpServer, startSmtp } from './helpers/smtp.ts'
import { NOW } from './helpers/states.ts'
import { lookForTools } from './helpers/tools.ts'
import { until } from './helpers/wait.ts'

const SECRET = 'fake-secret-for-tests'
const MESSAGE = 'Claude (work): Session limit reached, back at 14:00. <@everyone> & "quotes" $(touch x)'
const never = new AbortController().signal

let folder = ''
let receiver: Receiver
let smtp: SmtpServer
const children: ChildProcess[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokstat-channels-'))
  receiver = await startReceiver()
  smtp = await startSmtp()
  writeFileSync(join(folder, 'secret'), `${SECRET}\n`, { mode: 0o600 })
})

afterEach(async () => {
  await receiver.close()
  await smtp.close()
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

function ports(): ChannelPorts {
  const variables: Record<string, string> = {
    PATH: `${folder}:/usr/bin:/bin`,
    HOME: folder,
    OPENROUTER_API_KEY: SECRET,
  }
  const get = (name: string): string | null => variables[name] ?? null
  return { ...alertPorts({ clock: systemClock(), get, platform: 'linux', home: folder }), telegramUrl: receiver.url }
}

function outgoing(more: Partial<Outgoing> = {}): Outgoing {
  const alert = plainAlert({
    id: 'abc123-0011',
    event: 'exhausted',
    message: MESSAGE,
    account: 'claude/work',
    now: NOW,
  })
  return { kind: 'firing', deliveryId: 'abc123-0011', alert, alerts: [], link: 'http://127.0.0.1:8000', ...more }
}

function send(settings: ChannelSettings, message = outgoing()): Promise<void> {
  return readyChannel(settings, ports()).send(message, never)
}

function only(): Receiver['got'][number] {
  expect(receiver.got).toHaveLength(1)
  const [got] = receiver.got
  if (got === undefined) throw new Error('nothing came')
  return got
}

function script(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}

describe('webhook', () => {
  it('posts the alert, signed over the raw body', async () => {
    await send({ type: 'webhook', url: `${receiver.url}/hook?key=1`, secret_file: join(folder, 'secret') })
    const { headers, body, path } = only()
    expect(path).toBe('/hook?key=1')
    expect(JSON.parse(body)).toEqual(outgoing().alert)
    expect(headers['x-tokstat-delivery']).toBe('abc123-0011')
    const signature = createHmac('sha256', SECRET).update(body).digest('hex')
    expect(headers['x-tokstat-signature']).toBe(`sha256=${signature}`)
  })

  it('follows no redirect and names the host alone when it fails', async () => {
    receiver.answer = () => ({ status: 307, location: `${receiver.url}/elsewhere` })
    const failed = send({ type: 'webhook', url: `${receiver.url}/secret-path` })
    await expect(failed).rejects.toMatchObject({ permanent: true, message: expect.not.stringContaining('secret-path') })
    expect(receiver.got).toHaveLength(1)
    receiver.answer = () => 500
    await expect(send({ type: 'webhook', url: `${receiver.url}/secret-path` })).rejects.toMatchObject({
      permanent: false,
      message: `${new URL(receiver.url).host} answered 500.`,
    })
    receiver.answer = () => 'drop'
    await expect(send({ type: 'webhook', url: `${receiver.url}/secret-path` })).rejects.toThrow(/could not be reached/)
  })

  it('whose secret is missing sends nothing', async () => {
    const failed = send({ type: 'webhook', url: receiver.url, secret_file: join(folder, 'nothing') })
    await expect(failed).rejects.toThrow('nothing does not exist.')
    expect(receiver.got).toEqual([])
  })
})

describe('ntfy, Slack, Discord and Telegram', () => {
  it('ntfy gets topic and text as JSON, with its token', async () => {
    await send({ type: 'ntfy', url: `${receiver.url}/my-topic`, token_file: join(folder, 'secret') })
    const { path, headers, body } = only()
    expect(path).toBe('/')
    expect(headers.authorization).toBe(`Bearer ${SECRET}`)
    expect(JSON.parse(body)).toMatchObject({ topic: 'my-topic', message: MESSAGE, click: 'http://127.0.0.1:8000' })
  })

  it('Slack gets text in which nothing is a mention', async () => {
    writeFileSync(join(folder, 'address'), `${receiver.url}/services/T0/B0/fake\n`)
    await send({ type: 'slack', url_file: join(folder, 'address') })
    const { body } = only()
    expect(JSON.parse(body).text).toContain('&lt;@everyone&gt; &amp; "quotes"')
  })

  it('Discord gets text that mentions nobody, cut to what it takes', async () => {
    const { alert } = outgoing()
    await send(
      { type: 'discord', url: `${receiver.url}/api/webhooks/1/fake` },
      outgoing({ alert: { ...alert, message: 'a'.repeat(5_000) } }),
    )
    const parsed = JSON.parse(only().body)
    expect(parsed.allowed_mentions).toEqual({ parse: [] })
    expect(parsed.content).toHaveLength(2_000)
  })

  it('Telegram gets plain text; the token stands in the address and nowhere else', async () => {
    writeFileSync(join(folder, 'bot'), '123456:fake-token')
    await send({ type: 'telegram', chat_id: '42', token_file: join(folder, 'bot') })
    const { path, body } = only()
    expect(path).toBe('/bot123456:fake-token/sendMessage')
    expect(JSON.parse(body)).toMatchObject({ chat_id: '42', text: `${MESSAGE}\nhttp://127.0.0.1:8000` })
    receiver.answer = () => 401
    const failed = send({ type: 'telegram', chat_id: '42', token_file: join(folder, 'bot') })
    await expect(failed).rejects.toMatchObject({ message: expect.not.stringContaining('fake-token') })
  })
})

describe('email', () => {
  it('is one plain text to everybody, with an id that stays the same', async () => {
    await send({
      type: 'email',
      host: '127.0.0.1',
      port: smtp.port,
      from: 'tokstat@example.com',
      to: ['ada@example.com', 'bob@example.com'],
      user: 'tokstat',
      password_file: join(folder, 'secret'),
    })
    expect(smtp.mails).toHaveLength(1)
    const [mail] = smtp.mails
    expect(mail).toMatchObject({ from: 'tokstat@example.com', to: ['ada@example.com', 'bob@example.com'] })
    expect(mail?.data).toContain('Message-ID: <abc123-0011@tokstat.invalid>')
    expect(mail?.data).toContain('Claude (work): Session limit reached')
    expect(smtp.auth()).toBe(`tokstat:${SECRET}`)
  })

  it('that is refused says so by its code alone', async () => {
    smtp.refuse(1)
    const settings = { type: 'email', host: '127.0.0.1', port: smtp.port, from: 'a@example.com', to: ['b@example.com'] }
    await expect(send(settings as ChannelSettings)).rejects.toThrow('127.0.0.1 answered 451.')
  })
})

describe('programs of this machine', () => {
  it('exec gets the alert on stdin, no shell, and nothing of our environment', async () => {
    const path = script('hook', `cat > "${folder}/in"; env > "${folder}/env"; printf '%s' "$1" > "${folder}/arg"`)
    await send({ type: 'exec', command: [path, '$(touch x); a b'] })
    expect(JSON.parse(readFileSync(join(folder, 'in'), 'utf8'))).toEqual({
      delivery: 'abc123-0011',
      ...outgoing().alert,
    })
    expect(readFileSync(join(folder, 'arg'), 'utf8')).toBe('$(touch x); a b')
    expect(readFileSync(join(folder, 'env'), 'utf8')).not.toContain(SECRET)
  })

  it('exec that fails or is missing says which program, not with which arguments', async () => {
    const path = script('hook', 'exit 3')
    await expect(send({ type: 'exec', command: [path, 'fake-key'] })).rejects.toThrow('hook ended with exit code 3.')
    await expect(send({ type: 'exec', command: ['no-such-thing'] })).rejects.toThrow('no-such-thing was not found.')
  })

  it('desktop hands texts to notify-send as arguments', async () => {
    script('notify-send', `for one in "$@"; do printf '%s\\n' "$one"; done > "${folder}/shown"`)
    await send({ type: 'desktop' })
    expect(readFileSync(join(folder, 'shown'), 'utf8').split('\n')).toEqual([
      '--app-name=tokstat',
      '--',
      'tokstat: exhausted (fine)',
      MESSAGE,
      '',
    ])
  })

  it('file gets one JSON document a line, and nobody else may read it', async () => {
    const path = join(folder, 'alerts.jsonl')
    await send({ type: 'file', path })
    await send({ type: 'file', path })
    const lines = readFileSync(path, 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(['abc123-0011', 'abc123-0011'])
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })
})

const tools = lookForTools('prometheus-alertmanager')

describe.skipIf(tools.missing.length > 0)(`a real Alertmanager${tools.note}`, () => {
  it('has an alert once while it fires, and ends it when it is over', async () => {
    const url = await startAlertmanager()
    const clock = systemClock()
    const world = aWorld({
      rules: [aRule({ when: { kind: 'level', atMost: 'low' }, name: 'low quota', severity: 'critical' })],
      channels: { ops: { type: 'alertmanager', url } },
      ports: alertPorts({ clock, get: () => null, platform: 'linux', home: folder }),
    })
    // The Alertmanager judges by its own clock, so the world has that time, a minute ago, after the calm of a jump.
    world.clock.jump(clock.now() - 180_000 - world.clock.clock.now())
    await world.pass(120_000)
    const resets = { resetsAt: null }
    for (const share of [0.4, 0.2, 0.2]) await world.read('claude/work', [left(share, resets)])
    const found = await until('the alert', async () => {
      const list = await activeAlerts(url)
      return list.length > 0 ? list : null
    })
    expect(found).toHaveLength(1)
    expect(found[0]?.labels).toEqual({
      alertname: 'low quota',
      event: 'level',
      severity: 'critical',
      provider: 'claude',
      account: 'claude/work',
      quota: 'session',
    })
    await until('the delivery', () => world.alerts.log({ limit: 1 })[0]?.deliveries[0]?.state === 'delivered')
    await world.pass(2_000)
    await world.read('claude/work', [left(0.9, resets)])
    await until('its end', async () => (await activeAlerts(url)).length === 0)
  })
})

async function activeAlerts(url: string): Promise<readonly { readonly labels: Record<string, string> }[]> {
  const answer = await globalThis.fetch(`${url}/api/v2/alerts?active=true`)
  return (await answer.json()) as readonly { readonly labels: Record<string, string> }[]
}

async function startAlertmanager(): Promise<string> {
  const port = await freePort()
  const config = join(folder, 'alertmanager.yml')
  writeFileSync(config, 'route:\n  receiver: none\nreceivers:\n  - name: none\n')
  const child = spawn(
    'prometheus-alertmanager',
    [
      `--config.file=${config}`,
      `--storage.path=${join(folder, 'am')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  )
  children.push(child)
  const url = `http://127.0.0.1:${port}`
  await until('the Alertmanager', async () => (await globalThis.fetch(`${url}/-/ready`)).ok)
  return url
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
