/** What a user gets: the packed tarball, unpacked in an empty folder with no node_modules, must run. */
import { execFile, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toAccountsDocument } from '../../src/model/document.ts'
import { DEFAULT_RULES } from '../../src/model/settings.ts'
import { SAMPLE_NOW, sampleBoard } from '../helpers/sample-board.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..', '..')

let folder = ''
let unpacked = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokstat-packed-'))
  const source = await sourceWithBuild()
  await run('npm', ['pack', '--pack-destination', folder, '--ignore-scripts'], { cwd: source })
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
  await run('tar', ['-xzf', join(folder, tarball), '-C', folder])
  unpacked = join(folder, 'package')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What npm would pack, copied: a build that somebody starts meanwhile swaps dist/ out. Made here when there is none. */
async function sourceWithBuild(): Promise<string> {
  if (!existsSync(join(ROOT, 'dist', 'main.mjs'))) {
    await run(process.execPath, [join(ROOT, 'scripts', 'build.mjs')], { cwd: ROOT })
  }
  const source = join(folder, 'source')
  mkdirSync(source)
  for (const name of ['package.json', 'bin', 'dist', 'src', 'docs', 'LICENSE', 'README.md', 'CHANGELOG.md']) {
    if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(source, name), { recursive: true })
  }
  return source
}

function tokstat(args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return run(process.execPath, [join(unpacked, 'bin', 'tokstat.mjs'), ...args], { cwd: folder, env: { HOME: folder } })
}

describe('the packed tarball', () => {
  it('holds what runs, its licences, and nothing else', () => {
    const names = readdirSync(unpacked).filter((name) => name !== 'README.md')
    expect(names.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'bin', 'dist', 'package.json'])
    expect(readdirSync(join(unpacked, 'dist')).sort()).toEqual([
      'THIRD-PARTY-LICENSES.txt',
      'chunks',
      'main.mjs',
      'quick.cjs',
      'web',
    ])
    expect(readFileSync(join(unpacked, 'dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8')).toMatch(/^commander \d/m)
  })

  it('needs no package but the keyring, and that one is optional', () => {
    const about = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as Record<string, unknown>
    expect(about['dependencies']).toBeUndefined()
    expect(Object.keys(about['optionalDependencies'] ?? {})).toEqual(['@napi-rs/keyring'])
  })

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string }
    expect((await tokstat(['version'])).stdout).toBe(`tokstat ${version}\n`)
  })

  it('shows the last readings, and says so when there are none', async () => {
    expect((await tokstat(['list', '--cached'])).stdout).toBe('no data yet\n')
    const state = join(folder, '.local', 'state', 'tokstat')
    mkdirSync(state, { recursive: true })
    const document = toAccountsDocument(sampleBoard(), SAMPLE_NOW, DEFAULT_RULES)
    writeFileSync(join(state, 'board.json'), JSON.stringify(document))
    expect((await tokstat(['list', '--cached'])).stdout).toContain('user@example.com')
  })

  it('prints the schema of its settings', async () => {
    const schema = JSON.parse((await tokstat(['config', 'schema'])).stdout) as { readonly properties: object }
    expect(Object.keys(schema.properties)).toContain('polling')
  })

  it('lists accounts with the whole engine', async () => {
    const { stdout } = await tokstat(['list', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, accounts: [] })
  })

  it('serves metrics and the API', async () => {
    const daemon = spawn(process.execPath, [join(unpacked, 'bin', 'tokstat.mjs'), 'serve', '--port', '0'], {
      cwd: folder,
      env: { HOME: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = new Promise((resolve) => daemon.once('exit', resolve))
    try {
      const url = await new Promise<string>((resolve, reject) => {
        let said = ''
        daemon.once('exit', () => reject(new Error(`serve ended: ${said}`)))
        daemon.stderr.on('data', (chunk) => {
          said += chunk
          const found = /answers at (\S+)/.exec(said)?.[1]
          if (found !== undefined) resolve(found)
        })
      })
      expect(await (await fetch(`${url}/metrics`)).text()).toContain('tokstat_build_info{version="')
      expect((await fetch(`${url}/api/openapi.json`)).status).toBe(200)
    } finally {
      daemon.kill('SIGTERM')
    }
    expect(await ended).toBe(0)
  })
})
