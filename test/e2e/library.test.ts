/** The package as a library: what is in the tarball, whether its types can be found, and the examples of its page. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createWorld } from '../../src/simulator/world.ts'
import { createMachine, type Machine } from '../helpers/machine.ts'
import { blocksOf } from '../helpers/markdown.ts'
import { packTarball } from '../helpers/packed.ts'
import { stopPrograms } from '../helpers/program.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..', '..')
const MODULES = join(ROOT, 'node_modules')
const LONG_MS = 60_000
const examples = blocksOf('docs/library.md').filter(({ language }) => language === 'ts')

let folder = ''
let tarball = ''
let app = ''
let machine: Machine | null = null

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokstat-library-'))
  tarball = await packTarball(folder)
  await run('tar', ['-xzf', tarball, '-C', folder])
  app = join(folder, 'app')
  mkdirSync(join(app, 'node_modules', '@types'), { recursive: true })
  cpSync(join(folder, 'package'), join(app, 'node_modules', 'tokstat'), { recursive: true })
  for (const name of ['@types/node', 'undici-types']) symlinkSync(join(MODULES, name), join(app, 'node_modules', name))
  writeFileSync(join(app, 'package.json'), '{"type": "module"}')
  examples.forEach(({ text }, index) => {
    writeFileSync(join(app, `example-${index}.ts`), text)
  })
}, LONG_MS)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

afterEach(async () => {
  await stopPrograms()
  await machine?.remove()
  machine = null
})

async function output(file: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await run(process.execPath, [join(app, file)], { cwd: app, env: { ...env, NO_COLOR: '1' } })
  return stdout
}

async function smallMachine(): Promise<Machine> {
  const world = createWorld({ seed: 4 })
  world.add({ provider: 'antigravity', name: 'ada', pattern: 'silent' })
  machine = await createMachine({ world, providers: ['antigravity'] })
  return machine
}

describe('the types of the package', () => {
  it(
    'are found the way ES modules are found, and fit (attw, publint)',
    async () => {
      const attw = join(MODULES, '@arethetypeswrong/cli/dist/index.js')
      const flags = ['--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii']
      const said = await run(process.execPath, [attw, ...flags, tarball])
      expect(said.stdout).toContain('node16 (from ESM): 🟢 (ESM)')
      const publint = await run(process.execPath, [join(MODULES, 'publint/src/cli.js'), 'run', tarball, '--strict'])
      expect(publint.stdout).toContain('All good!')
    },
    LONG_MS,
  )

  it('name nothing that the package does not bring', () => {
    const types = join(app, 'node_modules/tokstat/dist/types')
    const files = readdirSync(types, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.d.ts'))
    expect(files).toContain('main/library.d.ts')
    const rooms = new Set(files.map((name) => name.split('/')[0]))
    expect([...rooms].sort()).toEqual(['client', 'main', 'model'])
    for (const name of files) {
      const imported = [
        ...readFileSync(join(types, name), 'utf8').matchAll(/^(?:import|export)\b.*\bfrom '([^']+)'/gm),
      ].map((one) => one[1])
      for (const specifier of imported) expect(specifier, name).toMatch(/^\..*\.js$/)
    }
  })
})

describe('the examples of docs/library.md', () => {
  it(
    'compile in a project of somebody else, as strictly as can be',
    async () => {
      expect(examples.length).toBe(3)
      const flags = '--noEmit --strict --exactOptionalPropertyTypes --module nodenext --target es2024 --types node'
      const tsc = join(MODULES, 'typescript/bin/tsc')
      const files = examples.map((_, index) => `example-${index}.ts`)
      await run(process.execPath, [tsc, ...flags.split(' '), '--skipLibCheck', 'false', ...files], { cwd: app })
    },
    LONG_MS,
  )

  it('ask a daemon, and follow it', async () => {
    const daemon = await (await smallMachine()).serve()
    await daemon.whenAccounts('it is read', ([one]) => one?.status === 'ok')
    const listed = await output('example-0.ts', { TOKSTAT_URL: daemon.url })
    expect(listed).toMatch(/^antigravity\/ada@example\.com ok \d+ % left\nuse antigravity\/ada@example\.com: .+\n$/)
    expect(await output('example-1.ts', { TOKSTAT_URL: daemon.url })).toBe('1 accounts\n')
  })

  it('run the engine where no daemon runs, and say what is wrong with a setting', async () => {
    const one = await smallMachine()
    expect(await output('example-2.ts', one.env)).toBe('engine 1\n')
    await one.writeConfig('[polling]\nintervall = "1m"\n')
    const failed = await run(process.execPath, [join(app, 'example-2.ts')], { cwd: app, env: one.env })
    expect(failed.stderr).toContain('interval')
  })
})
