import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { placesRead } from './describe.ts'
import { SOURCES } from './sources/all.ts'
import { createCredentialStore } from './store.ts'
import { memoryPorts, scriptedSend, TEST_NOW, testEnvironment, testReply } from './testing.ts'

const HELPERS = ['all', 'antigravity-merge']

describe('the list of sources', () => {
  it('has every file of the folder, and nothing else', () => {
    const names = readdirSync(new URL('./sources/', import.meta.url))
      .filter((name) => !name.includes('.test.'))
      .map((name) => name.replace(/\.ts$/, ''))
      .filter((name) => !HELPERS.includes(name))
    expect(names.length).toBeGreaterThanOrEqual(4)
    expect(SOURCES.map((source) => source.id).sort()).toEqual(names.sort())
  })
})

describe('the places that are described', () => {
  it.each([
    ['linux', testEnvironment({ xdgConfigHome: '/xdg', xdgDataHome: '/data', openCodeConfigDir: 'custom' })],
    ['darwin', testEnvironment({ platform: 'darwin', geminiCliHome: '/other' })],
    [
      'win32',
      testEnvironment({ platform: 'win32', home: 'C:\\ada', cwd: 'C:\\w', appData: 'C:\\r', localAppData: 'C:\\l' }),
    ],
  ])('cover everything that is touched on %s', async (_platform, environment) => {
    const ports = memoryPorts()
    const store = createCredentialStore({ environment, ports })
    await store.discover()
    const described = placesRead(environment).map(({ place }) => place)
    expect(ports.touched.length).toBeGreaterThan(5)
    expect(ports.touched.filter((path) => !described.some((place) => path.startsWith(place)))).toEqual([])
    expect(new Set(described).size).toBe(described.length)
  })

  it('cover the search for a client too', async () => {
    const environment = testEnvironment()
    const ports = memoryPorts({ '/project/antigravity-accounts.json': '{"accounts":[{"refreshToken":"1//fake"}]}' })
    const store = createCredentialStore({ environment, ports })
    const [credential] = (await store.discover()).credentials
    if (credential === undefined) throw new Error('no login was found')
    const context = { send: scriptedSend(testReply(200, {})).send, now: TEST_NOW, signal: new AbortController().signal }
    await expect(store.access(credential, context)).rejects.toMatchObject({ code: 'client_missing' })
    const described = placesRead(environment).map(({ place }) => place)
    expect(ports.touched.some((path) => path.includes('opencode-antigravity-auth'))).toBe(true)
    expect(ports.touched.filter((path) => !described.some((place) => path.startsWith(place)))).toEqual([])
  })

  it('resolve a relative OPENCODE_CONFIG_DIR as OpenCode does', () => {
    const places = placesRead(testEnvironment({ xdgConfigHome: '/xdg', openCodeConfigDir: 'work' })).map(
      ({ place }) => place,
    )
    expect(places).toContain('/xdg/opencode/work/antigravity-accounts.json')
  })
})
