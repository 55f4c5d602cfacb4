import { describe, expect, it } from 'vitest'
import { memoryPorts, testEnvironment } from '../testing.ts'
import { githubCopilot } from './github-copilot.ts'

const APPS = '/home/ada/.config/github-copilot/apps.json'
const HOSTS = '/home/ada/.config/github-copilot/hosts.json'

function find(files: Readonly<Record<string, unknown>>) {
  const texts = Object.entries(files).map(([path, value]) => [
    path,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  return githubCopilot.find(testEnvironment(), memoryPorts(Object.fromEntries(texts)))
}

describe("the editors' Copilot logins", () => {
  it('are read from apps.json and hosts.json, each with its host and person', async () => {
    const { credentials, reports } = await find({
      [APPS]: { 'github.com:Iv1.fakeapp': { user: 'Octocat', oauth_token: 'ghu_fake_a', githubAppId: 'Iv1.fakeapp' } },
      [HOSTS]: { 'github.com': { user: 'octocat', oauth_token: 'gho_fake_b' } },
    })
    expect(credentials.map((one) => one.secrets.accessToken?.reveal())).toEqual(['ghu_fake_a', 'gho_fake_b'])
    // One person, whatever the capitals: the roster makes one account of them.
    expect(credentials.map((one) => one.identity.subject)).toEqual(['github.com/octocat', 'github.com/octocat'])
    expect(credentials.map((one) => one.identity.login)).toEqual(['Octocat', 'octocat'])
    expect(credentials.every((one) => Object.keys(one.extra).length === 0)).toBe(true)
    expect(reports.map((one) => [one.state, one.count])).toEqual([
      ['found', 1],
      ['found', 1],
    ])
  })

  it("keep a company's login with its company", async () => {
    const { credentials } = await find({
      [APPS]: {
        'github.com:Iv1.fakeapp': { user: 'ada', oauth_token: 'ghu_fake_a' },
        'acme.ghe.com:Iv1.fakeapp': { user: 'ada', oauth_token: 'ghu_fake_b' },
      },
    })
    expect(credentials.map((one) => [one.identity.subject, one.identity.workspace, one.extra])).toEqual([
      ['github.com/ada', 'github.com', {}],
      ['acme.ghe.com/ada', 'acme.ghe.com', { host: 'acme.ghe.com' }],
    ])
  })

  it.each([
    ['an address that is no host name', 'localhost'],
    ['an IP address', '127.0.0.1'],
    ['a user in front of the host', 'ada@github.com'],
    ['blanks', 'github.com evil.example'],
    ['nothing', ''],
  ])('are left out when the host is %s, and are counted', async (_case, host) => {
    const { credentials, reports } = await find({ [APPS]: { [host]: { user: 'ada', oauth_token: 'ghu_fake' } } })
    expect(credentials).toEqual([])
    expect(reports[0]?.detail).toContain('1 entry could not be used')
  })

  it('survive broken siblings', async () => {
    const { credentials, reports } = await find({
      [APPS]: {
        'github.com': { user: 'ada', oauth_token: 'ghu_fake' },
        'github.com:a': null,
        'github.com:b': { user: 'ada' },
        'github.com:c': { oauth_token: 'two words' },
        version: 3,
      },
    })
    expect(credentials).toHaveLength(1)
    expect(reports[0]?.detail).toContain('4 entries')
  })

  it('name what cannot be understood', async () => {
    const { reports } = await find({ [APPS]: '[1]', [HOSTS]: '{ torn' })
    expect(reports.map((one) => one.state)).toEqual(['unreadable', 'unreadable'])
  })

  it.each([
    ['linux', { xdgConfigHome: '/xdg' }, '/xdg/github-copilot/apps.json'],
    ['darwin', {}, '/home/ada/Library/Application Support/github-copilot/hosts.json'],
    ['win32', { home: 'C:\\ada', localAppData: 'C:\\l' }, 'C:\\l\\github-copilot\\apps.json'],
    ['win32', { home: 'C:\\ada', appData: 'C:\\r' }, 'C:\\r\\github-copilot\\hosts.json'],
  ])('lie on %s in %j', (platform, changes, expected) => {
    const places = githubCopilot.places(testEnvironment({ platform, ...changes })).map(({ place }) => place)
    expect(places).toContain(expected)
    expect(new Set(places).size).toBe(places.length)
  })
})
