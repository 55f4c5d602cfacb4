/**
 * Writes the software bill of materials of the package in CycloneDX form: every library whose code is in dist/, with
 * the version and hash that the lock file names. With `--executable` that of the single executable: its Node as well.
 *
 *   node scripts/sbom.mjs > tokstat.cdx.json
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { RULE } from './licences.mjs'

const root = dirname(import.meta.dirname)

/** Every library that the build has bundled, once: the headings in the files of their licences (program and page). */
export function bundledLibraries(...licences) {
  const heads = licences.flatMap((text) => text.split(RULE).map((part) => part.slice(0, part.indexOf('\n'))))
  return [...new Set(heads)].map((head) => ({
    name: head.slice(0, head.lastIndexOf(' ')),
    version: head.slice(head.lastIndexOf(' ') + 1),
  }))
}

/** The libraries of dist/ and the Node of the executable, each with the lock file that names it. */
function partsOf({ lock, licences, node }) {
  const bundled = bundledLibraries(...licences).map((library) => ({ ...library, from: lock }))
  if (node === undefined) return bundled
  const [[path, { version }]] = Object.entries(node.packages).filter(([at]) => at !== '')
  return [...bundled, { name: path.replace('node_modules/', ''), version, from: node }]
}

/** `licences`: the texts of both files; `node`: the lock file of the executable's Node, for its own list. */
export function sbom({ about, lock, licences, node }) {
  const components = partsOf({ lock, licences, node }).map(({ name, version, from }) => {
    const entry = Object.entries(from.packages).find(
      ([path, one]) => path.endsWith(`node_modules/${name}`) && one.version === version,
    )?.[1]
    if (entry === undefined) throw new Error(`${name} ${version} is in dist/ and not in package-lock.json: build again`)
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
    const digest = Buffer.from((entry.integrity ?? '').replace(/^sha512-/, ''), 'base64').toString('hex')
    return {
      type: 'library',
      'bom-ref': purl,
      name,
      version,
      purl,
      ...(entry.license === undefined ? {} : { licenses: [{ expression: entry.license }] }),
      ...(digest === '' ? {} : { hashes: [{ alg: 'SHA-512', content: digest }] }),
    }
  })
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': `pkg:npm/${about.name}@${about.version}`,
        name: about.name,
        version: about.version,
        licenses: [{ license: { id: about.license } }],
      },
    },
    components,
  }
}

if (import.meta.main) {
  const read = (name) => readFileSync(join(root, name), 'utf8')
  const made = sbom({
    about: JSON.parse(read('package.json')),
    lock: JSON.parse(read('package-lock.json')),
    licences: [read('dist/THIRD-PARTY-LICENSES.txt'), read('dist/web/THIRD-PARTY-LICENSES.txt')],
    ...(process.argv.includes('--executable')
      ? { node: JSON.parse(read('scripts/release/node/package-lock.json')) }
      : {}),
  })
  process.stdout.write(`${JSON.stringify(made, null, 2)}\n`)
}
