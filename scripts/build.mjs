/**
 * Bundles src/main.ts and every library it uses into dist/: one chunk with what every command needs, each command and
 * heavy library its own lazily loaded chunk; src/main/quick.ts becomes a file of its own. dist/ is made beside and
 * swapped in whole, so a program that starts meanwhile never finds half of it. The web app goes into dist/web, the types
 * of the library into dist/types; with `--no-types` there are none, for somebody who only wants to start it.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { build as buildWeb } from 'vite'
import { licenceOf, RULE } from './licences.mjs'
import { writeTypes } from './types.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dist = join(root, 'dist')
const fresh = join(root, `.tmp/dist-${process.pid}`)
const old = join(root, `.tmp/dist-old-${process.pid}`)
/** Names stay: a stack in an issue must say something. */
const MINIFY = { compress: true, mangle: false, codegen: { removeWhitespace: true } }

/**
 * Modules that are loaded before a command is known: all that the program's entry imports statically. Not the entry
 * itself: it waits for the command, and a command that shared its chunk would wait for the entry in turn.
 */
const first = new Set()
const ENTRIES = { main: join(root, 'src', 'main.ts'), library: join(root, 'src', 'main', 'library.ts') }

function followStatic(context, id) {
  for (const imported of context.getModuleInfo(id)?.importedIds ?? []) {
    if (first.has(imported)) continue
    first.add(imported)
    followStatic(context, imported)
  }
}

const findFirst = {
  name: 'find-first',
  buildEnd() {
    followStatic(this, ENTRIES.main)
  },
}

/** The licence of every library whose code is in dist/, as their licences ask. */
const collectLicences = {
  name: 'collect-licences',
  generateBundle() {
    const packages = new Map()
    for (const id of this.getModuleIds()) {
      const match = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(id)
      if (match !== null) packages.set(match[2], match[1])
    }
    const texts = [...packages]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, path]) => licenceOf(name, path))
    this.emitFile({
      type: 'asset',
      fileName: 'THIRD-PARTY-LICENSES.txt',
      source: `${texts.join(RULE)}\n`,
    })
  },
}

/** Ink asks for React's developer tools when it is told to; nobody tells it here. */
const withoutDeveloperTools = {
  name: 'without-developer-tools',
  resolveId: (id) => (id === 'react-devtools-core' ? '\0no-developer-tools' : null),
  load: (id) => (id === '\0no-developer-tools' ? 'export default {}' : null),
}

/**
 * What only shows the last readings, in one file that bin/ may ask first. CommonJS: an ES module that imports the first
 * of node's own costs a tenth of an empty program.
 */
async function buildQuick() {
  const quick = await rolldown({
    input: { quick: join(root, 'src', 'main', 'quick.ts') },
    cwd: root,
    platform: 'node',
    external: [/^node:/],
  })
  await quick.write({
    dir: fresh,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    codeSplitting: false,
    comments: false,
    minify: MINIFY,
  })
  await quick.close()
}

mkdirSync(join(root, '.tmp'), { recursive: true })
const web = buildWeb({
  configFile: join(root, 'web', 'vite.config.ts'),
  build: { outDir: join(fresh, 'web'), emptyOutDir: true },
  plugins: [collectLicences],
})
const types = process.argv.includes('--no-types') ? null : writeTypes(join(fresh, 'types'))
const bundle = await rolldown({
  input: ENTRIES,
  cwd: root,
  platform: 'node',
  external: [/^node:/, '@napi-rs/keyring'],
  transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  preserveEntrySignatures: 'allow-extension',
  plugins: [findFirst, withoutDeveloperTools, collectLicences],
})
await bundle.write({
  dir: fresh,
  format: 'esm',
  entryFileNames: '[name].mjs',
  chunkFileNames: 'chunks/[name]-[hash].mjs',
  // Each file costs a third of a millisecond at start: what every command loads is one.
  codeSplitting: { groups: [{ name: 'first', test: (id) => first.has(id), includeDependenciesRecursively: false }] },
  comments: false,
  minify: MINIFY,
})
await bundle.close()
await buildQuick()
await Promise.all([web, types])
if (existsSync(dist)) renameSync(dist, old)
renameSync(fresh, dist)
rmSync(old, { recursive: true, force: true })
