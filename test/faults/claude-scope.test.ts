import { describe, expect, it } from 'vitest'
import { runAttempt } from '../../src/collector/attempt.ts'
import { createCooldowns } from '../../src/collector/cooldowns.ts'
import { createClockSkew } from '../../src/collector/skew.ts'
import { createSlots } from '../../src/collector/slots.ts'
import { testCredential, testFile, testLog, testSend, testSettings, testStore } from '../../src/collector/testing.ts'
import type { Credential } from '../../src/model/credential.ts'
import { Secret } from '../../src/model/secret.ts'
import { claude } from '../../src/providers/claude/index.ts'
import { fakeClock } from '../helpers/fake-clock.ts'

const SETUP = 'sk-ant-oat01-fake-setup'
const GOOD = 'sk-ant-oat01-fake-good'
const identity = { subject: 'account-1', workspace: 'org-1', email: null, login: null }

function loginWith(token: string, facts: Partial<Credential> = {}): Credential {
  const secrets = { accessToken: new Secret(token), accessExpiresAt: null, refreshToken: null, apiKey: null }
  return testCredential({ identity, secrets, fingerprint: `fingerprint ${token}`, ...facts })
}

function attempt(credentials: readonly Credential[]) {
  const { clock } = fakeClock()
  const log = testLog()
  const settings = () => testSettings()
  const { send, requests } = testSend((request) => {
    const isGood = request.headers?.['authorization'] === `Bearer ${GOOD}`
    const body = isGood
      ? { limits: [{ kind: 'session', percent: 11 }] }
      : { error: { type: 'permission_error', message: 'token does not meet scope requirement user:profile' } }
    const status = isGood ? 200 : 403
    return { status, headers: {}, body: JSON.stringify(body), host: 'api.anthropic.com', at: clock.now() }
  })
  const deps = {
    clock,
    log,
    send,
    settings,
    store: testStore(),
    cooldowns: createCooldowns({ file: testFile(), clock, random: () => 0, log, settings }),
    hostSlots: createSlots({ total: () => 8, perKey: () => 8 }),
    skew: createClockSkew(log),
    tokenHosts: [],
    version: '0.0.0-test',
    platform: { os: 'linux', arch: 'x64' },
  }
  const outcome = runAttempt(
    deps,
    { account: 'claude/ada', provider: claude, credentials },
    new AbortController().signal,
  )
  return { outcome, requests }
}

describe('a token that may not read usage (C32)', () => {
  it('gives way to another login of the account, and is asked once', async () => {
    const { outcome, requests } = attempt([loginWith(SETUP, { source: 'env' }), loginWith(GOOD)])
    expect(await outcome).toMatchObject({ kind: 'read', reading: { quotas: [{ id: 'session', usedRatio: 0.11 }] } })
    expect(requests.map((request) => request.headers?.['authorization'])).toEqual([`Bearer ${SETUP}`, `Bearer ${GOOD}`])
  })

  it('alone is a matter of signing in, not an account that is forbidden', async () => {
    const { outcome, requests } = attempt([loginWith(SETUP, { source: 'env' })])
    expect(await outcome).toMatchObject({ kind: 'failed', error: { code: 'scope_missing', status: 'auth_required' } })
    expect(requests).toHaveLength(1)
  })

  it('is not sent at all when its file says so', async () => {
    const { outcome, requests } = attempt([loginWith(SETUP, { extra: { scopes: 'user:inference' } }), loginWith(GOOD)])
    expect(await outcome).toMatchObject({ kind: 'read' })
    expect(requests).toHaveLength(1)
  })

  it('is looked for in the environment under its own name', () => {
    expect(claude.keyNames?.environment).toEqual(['CLAUDE_CODE_OAUTH_TOKEN'])
  })
})
