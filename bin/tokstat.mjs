#!/usr/bin/env node
// Plain JavaScript that any Node can read. A Node that is too old hands over to the one that `npm ci` brought, or says
// in one sentence what is missing, instead of failing in a library.
const isNewEnough = (version) => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 24 || (major === 24 && minor >= 15)
}

if (isNewEnough(process.versions.node)) await start()
else await handOver()

async function start() {
  try {
    if (await isQuick()) return
    await import('../dist/main.mjs')
  } catch (error) {
    if (!/MODULE_NOT_FOUND$/.test(error?.code) || !/main\.mjs|quick\.cjs/.test(error.message)) throw error
    fail('tokstat is not built yet: run `npm run build` in its folder, then try again.')
  }
}

/** Status lines and cached lists are done by one small file: the whole program takes twice as long to load. */
async function isQuick() {
  const args = process.argv.slice(2)
  if (args[0] !== 'statusline' && !args.includes('--cached')) return false
  // Without an import: the first of node's own modules that is imported costs a tenth of an empty program.
  const { createRequire } = process.getBuiltinModule('node:module')
  return createRequire(import.meta.url)('../dist/quick.cjs').quick(process)
}

/** A checkout has a newer Node among its development dependencies. */
async function handOver() {
  const { existsSync } = await import('node:fs')
  const { fileURLToPath } = await import('node:url')
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const node = fileURLToPath(new URL(`../node_modules/node/bin/${name}`, import.meta.url))
  if (!existsSync(node)) {
    fail(`tokstat needs Node 24.15 or newer and this is ${process.versions.node}: install Node 24, then run it again.`)
    return
  }
  const { spawn } = await import('node:child_process')
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal tells both of us; only what is sent to this process alone must be passed on.
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143)
  })
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exitCode = 1
}
