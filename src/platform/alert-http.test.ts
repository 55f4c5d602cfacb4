import { describe, expect, it } from 'vitest'
import { startReceiver } from '../../test/helpers/receiver.ts'
import { createAlertHttp, kindOf } from './alert-http.ts'
import { systemClock } from './clock.ts'

class Refused extends Error {
  readonly permanent: boolean
  constructor(message: string, permanent: boolean) {
    super(message)
    this.permanent = permanent
  }
}

const never = new AbortController().signal

function http(addresses: readonly string[] = []) {
  let asked = 0
  const lookup = ((_name: string, _options: unknown, done: (error: null, found: unknown) => void) => {
    asked += 1
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }) as unknown as NonNullable<Parameters<typeof createAlertHttp>[0]['lookup']>
  const refuse = ({ message, permanent }: { message: string; permanent: boolean }) => new Refused(message, permanent)
  return { send: createAlertHttp({ clock: systemClock(), refuse, lookup }), asked: () => asked }
}

function post(url: string, more: { allowPrivate?: boolean; isSecret?: boolean; timeoutMs?: number } = {}) {
  return {
    method: 'POST' as const,
    url,
    headers: {},
    body: '{}',
    allowPrivate: false,
    isSecret: false,
    timeoutMs: 2_000,
    ...more,
  }
}

describe('where an address leads', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2606:4700:4700::1111', 'public'],
    ['10.1.2.3', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.0.1', 'private'],
    ['127.0.0.1', 'private'],
    ['100.64.0.1', 'private'],
    ['0.0.0.0', 'private'],
    ['::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['::ffff:7f00:1', 'private'],
    ['64:ff9b::a00:1', 'private'],
    ['169.254.169.254', 'link_local'],
    ['::ffff:169.254.169.254', 'link_local'],
    ['fe80::1%eth0', 'link_local'],
    ['fd00:ec2::254', 'link_local'],
    ['nonsense', 'private'],
  ])('%s is %s', (address, kind) => {
    expect(kindOf(address)).toBe(kind)
  })
})

describe('a message of a channel (W27)', () => {
  it('goes to an address that the user wrote down, private or not', async () => {
    const receiver = await startReceiver()
    const reply = await http().send(post(`${receiver.url}/hook`), never)
    expect(reply.status).toBe(200)
    expect(receiver.got[0]).toMatchObject({ method: 'POST', path: '/hook', body: '{}' })
    await receiver.close()
  })

  it('does not go where a name leads to a private address, unless that is allowed', async () => {
    const receiver = await startReceiver()
    const url = receiver.url.replace('127.0.0.1', 'hooks.example.test')
    const refused = http(['127.0.0.1']).send(post(`${url}/hook`), never)
    await expect(refused).rejects.toMatchObject({ permanent: true, message: expect.stringContaining('allow_private') })
    await expect(http(['8.8.8.8', '10.0.0.1']).send(post(url), never)).rejects.toMatchObject({ permanent: true })
    expect(receiver.got).toEqual([])
    expect((await http(['127.0.0.1']).send(post(url, { allowPrivate: true }), never)).status).toBe(200)
    await receiver.close()
  })

  it('never goes by a name to where clouds keep their secrets', async () => {
    const refused = http(['169.254.169.254']).send(post('http://hooks.example.test/', { allowPrivate: true }), never)
    await expect(refused).rejects.toMatchObject({ permanent: true })
  })

  it('connects to the very address that was checked: the name is asked once', async () => {
    const receiver = await startReceiver()
    const { send, asked } = http(['127.0.0.1'])
    await send(post(receiver.url.replace('127.0.0.1', 'localhost')), never)
    expect(asked()).toBe(1)
    await receiver.close()
  })

  it('follows no redirect', async () => {
    const receiver = await startReceiver()
    receiver.answer = () => ({ status: 302, location: `${receiver.url}/private` })
    await expect(http().send(post(receiver.url), never)).rejects.toMatchObject({ permanent: true })
    expect(receiver.got).toHaveLength(1)
    await receiver.close()
  })

  it('that is a secret goes by https, or stays on near addresses', async () => {
    const refused = http(['8.8.8.8']).send(post('http://hooks.example.test/secret', { isSecret: true }), never)
    await expect(refused).rejects.toMatchObject({ permanent: true, message: expect.not.stringContaining('/secret') })
  })

  it('has one deadline, and ends at once when told to', async () => {
    const receiver = await startReceiver()
    receiver.answer = () => 'hang'
    await expect(http().send(post(receiver.url, { timeoutMs: 50 }), never)).rejects.toThrow(/did not answer/)
    const stop = new AbortController()
    const sent = http().send(post(receiver.url), stop.signal)
    stop.abort()
    await expect(sent).rejects.toBeInstanceOf(Refused)
    await receiver.close()
  })

  it.each(['ftp://example.test/', 'not an address'])('to %s is refused', async (url) => {
    await expect(http().send(post(url), never)).rejects.toMatchObject({ permanent: true })
  })
})
