#!/usr/bin/env node
/**
 * What every npm script calls. Plain JavaScript for Node 18 and newer, because it is what finds a Node that is new
 * enough: the one that runs it, or the one the development dependency `node` brought.
 *
 *   node scripts/start.mjs serve|demo [flags]   builds when needed, then runs tokstat
 *   node scripts/start.mjs fuzz                 a million damaged inputs for every parser (FUZZ_RUNS=n for another number)
 *   node scripts/start.mjs kills                kill -9 at 300 moments of KILL_SEED, in three tests (KILL_ROUNDS=n for another number)
 *   node scripts/start.mjs build|test|bench|shots|docs|dashboards|verify [flags]
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const NEEDED = [24, 15]

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])
}

function findNode() {
  if (isNewEnough(process.versions.node)) return process.execPath
  const bundled = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(bundled)) return bundled
  console.error(
    `tokstat needs Node ${NEEDED.join('.')} or newer and this is ${process.versions.node}: run \`npm ci\` here (it brings its own), or install Node 24.`,
  )
  process.exit(1)
}

const node = findNode()
const bin = join(root, 'node_modules', '.bin')
const env = { ...process.env, PATH: [dirname(node), bin, process.env.PATH ?? ''].join(delimiter) }

/** Runs a program with the found Node first on PATH; resolves with its exit code. Signals reach it too. */
function run(file, args, extra = {}) {
  return new Promise((done) => {
    const child = spawn(file, args, { cwd: extra.cwd ?? root, env: { ...env, ...extra.env }, stdio: 'inherit' })
    const pass = (signal) => child.kill(signal)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass)
    child.on('error', (error) => {
      console.error(`Could not run ${file}: ${error.message}`)
      done(1)
    })
    child.on('exit', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, pass)
      done(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 1))
    })
  })
}

function tool(name) {
  const path = {
    tsc: 'typescript/bin/tsc',
    vitest: 'vitest/vitest.mjs',
    biome: '@biomejs/biome/bin/biome',
    knip: 'knip/bin/knip.js',
    publint: 'publint/src/cli.js',
  }[name]
  const file = join(root, 'node_modules', path)
  if (!existsSync(file)) {
    console.error('The development tools are not installed: run `npm ci` first.')
    process.exit(1)
  }
  return file
}

function newest(folder) {
  let latest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }
  return latest
}

function isBuilt() {
  const built = join(root, 'dist', 'main.mjs')
  if (!existsSync(built)) return false
  const sources = ['src', 'web'].map((name) => join(root, name)).filter(existsSync)
  if (sources.length === 0) return true
  const at = statSync(built).mtimeMs
  return sources.every((folder) => newest(folder) <= at) && statSync(join(root, 'package.json')).mtimeMs <= at
}

async function build(...flags) {
  return run(node, [join(root, 'scripts', 'build.mjs'), ...flags])
}

async function stopUnless(code) {
  if (code !== 0) process.exit(code)
}

/** The checks that need no running program: types, format and lint, unused code. */
async function check() {
  await stopUnless(await run(node, [tool('tsc'), '--noEmit']))
  if (existsSync(join(root, 'web', 'tsconfig.json'))) {
    await stopUnless(await run(node, [tool('tsc'), '--noEmit', '-p', join(root, 'web')]))
  }
  await stopUnless(await run(node, [tool('biome'), 'ci', '.', '--error-on-warnings']))
  await stopUnless(await run(node, [tool('knip')]))
}

const [command = 'serve', ...rest] = process.argv.slice(2)
switch (command) {
  case 'build':
    process.exit(await build())
    break
  case 'test':
    if (process.env.CI) await check()
    await stopUnless(await build())
    process.exit(await run(node, [tool('vitest'), 'run', ...rest]))
    break
  case 'verify':
    await check()
    await stopUnless(await build())
    await stopUnless(await run(node, [join(root, 'scripts', 'docs.mjs'), '--check']))
    await stopUnless(await run(node, [join(root, 'deploy', 'grafana', 'build.ts'), '--check']))
    await stopUnless(await run(node, [tool('publint'), '--strict']))
    process.exit(await run(node, [tool('vitest'), 'run', '--coverage', ...rest]))
    break
  case 'fuzz':
    env.FUZZ_RUNS ??= '1000000'
    process.exit(
      await run(node, [tool('vitest'), 'run', '-t', 'damaged answers', 'src/providers', 'src/credentials', ...rest]),
    )
    break
  case 'kills':
    env.KILL_ROUNDS ??= '300'
    await stopUnless(await build())
    process.exit(
      await run(node, [
        tool('vitest'),
        'run',
        // One after the other: the load is the test's own.
        '--no-file-parallelism',
        'src/history/kill.test.ts',
        'test/faults/alert-kill.test.ts',
        'test/faults/kill-loop.test.ts',
        ...rest,
      ]),
    )
    break
  case 'docs':
    await stopUnless(await build())
    process.exit(await run(node, [join(root, 'scripts', 'docs.mjs'), ...rest]))
    break
  case 'dashboards':
    process.exit(await run(node, [join(root, 'deploy', 'grafana', 'build.ts'), ...rest]))
    break
  case 'bench':
    await stopUnless(await build())
    process.exit(await run(node, [join(root, 'bench', 'main.ts'), ...rest]))
    break
  case 'shots':
    if (!isBuilt()) await stopUnless(await build())
    process.exit(await run(node, [join(root, 'bench', 'shots', 'main.ts'), ...rest]))
    break
  default: {
    if (!isBuilt()) await stopUnless(await build('--no-types'))
    // The folder the person stands in stays the working directory: ./antigravity-accounts.json and ./.env live there.
    const cwd = process.env.INIT_CWD ? resolve(process.env.INIT_CWD) : process.cwd()
    process.exit(await run(node, [join(root, 'bin', 'tokstat.mjs'), command, ...rest], { cwd }))
  }
}
