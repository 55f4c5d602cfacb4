import { describe, expect, it } from 'vitest'
import { fakeJwt, memoryPorts, TEST_NOW, testEnvironment } from '../testing.ts'
import { cliProxyApi } from './cli-proxy-api.ts'

const FOLDER = '/home/ada/.cli-proxy-api'

async function find(files: Record<string, unknown>, changes = {}) {
  const entries = Object.entries(files).map(([name, body]) => [
    `${FOLDER}/${name}`,
    typeof body === 'string' ? body : JSON.stringify(body),
  ])
  return cliProxyApi.find(testEnvironment(changes), memoryPorts(Object.fromEntries(entries)))
}

const tokens = { access_token: 'ya29.fake-access', refresh_token: '1//fake-refresh', email: 'ada@example.com' }

describe('login files of CLIProxyAPI', () => {
  it('reads an Antigravity login', async () => {
    const expired = '2026-11-22T10:00:00.123456789Z'
    const found = await find({ 'antigravity-ada.json': { type: 'antigravity', ...tokens, expired, project_id: 'p-1' } })
    expect(found.credentials).toMatchObject([
      {
        provider: 'antigravity',
        slot: 'antigravity-ada.json',
        extra: { project: 'p-1' },
        identity: { workspace: 'p-1' },
      },
    ])
    expect(found.credentials[0]?.secrets.refreshToken?.reveal()).toBe('1//fake-refresh')
    expect(found.credentials[0]?.secrets.accessExpiresAt).toBe(TEST_NOW + 3_600_123)
  })

  it('reads older Gemini files with the tokens one level down, and without a type', async () => {
    const { email, ...token } = tokens
    const found = await find({ 'gemini-ada.json': { token, email, project_id: 'p' } })
    expect(found.credentials).toMatchObject([{ provider: 'gemini-cli', identity: { email: 'ada@example.com' } }])
  })

  it('computes the end from timestamp and expires_in where no end is written', async () => {
    const found = await find({ 'antigravity-a.json': { ...tokens, timestamp: TEST_NOW, expires_in: 100 } })
    expect(found.credentials[0]?.secrets.accessExpiresAt).toBe(TEST_NOW + 100_000)
  })

  it('takes the zero time of Go for unknown (T15)', async () => {
    const found = await find({ 'antigravity-a.json': { ...tokens, expired: '0001-01-01T00:00:00Z' } })
    expect(found.credentials[0]?.secrets.accessExpiresAt).toBeNull()
  })

  it('reads a Claude login without keeping its single-use refresh token', async () => {
    const owner = { account_uuid: 'account-1', organization_uuid: 'org-1' }
    const expired = '2026-11-22T10:00:00Z'
    const found = await find({ 'claude-ada.json': { type: 'claude', ...tokens, ...owner, expired } })
    expect(found.credentials).toMatchObject([
      {
        provider: 'claude',
        identity: { subject: 'account-1', workspace: 'org-1', email: 'ada@example.com' },
        secrets: { refreshToken: null, accessExpiresAt: TEST_NOW + 3_600_000 },
      },
    ])
  })

  it('reads a Codex login by the claims of its tokens, without keeping its single-use refresh token', async () => {
    const access_token = fakeJwt({
      exp: TEST_NOW / 1000 + 60,
      'https://api.openai.com/auth': { chatgpt_user_id: 'user-1', chatgpt_plan_type: 'plus' },
    })
    const login = { ...tokens, access_token, account_id: 'account-1', expired: '2026-11-20T10:00:00Z' }
    const found = await find({ 'codex-ada.json': { type: 'codex', ...login } })
    expect(found.credentials).toMatchObject([
      {
        provider: 'codex',
        identity: { subject: 'user-1', workspace: 'account-1', email: 'ada@example.com' },
        secrets: { refreshToken: null, accessExpiresAt: TEST_NOW + 60_000 },
        extra: { plan: 'plus' },
      },
    ])
    const opaque = await find({ 'codex-ada.json': { type: 'codex', ...tokens, account_id: 'org-label' } })
    expect(opaque.credentials[0]).toMatchObject({ identity: { workspace: null }, secrets: { accessExpiresAt: null } })
  })

  it('believes the type before the name', async () => {
    const found = await find({ 'gemini-ada.json': { type: 'antigravity', ...tokens } })
    expect(found.credentials.map((one) => one.provider)).toEqual(['antigravity'])
  })

  it('lists a login that is switched off', async () => {
    const found = await find({ 'antigravity-a.json': { type: 'antigravity', ...tokens, disabled: true } })
    expect(found.credentials.map((one) => one.enabled)).toEqual([false])
  })

  it('opens no file of another name, and hides no login behind a broken one', async () => {
    const ports = memoryPorts({
      [`${FOLDER}/config.json`]: '{}',
      [`${FOLDER}/antigravity-a.json`]: '{',
      [`${FOLDER}/antigravity-b.json`]: '{"type":"antigravity"}',
      [`${FOLDER}/antigravity-c.json`]: JSON.stringify(tokens),
    })
    const found = await cliProxyApi.find(testEnvironment(), ports)
    expect(found.credentials.map((one) => one.slot)).toEqual(['antigravity-c.json'])
    expect(found.reports.map((one) => one.state)).toEqual(['unreadable', 'unreadable', 'found'])
    expect(ports.touched).not.toContain(`${FOLDER}/config.json`)
  })

  it('tells a folder that may not be listed from one that is not there', async () => {
    const ports = memoryPorts()
    expect((await cliProxyApi.find(testEnvironment(), ports)).reports[0]?.state).toBe('absent')
    ports.closedFolders.add(FOLDER)
    const report = (await cliProxyApi.find(testEnvironment(), ports)).reports[0]
    expect(report).toMatchObject({ place: FOLDER, state: 'unreadable' })
    expect(report?.detail).toContain('Permission denied')
  })
})
