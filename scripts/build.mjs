/** Bundles src/main.ts into dist/: one small entry, every command and heavy library its own lazily loaded chunk. */
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
const bundle = await rolldown({
  input: { main: join(root, 'src', 'main.ts') },
  cwd: root,
  platform: 'node',
  external: [/^node:/, '@napi-rs/keyring'],
  transform: { define: { 'process.env.NODE_ENV': '"production"' } },
})
await bundle.write({
  dir: dist,
  format: 'esm',
  entryFileNames: '[name].mjs',
  chunkFileNames: 'chunks/[name]-[hash].mjs',
  minify: false,
  banner:
    "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
})
await bundle.close()
