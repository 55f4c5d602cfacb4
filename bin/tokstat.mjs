#!/usr/bin/env node
// Plain JavaScript that any Node can read: it says in one sentence what is missing, instead of failing in a library.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major > 24 || (major === 24 && minor >= 15)) {
  keepCompiled()
  await import('../dist/main.mjs')
} else {
  process.stderr.write(
    `tokstat needs Node 24.15 or newer and this is ${process.versions.node}: install Node 24, then run it again.\n`,
  )
  process.exitCode = 1
}

/** Node keeps the compiled form of our own code: a status line starts a tenth faster. Where it cannot, nothing changes. */
function keepCompiled() {
  const { enableCompileCache } = process.getBuiltinModule('node:module')
  const { XDG_CACHE_HOME: cache, HOME: home } = process.env
  if (cache) enableCompileCache(`${cache}/tokstat`)
  else if (home) enableCompileCache(`${home}/.cache/tokstat`)
}
