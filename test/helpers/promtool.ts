/** Runs `promtool check metrics`. In CI a missing promtool is a failure; elsewhere the check is left out. */
import { spawnSync } from 'node:child_process'

export interface PromtoolResult {
  readonly installed: boolean
  readonly complaints: string
  readonly exitCode: number | null
}

export function checkMetrics(page: string): PromtoolResult {
  const run = spawnSync('promtool', ['check', 'metrics'], { input: page, encoding: 'utf8' })
  const installed = run.error === undefined
  if (!installed && process.env['CI'] === 'true') throw new Error('promtool is needed in CI')
  return { installed, complaints: `${run.stdout ?? ''}${run.stderr ?? ''}`, exitCode: run.status }
}
