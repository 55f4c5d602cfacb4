import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const ROOT = join(import.meta.dirname, '..', '..')
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8')

interface Step {
  readonly name?: string
  readonly uses?: string
  readonly run?: string
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, { readonly 'timeout-minutes': number; readonly steps: readonly Step[] }>>
}

const workflows = readdirSync(join(ROOT, '.github/workflows')).map((name) => ({
  name,
  workflow: parse(read(`.github/workflows/${name}`)) as Workflow,
}))

describe('the workflows', () => {
  it('run no action of others unpinned, and may write nothing unless a job asks for it (L14)', () => {
    expect(workflows.map(({ name }) => name).sort()).toEqual(['ci.yml', 'release.yml'])
    for (const { name, workflow } of workflows) {
      expect(workflow.permissions, name).toEqual({ contents: 'read' })
      for (const job of Object.values(workflow.jobs)) {
        expect(job['timeout-minutes'], name).toBeGreaterThan(0)
        for (const { uses } of job.steps) if (uses !== undefined) expect(uses, name).toMatch(/@[0-9a-f]{40}$/)
      }
    }
  })

  it('publish what was verified: the packed file, with provenance, a list of its parts and sums', () => {
    const release = workflows.find(({ name }) => name === 'release.yml')?.workflow.jobs['release']
    const lines = release?.steps.flatMap(({ run }) => run?.split('\n') ?? []) ?? []
    const at = (start: string): number => lines.findIndex((line) => line.startsWith(start))
    expect(at('npm run verify')).toBeGreaterThan(0)
    expect(at('npm pack')).toBeGreaterThan(at('npm run verify'))
    expect(at('npm pkg set repository.type=git')).toBeLessThan(at('npm pack'))
    // Between the packing and the publishing nothing is built or packed again: what was tried is what goes out.
    const tried = lines.findIndex((line) => line.includes('test/e2e/installed.test.ts'))
    expect(lines[tried - 1]).toBe('export TOKSTAT_TARBALL')
    expect(tried).toBeGreaterThan(at('npm pack'))
    expect(lines[tried + 1]).toBe('sha256sum --check SHA256SUMS')
    expect(lines[at('npm publish')]).toBe('npm publish --provenance --access public ./tokstat-*.tgz')
    expect(at('npm publish')).toBeGreaterThan(tried)
    expect(lines.filter((line) => line.startsWith('npm pack'))).toHaveLength(1)
  })

  it('call scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const called = workflows.flatMap(({ workflow }) =>
      Object.values(workflow.jobs).flatMap(({ steps }) =>
        steps.flatMap(({ run }) => [...(run ?? '').matchAll(/npm run ([\w:-]+)/g)].map((match) => match[1] ?? '')),
      ),
    )
    expect(called.length).toBeGreaterThan(1)
    for (const name of called) expect(scripts).toHaveProperty(name)
  })
})
