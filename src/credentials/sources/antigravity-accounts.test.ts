import { describe, expect, it } from 'vitest'
import type { Credential } from '../../model/credential.ts'
import { memoryPorts, TEST_NOW, testEnvironment } from '../testing.ts'
import { antigravityAccounts } from './antigravity-accounts.ts'

const OWN = '/home/ada/.config/opencode/antigravity-accounts.json'
const LOCAL = '/project/antigravity-accounts.json'

async function find(files: Record<string, unknown>, changes = {}) {
  const texts = Object.entries(files).map(([path, body]) => [
    path,
    typeof body === 'string' ? body : JSON.stringify(body),
  ])
  return antigravityAccounts.find(testEnvironment(changes), memoryPorts(Object.fromEntries(texts)))
}

function refreshOf(credential: Credential | undefined): string | undefined {
  return credential?.secrets.refreshToken?.reveal()
}

function account(name: string, more: Record<string, unknown> = {}) {
  return { email: `${name}@example.com`, refreshToken: `1//fake-${name}`, ...more }
}

function file(accounts: readonly unknown[], more: Record<string, unknown> = {}) {
  return { version: 4, accounts, activeIndex: 0, ...more }
}

describe('versions of antigravity-accounts.json', () => {
  it.each([1, 2, 3, 4, undefined])('reads version %s', async (version) => {
    const found = await find({ [OWN]: { version, accounts: [account('ada')] } })
    expect(found.credentials.map(refreshOf)).toEqual(['1//fake-ada'])
    expect(found.credentials[0]).toMatchObject({
      provider: 'antigravity',
      source: 'antigravity-accounts',
      owner: 'other',
      origin: OWN,
      enabled: true,
      signInHint: 'opencode auth login',
    })
  })

  it('names a newer version instead of ignoring the file', async () => {
    const found = await find({ [OWN]: { version: 5, accounts: [account('ada')] } })
    expect(found.credentials).toEqual([])
    const report = found.reports.find((one) => one.place === OWN)
    expect(report).toMatchObject({ state: 'unreadable', count: 0, hint: 'Update tokstat.' })
    expect(report?.detail).toContain('Newer file version (5)')
  })

  it('turns the one clock of version 1 into one for each family', async () => {
    const until = TEST_NOW + 60_000
    const found = await find({
      [OWN]: { version: 1, accounts: [account('ada', { isRateLimited: true, rateLimitResetTime: until })] },
    })
    expect(JSON.parse(found.credentials[0]?.extra['cooldowns'] ?? '')).toEqual({
      claude: until,
      'gemini-antigravity': until,
    })
  })

  it('keeps clocks that are still to come, under the names of version 3', async () => {
    const times = {
      claude: TEST_NOW - 1,
      gemini: TEST_NOW + 1000,
      'gemini-cli:gemini-2.5-pro': TEST_NOW + 2000,
      odd: 'x',
    }
    const found = await find({ [OWN]: file([account('ada', { rateLimitResetTimes: times })]) })
    expect(JSON.parse(found.credentials[0]?.extra['cooldowns'] ?? '')).toEqual({
      'gemini-antigravity': TEST_NOW + 1000,
      'gemini-cli:gemini-2.5-pro': TEST_NOW + 2000,
    })
  })

  it('says nothing of clocks when none is to come', async () => {
    const found = await find({ [OWN]: file([account('ada', { rateLimitResetTimes: { claude: TEST_NOW } })]) })
    expect(found.credentials[0]?.extra).toEqual({})
  })
})

describe('spellings', () => {
  it('takes the camelCase token where both are there', async () => {
    const found = await find({ [LOCAL]: { accounts: [account('ada', { refresh_token: '1//fake-other' })] } })
    expect(found.credentials.map(refreshOf)).toEqual(['1//fake-ada'])
  })

  it('reads the snake_case token of the older exporter', async () => {
    const found = await find({
      [LOCAL]: { accounts: [{ email: 'ada@example.com', refresh_token: '1//fake-ada', project_id: 'p-1' }] },
    })
    expect(found.credentials.map(refreshOf)).toEqual(['1//fake-ada'])
    expect(found.credentials[0]?.extra['project']).toBe('p-1')
  })

  it.each([
    ['1//fake-ada', undefined],
    ['1//fake-ada|p-1', 'p-1'],
    ['1//fake-ada|p-1|m-1', 'm-1'],
    ['1//fake-ada||m-1', 'm-1'],
    [' 1//fake-ada | p-1 | ', 'p-1'],
  ])('unpacks %s', async (refreshToken, project) => {
    const found = await find({ [OWN]: file([account('ada', { refreshToken })]) })
    expect(refreshOf(found.credentials[0])).toBe('1//fake-ada')
    expect(found.credentials[0]?.extra['project']).toBe(project)
    expect(found.credentials[0]?.identity.workspace).toBe(project ?? null)
  })

  it.each([
    [{ managedProjectId: 'managed', projectId: 'own' }, 'managed'],
    [{ quotaProjectId: 'quota', projectId: 'own' }, 'quota'],
    [{ projectId: 'own' }, 'packed-managed'],
    [{ projectID: 'own', refreshToken: '1//fake-ada|packed' }, 'own'],
    [{ project_id: 'own', refreshToken: '1//fake-ada|packed' }, 'own'],
    [{ refreshToken: '1//fake-ada|packed' }, 'packed'],
    [{ refreshToken: '1//fake-ada' }, 'from-environment'],
  ])('prefers the right project of %j', async (fields, project) => {
    const entry = account('ada', { refreshToken: '1//fake-ada|packed|packed-managed', ...fields })
    const found = await find({ [OWN]: file([entry]) }, { fallbackProjects: { antigravity: 'from-environment' } })
    expect(found.credentials[0]?.extra['project']).toBe(project)
  })

  it('does not take a project of the environment for part of the identity', async () => {
    const found = await find({ [OWN]: file([account('ada')]) }, { fallbackProjects: { antigravity: 'shared' } })
    expect(found.credentials[0]?.identity.workspace).toBeNull()
  })
})

describe('which account is in use', () => {
  const three = [account('ada'), account('bob'), account('cyd')]
  const marks = async (more: Record<string, unknown>, accounts: readonly unknown[] = three) => {
    const found = await find({ [OWN]: { version: 4, accounts, ...more } })
    return found.credentials.map((one) => [one.active, [...one.activeFor].sort().join(' ')])
  }

  it('takes a family’s own index before the common one', async () => {
    expect(await marks({ activeIndex: 0, activeIndexByFamily: { claude: 2 } })).toEqual([
      [true, 'gemini'],
      [false, ''],
      [false, 'claude'],
    ])
  })

  it('clamps an index that is past the end or below the start', async () => {
    expect(await marks({ activeIndex: 9, activeIndexByFamily: { claude: -3 } })).toEqual([
      [false, 'claude'],
      [false, ''],
      [true, 'gemini'],
    ])
  })

  it('takes the first account that is switched on when nothing is said', async () => {
    expect(await marks({}, [account('ada', { enabled: false }), account('bob')])).toEqual([
      [false, ''],
      [true, 'claude gemini'],
    ])
  })

  it('counts broken entries when it follows an index', async () => {
    expect(await marks({ activeIndex: 2 }, [account('ada'), { email: 'broken@example.com' }, account('bob')])).toEqual([
      [false, ''],
      [true, 'claude gemini'],
    ])
  })

  it('lists an account that its owner switched off', async () => {
    const found = await find({ [OWN]: file([account('ada', { enabled: false })]) })
    expect(found.credentials.map((one) => one.enabled)).toEqual([false])
  })
})

describe('broken content', () => {
  it('hides no account behind a broken one, and counts what it left out', async () => {
    const found = await find({
      [OWN]: file([
        null,
        7,
        'text',
        [],
        {},
        { refreshToken: 5 },
        { refreshToken: '  ' },
        { refreshToken: 'a\nb' },
        account('ada'),
      ]),
    })
    expect(found.credentials.map(refreshOf)).toEqual(['1//fake-ada'])
    const report = found.reports.find((one) => one.place === OWN)
    expect(report).toMatchObject({ state: 'found', count: 1 })
    expect(report?.detail).toContain('8 entries')
  })

  it.each([
    ['{ "accounts": [', 'unreadable'],
    ['', 'unreadable'],
    ['[]', 'unreadable'],
    ['{}', 'unreadable'],
    ['{"accounts": {}}', 'unreadable'],
    ['{"accounts": []}', 'empty'],
  ])('does not let %j hide a good file', async (text, state) => {
    const found = await find({ [LOCAL]: text, [OWN]: file([account('ada')]) })
    expect(found.credentials.map(refreshOf)).toEqual(['1//fake-ada'])
    expect(found.reports.find((one) => one.place === LOCAL)?.state).toBe(state)
  })
})

describe('the four places', () => {
  const env = { xdgConfigHome: '/xdg', openCodeConfigDir: '/custom' }

  it('merges all of them', async () => {
    const found = await find(
      {
        [LOCAL]: file([account('ada')]),
        '/custom/antigravity-accounts.json': file([account('bob')]),
        '/xdg/opencode/antigravity-accounts.json': file([account('cyd')]),
        [OWN]: file([account('dan')]),
      },
      env,
    )
    expect(found.credentials.map((one) => one.identity.email?.[0])).toEqual(['a', 'b', 'c', 'd'])
    expect(found.watched).toEqual([
      LOCAL,
      '/custom/antigravity-accounts.json',
      '/xdg/opencode/antigravity-accounts.json',
      OWN,
    ])
  })

  it('reports every place, also those that are not there', async () => {
    const found = await find({}, env)
    expect(found.reports.map((one) => one.state)).toEqual(['absent', 'absent', 'absent', 'absent'])
  })

  it('believes the owner’s file about what is in use, and one file only', async () => {
    const found = await find({ [LOCAL]: file([account('ada')]), [OWN]: file([account('bob')]) })
    expect(found.credentials.map((one) => [one.identity.email, one.active])).toEqual([
      ['ada@example.com', false],
      ['bob@example.com', true],
    ])
  })
})

describe('the same account twice', () => {
  it('keeps a refresh token once, as it was last used, with the marks of its owner', async () => {
    const local = account('ada', { lastUsed: TEST_NOW - 5, enabled: false })
    const found = await find({ [LOCAL]: file([local]), [OWN]: file([account('ada', { lastUsed: TEST_NOW - 9 })]) })
    expect(found.credentials).toHaveLength(1)
    expect(found.credentials[0]).toMatchObject({ origin: LOCAL, enabled: false, active: true, updatedAt: TEST_NOW - 5 })
  })

  it('keeps the newest login of one e-mail and project', async () => {
    const old = account('ada', { projectId: 'p', addedAt: TEST_NOW - 9, refreshToken: '1//fake-old' })
    const fresh = account('ADA', {
      email: 'Ada@Example.com',
      projectId: 'p',
      lastUsed: TEST_NOW - 1,
      refreshToken: '1//fake-new',
    })
    const found = await find({ [OWN]: file([old, fresh]) })
    expect(found.credentials.map(refreshOf)).toEqual(['1//fake-new'])
  })

  it('keeps both when one e-mail has two projects', async () => {
    const found = await find({
      [OWN]: file([
        account('ada', { projectId: 'p', refreshToken: '1//fake-1' }),
        account('ada', { projectId: 'q', refreshToken: '1//fake-2' }),
      ]),
    })
    expect(found.credentials.map((one) => one.extra['project'])).toEqual(['p', 'q'])
  })

  it('takes a project that is not named for the only one that is known', async () => {
    const found = await find({
      [OWN]: file([
        account('ada', { projectId: 'p', addedAt: TEST_NOW - 9, refreshToken: '1//fake-old' }),
        account('ada', { addedAt: TEST_NOW - 1, refreshToken: '1//fake-new' }),
      ]),
    })
    expect(found.credentials.map(refreshOf)).toEqual(['1//fake-new'])
  })

  it('drops nothing when a login without a project could be one of two', async () => {
    const found = await find({
      [OWN]: file([
        account('ada', { refreshToken: '1//fake-0' }),
        account('ada', { projectId: 'p', refreshToken: '1//fake-1' }),
        account('ada', { projectId: 'q', refreshToken: '1//fake-2' }),
      ]),
    })
    expect(found.credentials).toHaveLength(3)
  })

  it('never takes two logins without an e-mail for one', async () => {
    const found = await find({ [OWN]: file([{ refreshToken: '1//fake-1' }, { refreshToken: '1//fake-2' }]) })
    expect(found.credentials.map((one) => one.slot)).toEqual(['account 1', 'account 2'])
  })
})
