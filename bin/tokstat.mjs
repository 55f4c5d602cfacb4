#!/usr/bin/env node
// Plain JavaScript that any Node can read: it says in one sentence what is missing, instead of failing in a library.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major > 24 || (major === 24 && minor >= 15)) {
  await import('../dist/main.mjs')
} else {
  process.stderr.write(
    `tokstat needs Node 24.15 or newer and this is ${process.versions.node}: install Node 24, then run it again.\n`,
  )
  process.exitCode = 1
}
