import { createHash } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startSimulator } from './server.ts'
import { createWorld } from './world.ts'

const VERIFIER = 'fake-verifier-0123456789-0123456789-0123456789'
const REDIRECT = 'http://127.0.0.1:9/'

async function scene() {
  const world = createWorld()
  world.add({ provider: 'antigravity', name: 'ada' })
  world.add({ provider: 'antigravity', name: 'bob' })
  const simulator = await startSimulator({ world })
  onTestFinished(() => simulator.stop())
  const client = world.clients.antigravity
  const query = {
    client_id: client?.id ?? '',
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope: 'openid email',
    state: 's',
    access_type: 'offline',
    prompt: 'consent',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
  }
  const consent = (changes = {}) =>
    fetch(`${simulator.url}/accounts.google.com/o/oauth2/v2/auth?${new URLSearchParams({ ...query, ...changes })}`, {
      redirect: 'manual',
    })
  const codeOf = async (changes = {}) =>
    new URL((await consent(changes)).headers.get('location') ?? '').searchParams.get('code') ?? ''
  const fields = { grant_type: 'authorization_code', client_id: query.client_id, client_secret: client?.secret ?? '' }
  const redeem = async (code: string, changes = {}) => {
    const body = new URLSearchParams({ ...fields, redirect_uri: REDIRECT, code_verifier: VERIFIER, code, ...changes })
    const response = await fetch(`${simulator.url}/oauth2.googleapis.com/token`, { method: 'POST', body })
    const answer = (await response.json()) as Readonly<Record<string, unknown>>
    return { status: response.status, answer }
  }
  return { world, consent, codeOf, redeem }
}

describe('the consent page', () => {
  it('gives a code that is good once, for the person that is hinted at', async () => {
    const { world, codeOf, redeem } = await scene()
    const code = await codeOf({ login_hint: 'bob@example.com' })
    const { status, answer } = await redeem(code)
    expect([status, answer['scope']]).toEqual([200, 'openid email'])
    expect(world.grants.ownerOf(String(answer['refresh_token']))?.email).toBe('bob@example.com')
    expect(await redeem(code)).toMatchObject({ status: 400, answer: { error: 'invalid_grant' } })
  })

  it.each([
    ['another verifier', { code_verifier: 'other' }],
    ['another redirect', { redirect_uri: 'http://127.0.0.1:10/' }],
    ['another client', { client_id: 'other' }],
  ])('binds the code: %s is refused', async (_name, changes) => {
    const { codeOf, redeem } = await scene()
    expect(await redeem(await codeOf(), changes)).toMatchObject({ status: 400, answer: { error: 'invalid_grant' } })
  })

  it('takes a code for ten minutes, with the right client secret, and gives a refresh token only when asked', async () => {
    const { world, codeOf, redeem } = await scene()
    const old = await codeOf()
    world.clock.advance(600_000)
    expect((await redeem(old)).status).toBe(400)
    expect(await redeem(await codeOf(), { client_secret: 'x' })).toMatchObject({ answer: { error: 'invalid_client' } })
    expect((await redeem(await codeOf({ access_type: 'online' }))).answer['refresh_token']).toBeUndefined()
  })

  it('refuses a redirect to another machine and a person who says no', async () => {
    const { world, consent } = await scene()
    expect((await consent({ redirect_uri: 'http://evil.example:1/' })).status).toBe(400)
    expect((await consent({ client_id: 'other' })).status).toBe(400)
    world.consents.answerWith({ allows: false })
    const location = new URL((await consent()).headers.get('location') ?? '')
    expect(Object.fromEntries(location.searchParams)).toEqual({ error: 'access_denied', state: 's' })
  })
})
