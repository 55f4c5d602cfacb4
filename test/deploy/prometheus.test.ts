import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DEPLOY } from '../helpers/dashboards.ts'
import { metricsOf, unknownMetrics } from '../helpers/promql.ts'
import { rulesIn } from '../helpers/rules.ts'
import { lookForTools } from '../helpers/tools.ts'

const folder = join(DEPLOY, 'prometheus')
const { missing, note } = lookForTools('promtool')
const rules = rulesIn(join(folder, 'rules'))
const unitTests = readdirSync(join(folder, 'tests')).map((name) => readFileSync(join(folder, 'tests', name), 'utf8'))

function promtool(...args: readonly string[]): { readonly code: number | null; readonly text: string } {
  const run = spawnSync('promtool', args, { encoding: 'utf8' })
  return { code: run.status, text: `${run.stdout}${run.stderr}` }
}

describe('the rules', () => {
  it('ask for metrics that the catalogue has, or that a rule records', () => {
    const recorded = new Set(rules.filter(({ kind }) => kind === 'record').map(({ name }) => name))
    expect(recorded.size).toBe(5)
    expect(rules.length).toBeGreaterThan(recorded.size + 9)
    for (const { name, expr } of rules) {
      expect(metricsOf(expr).length, name).toBeGreaterThan(0)
      expect(unknownMetrics(expr, recorded), name).toEqual([])
    }
  })

  it('have a unit test each, and every alert one in which it fires', () => {
    const text = unitTests.join('\n')
    for (const { kind, name } of rules) {
      const fires = new RegExp(`alertname: ${name}\\n\\s+exp_alerts:`)
      if (kind === 'alert') expect(text, name).toMatch(fires)
      else expect(text, name).toContain(name)
    }
  })
})

describe.skipIf(missing.length > 0)(`promtool${note}`, () => {
  it('accepts the configuration and the rules', () => {
    expect(promtool('check', 'config', join(folder, 'prometheus.yml'))).toMatchObject({ code: 0 })
    const files = readdirSync(join(folder, 'rules')).map((name) => join(folder, 'rules', name))
    const checked = promtool('check', 'rules', ...files)
    expect(checked.code, checked.text).toBe(0)
    expect(checked.text).toContain('11 rules found')
  })

  it('runs their unit tests', () => {
    const files = readdirSync(join(folder, 'tests')).map((name) => join(folder, 'tests', name))
    const tested = promtool('test', 'rules', ...files)
    expect(tested.code, tested.text).toBe(0)
    expect(tested.text.match(/SUCCESS/g)).toHaveLength(files.length)
  })

  it.each([
    ['a threshold', '> 0 < 0.3', '> 0 < 0.2'],
    ['a wait', 'for: 2m', 'for: 30m'],
    ['a label', 'status="auth_required"} == 1', 'status="ok"} == 1'],
    ['an exception', 'auth_required|forbidden|not_entitled|disabled', 'disabled'],
  ])('fails them when %s is another: the canary', (_what, from, to) => {
    const copy = mkdtempSync(join(tmpdir(), 'tokstat-rules-'))
    onTestFinished(() => rmSync(copy, { recursive: true, force: true }))
    cpSync(folder, copy, { recursive: true })
    const path = join(copy, 'rules', 'tokstat-alerts.yml')
    const text = readFileSync(path, 'utf8')
    expect(text).toContain(from)
    writeFileSync(path, text.replaceAll(from, to))
    const files = readdirSync(join(copy, 'tests')).map((name) => join(copy, 'tests', name))
    expect(promtool('test', 'rules', ...files).code).toBe(1)
  })
})

describe('the list of targets for file_sd', () => {
  it('has the shape Prometheus reads', () => {
    const groups = JSON.parse(readFileSync(join(folder, 'file_sd', 'tokstat.json'), 'utf8')) as {
      targets: string[]
      labels: Record<string, string>
    }[]
    for (const { targets, labels } of groups) {
      expect(targets.every((target) => /^[\w.-]+:\d+$/.test(target))).toBe(true)
      expect(Object.values(labels).every((value) => typeof value === 'string')).toBe(true)
    }
  })
})
