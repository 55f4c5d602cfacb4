import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryPorts, testEnvironment } from '../testing.ts'
import { parseYamlMap } from '../yaml-map.ts'
import { gh } from './gh.ts'

const HOSTS = '/home/ada/.config/gh/hosts.yml'

async function find(...lines: readonly string[]) {
  const found = await gh.find(testEnvironment(), memoryPorts({ [HOSTS]: lines.join('\n') }))
  return {
    ...found,
    report: found.reports[0],
    tokens: found.credentials.map((one) => [one.identity.subject, one.secrets.accessToken?.reveal()]),
  }
}

describe("gh's logins", () => {
  it('are read as gh writes them now: users with tokens, the active one repeated', async () => {
    const { tokens, credentials, report } = await find(
      'github.com:',
      '    git_protocol: https',
      '    users:',
      '        octocat:',
      '            oauth_token: gho_fake_octocat',
      '        ada:',
      '            oauth_token: gho_fake_ada',
      '    user: octocat',
      '    oauth_token: gho_fake_octocat',
      '',
    )
    expect(tokens).toEqual([
      ['github.com/octocat', 'gho_fake_octocat'],
      ['github.com/ada', 'gho_fake_ada'],
    ])
    expect(credentials[0]).toMatchObject({
      source: 'gh',
      slot: 'github.com/octocat',
      signInHint: 'gh auth login --hostname github.com',
    })
    expect(report).toMatchObject({ state: 'found', count: 2, detail: null })
  })

  it('are read as gh before 2.40 wrote them', async () => {
    const { tokens } = await find(
      'github.com:',
      '    user: ada',
      '    oauth_token: gho_fake_ada',
      '    git_protocol: ssh',
    )
    expect(tokens).toEqual([['github.com/ada', 'gho_fake_ada']])
  })

  it('believe the token beside the active user when the two differ', async () => {
    const { tokens } = await find(
      'github.com:',
      '    users:',
      '        ada:',
      '            oauth_token: gho_fake_old',
      '    user: ada',
      '    oauth_token: gho_fake_new',
    )
    expect(tokens).toEqual([['github.com/ada', 'gho_fake_new']])
  })

  it('that are kept in the keyring are reported as such, once', async () => {
    const { credentials, report } = await find('github.com:', '    users:', '        ada:', '    user: ada')
    expect(credentials).toEqual([])
    expect(report?.state).toBe('empty')
    expect(report?.detail).toMatch(/^1 login is kept in the system keyring/)
  })

  it("keep a company's token with the company's host, and read each host's own block", async () => {
    const { credentials } = await find(
      'github.com:',
      '    user: ada',
      '    oauth_token: gho_fake_public',
      'acme.ghe.com:',
      '    user: ada',
      '    oauth_token: gho_fake_acme',
    )
    expect(credentials.map((one) => [one.extra['host'] ?? null, one.secrets.accessToken?.reveal()])).toEqual([
      [null, 'gho_fake_public'],
      ['acme.ghe.com', 'gho_fake_acme'],
    ])
  })

  it('are read through quotes, comments, CRLF and a byte order mark', async () => {
    const { tokens } = await find(
      '\uFEFF# written by hand\r',
      '---\r',
      '"github.com": # the usual one\r',
      "  user: '123'\r",
      '  oauth_token: "gho_fake" # secret\r',
    )
    expect(tokens).toEqual([['github.com/123', 'gho_fake']])
  })

  it.each([
    ['a list', ['github.com:', '    - user: ada']],
    ['an anchor', ['github.com: &a', '    user: ada']],
    ['a block text', ['github.com:', '    oauth_token: |', '        gho_fake']],
    ['a flow map', ['github.com: {user: ada, oauth_token: gho_fake}']],
    ['a tab', ['github.com:', '\toauth_token: gho_fake']],
    ['a key twice', ['github.com:', '    user: ada', 'github.com:', '    user: eve']],
    ['a line between two depths', ['github.com:', '    user: ada', '  oauth_token: gho_fake']],
    ['a depth under a value', ['github.com:', '    user: ada', '        oauth_token: gho_fake']],
    ['an open quote', ['github.com:', '    oauth_token: "gho_fake']],
  ])('are not guessed at in a file with %s', async (_case, lines) => {
    const { credentials, report } = await find(...lines)
    expect(credentials).toEqual([])
    expect(report).toMatchObject({ state: 'unreadable', detail: 'The file is not in the form that gh writes.' })
  })

  it.each([
    ['GH_CONFIG_DIR', testEnvironment({ ghConfigDir: '/own', xdgConfigHome: '/xdg' }), '/own/hosts.yml'],
    ['XDG_CONFIG_HOME', testEnvironment({ xdgConfigHome: '/xdg' }), '/xdg/gh/hosts.yml'],
    [
      'Windows',
      testEnvironment({ platform: 'win32', home: 'C:\\ada', appData: 'C:\\r' }),
      'C:\\r\\GitHub CLI\\hosts.yml',
    ],
  ])('lie where gh looks: %s', (_case, environment, expected) => {
    expect(gh.places(environment).map(({ place }) => place)).toEqual([expected])
  })
})

describe('the reader of maps', () => {
  it('never throws, and gives back what was written', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9._-]{0,8}$/).filter((one) => one !== 'null')
    fc.assert(
      fc.property(fc.dictionary(word, fc.dictionary(word, word, { minKeys: 1, maxKeys: 4 }), { maxKeys: 4 }), (map) => {
        const text = Object.entries(map).map(([host, facts]) => {
          const lines = Object.entries(facts).map(([key, value]) => `    ${key}: ${value}\n`)
          return `${host}:\n${lines.join('')}`
        })
        const read = parseYamlMap(text.join(''))
        const plain = [...(read ?? [])].map(([host, facts]) => [host, Object.fromEntries(facts as Map<string, string>)])
        expect(Object.fromEntries(plain)).toEqual({ ...map })
      }),
      { numRuns: 500 },
    )
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ':', ' ', '\n', '"', "'", '-', '#', '{', '}', '|') }),
        (text) => {
          const read = parseYamlMap(text)
          expect(read === null || read instanceof Map).toBe(true)
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('answers at once for long lines', () => {
    expect(parseYamlMap(`${'a '.repeat(50_000)}b`)).toBeNull()
    expect(parseYamlMap(`${'"'.repeat(100_000)}:`)).toBeNull()
  })
})
