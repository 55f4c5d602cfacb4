/**
 * Writes the software bill of materials of the package in CycloneDX form: every library whose code is in dist/, with
 * the version and hash that the lock file names.
 *
 *   node scripts/sbom.mjs > tokstat.cdx.json
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)

/** `name version` of every library that the build has bundled: the headings of the file of their licences. */
export function bundledLibraries(licences) {
  const heads = licences.split(`\n\n${'-'.repeat(80)}\n\n`).map((text) => text.slice(0, text.indexOf('\n')))
  return heads.map((head) => ({
    name: head.slice(0, head.lastIndexOf(' ')),
    version: head.slice(head.lastIndexOf(' ') + 1),
  }))
}

export function sbom({ about, lock, licences }) {
  const components = bundledLibraries(licences).map(({ name, version }) => {
    const entry = Object.entries(lock.packages).find(
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
    licences: read('dist/THIRD-PARTY-LICENSES.txt'),
  })
  process.stdout.write(`${JSON.stringify(made, null, 2)}\n`)
}
