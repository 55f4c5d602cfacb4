import { describe, expect, it } from 'vitest'
import { Secret } from '../../model/secret.ts'
import { memoryPorts, testEnvironment } from '../testing.ts'
import { createClientFinder } from './clients.ts'

const ID = '123456-abc.apps.googleusercontent.com'
const OTHER_ID = '654321-xyz.apps.googleusercontent.com'
const PLUGIN = '/home/ada/.config/opencode/node_modules'
const CACHE = '/home/ada/.cache/opencode/node_modules'

function constants(prefix: string, id = ID, secret = 'fake-client-secret'): string {
  return `export const ${prefix}_ID = "${id}";\nexport const ${prefix}_SECRET = '${secret}';\n`
}

async function installed(provider: string, files: Record<string, string>, commands: Record<string, string> = {}) {
  const ports = memoryPorts(files)
  for (const [name, path] of Object.entries(commands)) ports.commands.set(name, path)
  const found = await createClientFinder(testEnvironment(), ports).installed(provider)
  return found.map((client) => [client.id, client.secret.reveal(), client.origin])
}

describe('clients from the environment', () => {
  it('are those of the provider, in order, the same one once', () => {
    const client = (provider: string, id: string, origin: string) => ({
      provider,
      id,
      secret: new Secret('fake'),
      origin,
    })
    const googleClients = [
      client('antigravity', ID, 'environment'),
      client('gemini-cli', OTHER_ID, 'environment'),
      client('antigravity', ID, '.env'),
      client('antigravity', OTHER_ID, '.env'),
    ]
    const finder = createClientFinder(testEnvironment({ googleClients }), memoryPorts())
    expect(finder.configured('antigravity').map((one) => [one.id, one.origin])).toEqual([
      [ID, 'environment'],
      [OTHER_ID, '.env'],
    ])
  })
})

describe('clients of installed tools', () => {
  it.each([
    ['antigravity', `${PLUGIN}/opencode-antigravity-auth/dist/src/constants.js`, 'ANTIGRAVITY_CLIENT'],
    ['antigravity', `${CACHE}/opencode-agy-auth/dist/index.js`, 'AGY_CLIENT'],
    ['gemini-cli', `${CACHE}/opencode-gemini-auth/src/constants.ts`, 'GEMINI_CLIENT'],
  ])('%s finds the constants of a plugin in %s', async (provider, path, prefix) => {
    expect(await installed(provider, { [path]: constants(prefix) })).toEqual([[ID, 'fake-client-secret', path]])
  })

  it.each([
    ['minified', `var ANTIGRAVITY_CLIENT_ID="${ID}",ANTIGRAVITY_CLIENT_SECRET="fake-client-secret";`],
    [
      'typed',
      `const ANTIGRAVITY_CLIENT_ID: string = \`${ID}\`\nconst ANTIGRAVITY_CLIENT_SECRET: string = 'fake-client-secret'`,
    ],
    ['CommonJS', `exports.ANTIGRAVITY_CLIENT_ID = '${ID}'; exports.ANTIGRAVITY_CLIENT_SECRET = 'fake-client-secret'`],
  ])('reads %s constants', async (_form, text) => {
    const path = `${PLUGIN}/opencode-antigravity-auth/dist/index.js`
    expect(await installed('antigravity', { [path]: text })).toEqual([[ID, 'fake-client-secret', path]])
  })

  it('needs both halves, and an id of Google’s form', async () => {
    const path = `${PLUGIN}/opencode-antigravity-auth/dist/index.js`
    expect(await installed('antigravity', { [path]: `export const ANTIGRAVITY_CLIENT_ID = "${ID}"` })).toEqual([])
    expect(await installed('antigravity', { [path]: constants('ANTIGRAVITY_CLIENT', 'process.env.X') })).toEqual([])
  })

  it('finds the Gemini CLI from its command, unbundled', async () => {
    const root = '/usr/lib/node_modules/@google/gemini-cli'
    const path = `${root}/node_modules/@google/gemini-cli-core/dist/src/code_assist/oauth2.js`
    const files = { [`${root}/package.json`]: '{"name": "@google/gemini-cli"}', [path]: constants('OAUTH_CLIENT') }
    expect(await installed('gemini-cli', files, { gemini: `${root}/dist/index.js` })).toEqual([
      [ID, 'fake-client-secret', path],
    ])
  })

  it('finds the Gemini CLI from its command, bundled in chunks', async () => {
    const root = '/opt/homebrew/Cellar/gemini-cli/1/libexec/lib/node_modules/@google/gemini-cli'
    const path = `${root}/bundle/chunk-ABC.js`
    const files = { [`${root}/package.json`]: '{"name":"@google/gemini-cli"}', [path]: constants('OAUTH_CLIENT') }
    expect(await installed('gemini-cli', files, { gemini: `${root}/bundle/gemini.js` })).toEqual([
      [ID, 'fake-client-secret', path],
    ])
  })

  it('does not search a package that is not the Gemini CLI', async () => {
    const root = '/usr/lib/node_modules/other'
    const files = {
      [`${root}/package.json`]: '{"name":"other"}',
      [`${root}/bundle/gemini.js`]: constants('OAUTH_CLIENT'),
    }
    expect(await installed('gemini-cli', files, { gemini: `${root}/bundle/gemini.js` })).toEqual([])
  })

  it('finds the pair in the Antigravity app by its form', async () => {
    const path = '/usr/share/antigravity/resources/app/out/main.js'
    const secret = ['GOCSPX', 'fake-not-a-secret'].join('-')
    const text = `x="9-other.apps.googleusercontent.com";a=1\nb={c:"${ID}",d:"${secret}"}`
    expect(await installed('antigravity', { [path]: text })).toEqual([[ID, secret, path]])
  })

  it('does not mix the providers', async () => {
    const files = { [`${PLUGIN}/opencode-gemini-auth/dist/index.js`]: constants('GEMINI_CLIENT') }
    expect(await installed('antigravity', files)).toEqual([])
  })
})

describe('when tools are searched', () => {
  const path = `${PLUGIN}/opencode-antigravity-auth/dist/index.js`

  it('is not before the first time a client is needed, and then once', async () => {
    const ports = memoryPorts({ [path]: constants('ANTIGRAVITY_CLIENT') })
    const finder = createClientFinder(testEnvironment(), ports)
    finder.configured('antigravity')
    expect(ports.touched).toEqual([])
    await Promise.all([finder.installed('antigravity'), finder.installed('antigravity')])
    const searched = ports.touched.length
    await finder.installed('antigravity')
    expect(searched).toBeGreaterThan(0)
    expect(ports.touched).toHaveLength(searched)
  })

  it('is again after an hour, when something may have been installed', async () => {
    const ports = memoryPorts()
    const finder = createClientFinder(testEnvironment(), ports)
    expect(await finder.installed('antigravity')).toEqual([])
    ports.files.set(path, constants('ANTIGRAVITY_CLIENT'))
    ports.clock.advance(3_599_999)
    expect(await finder.lookAgain('antigravity')).toEqual([])
    ports.clock.advance(1)
    expect(await finder.lookAgain('antigravity')).toHaveLength(1)
  })

  it('a port that fails finds nothing and is named in the log', async () => {
    const ports = memoryPorts()
    const broken = { ...ports, listFolder: () => Promise.reject(new Error('broken')) }
    expect(await createClientFinder(testEnvironment(), broken).installed('antigravity')).toEqual([])
    expect(ports.lines.map((line) => line.level)).toEqual(['warn'])
  })
})
