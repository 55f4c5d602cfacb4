import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')

/** The rooms whose tests speak of time and touch no file: a file's own times do not follow a clock that is moved. */
const ROOMS = [
  'src/model/',
  'src/format/',
  'src/forecast/',
  'src/metrics/',
  'src/providers/',
  'src/alerts/rules/',
  'src/collector/',
]

interface Results {
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

describe('the suite does not rot (T19)', () => {
  it.each(['1', '10'])('runs the same %s years from now', { timeout: 120_000 }, async (years) => {
    const folder = await mkdtemp(join(tmpdir(), 'tokstat-years-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const report = join(folder, 'report.json')
    const args = [
      VITEST,
      'run',
      '--root',
      ROOT,
      '--reporter=json',
      `--outputFile=${report}`,
      '--maxWorkers=1',
      '--no-isolate',
      ...ROOMS,
    ]
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { PATH: dirname(process.execPath), TEST_YEARS_AHEAD: years },
      stdio: 'ignore',
    })
    await once(child, 'close')
    const { numPassedTests, testResults } = JSON.parse(await readFile(report, 'utf8')) as Results
    const failed = testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
    )
    expect(failed).toEqual([])
    expect(numPassedTests).toBeGreaterThan(400)
  })
})
