/** The tarball that `npm publish` would send. */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..', '..')

/**
 * Packs what is built into `folder`; the path of the file. Everything that package.json names must be there. A release
 * names the file that it is about to publish instead: `TOKSTAT_TARBALL`.
 */
export async function packTarball(folder: string): Promise<string> {
  const published = process.env['TOKSTAT_TARBALL']
  if (published !== undefined) {
    cpSync(published, join(folder, basename(published)))
    return join(folder, basename(published))
  }
  if (!existsSync(join(ROOT, 'dist', 'main.mjs'))) throw new Error('tokstat is not built: run `npm run build` first')
  const about = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly files: readonly string[] }
  // A copy: a build that somebody starts meanwhile swaps dist/ out.
  const source = join(folder, 'source')
  mkdirSync(source)
  for (const name of ['package.json', ...about.files]) cpSync(join(ROOT, name), join(source, name), { recursive: true })
  await run('npm', ['pack', '--pack-destination', folder, '--ignore-scripts', '--offline'], { cwd: source })
  const packed = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  if (packed === undefined) throw new Error('npm pack wrote no file')
  return join(folder, packed)
}
