import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type Plugin } from 'vite'

const PUBLIC = join(import.meta.dirname, 'public')
const SERVICE_WORKER = 'sw.js'
const PAGE = 'index.html'

/** Tells the service worker which files make this build, and which build this is. */
const listFiles: Plugin = {
  name: 'list-files',
  enforce: 'post',
  generateBundle(_options, bundle) {
    const worker = bundle[SERVICE_WORKER]
    if (worker?.type !== 'chunk') throw new Error('The build has no service worker.')
    if (worker.imports.length > 0) throw new Error('The service worker must be one file.')
    const built = Object.values(bundle)
      .filter(({ fileName }) => fileName.startsWith('assets/') || fileName === PAGE)
      .map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source] as const)
    const copied = readdirSync(PUBLIC).map((name) => [name, readFileSync(join(PUBLIC, name))] as const)
    const all = [...built, ...copied].sort(([one], [other]) => (one < other ? -1 : 1))
    const hash = createHash('sha256').update(worker.code)
    for (const [name, content] of all) hash.update(name).update(content)
    const shell = {
      version: hash.digest('hex').slice(0, 16),
      files: all.map(([name]) => name).filter((name) => name !== PAGE),
    }
    worker.code = `self.tokstatShell=${JSON.stringify(shell)};${worker.code}`
  },
}

// `base: './'`: the app works below any path (`base_path` in [server]); nothing is inlined, for the CSP knows no data:.
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  publicDir: 'public',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // The first that know `light-dark()` (spring 2024): nothing of the style sheet is rewritten for older ones.
    cssTarget: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // How long a plugin took on a busy machine is no warning for whoever builds.
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: {
        index: join(import.meta.dirname, PAGE),
        sw: join(import.meta.dirname, 'src/offline/service-worker.ts'),
      },
      // A service worker is found at the address it was registered with, whatever its content.
      output: {
        entryFileNames: ({ name }) => (name === 'sw' ? SERVICE_WORKER : 'assets/[name]-[hash].js'),
      },
    },
  },
  plugins: [listFiles],
  worker: { format: 'es' },
  logLevel: 'warn',
})
