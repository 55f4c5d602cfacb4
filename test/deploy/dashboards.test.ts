import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dashboardFiles } from '../../deploy/grafana/boards.ts'
import { DASHBOARDS, type Panel, shippedDashboards } from '../helpers/dashboards.ts'
import { metricsOf, unknownMetrics } from '../helpers/promql.ts'

const shipped = shippedDashboards()
const everyPanel = [...shipped].flatMap(([file, { panels }]) => panels.map((panel) => ({ file, panel })))

function panelOf(id: number): Panel {
  const panel = shipped.get('dashboard.json')?.panels.find((one) => one.id === id)
  if (panel === undefined) throw new Error(`dashboard.json has no panel ${id}`)
  return panel
}

describe('the shipped dashboards', () => {
  it('are what the builders make: npm run dashboards', () => {
    const built = dashboardFiles()
    expect([...shipped.keys()].sort()).toEqual([...built.keys()].sort())
    for (const [name, text] of built) expect(readFileSync(join(DASHBOARDS, name), 'utf8'), name).toBe(text)
  })

  it('ask for metrics that the catalogue has, and for no other', () => {
    const asked = everyPanel.flatMap(({ panel }) => panel.targets.map(({ expr }) => expr))
    expect(asked.length).toBeGreaterThan(45)
    for (const expr of asked) {
      expect(metricsOf(expr).length, expr).toBeGreaterThan(0)
      expect(unknownMetrics(expr), expr).toEqual([])
    }
    expect(unknownMetrics('sum(rate(tokstat_fetches_total{a="b"}[5m]))')).toEqual(['tokstat_fetches_total'])
  })

  it('take every panel and query from the chosen data source', () => {
    for (const [file, { templating, panels }] of shipped) {
      expect(templating.list[0], file).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' })
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills it in, not JavaScript
      for (const panel of panels) expect(panel.datasource, file).toEqual({ type: 'prometheus', uid: '${datasource}' })
    }
  })

  it('ask the present for the present, not the newest value of a range, and sort where sorting counts', () => {
    const ofTime = ['timeseries', 'state-timeline']
    for (const { file, panel } of everyPanel) {
      for (const { expr, instant, range } of panel.targets) {
        expect([instant === true, range === true], `${file}: ${panel.title}`).toEqual(
          ofTime.includes(panel.type) ? [false, true] : [true, false],
        )
        if (expr.startsWith('sort')) expect(instant, `${file}: ${panel.title}`).toBe(true)
      }
    }
  })

  it('lead from a bar or a row to its account, and to each other', () => {
    const links = everyPanel.flatMap(({ panel }) => panel.fieldConfig.defaults.links ?? [])
    expect(links.length).toBeGreaterThan(5)
    const account = shipped.get('account.json')
    const variables = account?.templating.list.map(({ name }) => `var-${name}`) ?? []
    for (const { url } of links) {
      const [path, query = ''] = url.split('?')
      expect(path).toBe(`/d/${account?.uid}`)
      for (const part of query.split('&')) expect(variables).toContain(part.split('=')[0])
    }
    for (const [file, { links: more }] of shipped)
      expect(more, file).toMatchObject([{ type: 'dashboards', tags: ['tokstat'] }])
  })

  it('have ids and uids of their own, and no panel lies on another', () => {
    const uids = [...shipped.values()].map(({ uid }) => uid)
    expect(new Set(uids).size).toBe(uids.length)
    for (const [file, { panels }] of shipped) {
      expect(new Set(panels.map(({ id }) => id)).size, file).toBe(panels.length)
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, at) => `${x + (at % w)}/${y + Math.floor(at / w)}`),
      )
      expect(new Set(cells).size, file).toBe(cells.length)
      expect(
        panels.every(({ gridPos: { x, w } }) => x + w <= 24),
        file,
      ).toBe(true)
    }
  })

  it('colour what is left with one scale, low red: 30 and 70 in percent, 0.3 and 0.7 in ratios', () => {
    const scaled = everyPanel.filter(({ panel }) =>
      panel.fieldConfig.defaults.thresholds.steps.some(({ color }) => color === 'yellow'),
    )
    expect(scaled.length).toBeGreaterThan(5)
    for (const { file, panel } of scaled) {
      const { unit, max, thresholds } = panel.fieldConfig.defaults
      const isRisk = panel.title.startsWith('Probability')
      const steps = isRisk
        ? ['green', 'yellow 0.5', 'red 0.8']
        : unit === 'percent'
          ? ['red', 'yellow 30', 'green 70']
          : ['red', 'yellow 0.3', 'green 0.7']
      const words = thresholds.steps.map(({ color, value }) => (value === null ? color : `${color} ${value}`))
      expect(words, `${file}: ${panel.title}`).toEqual(steps)
      expect(max, `${file}: ${panel.title}`).toBe(unit === 'percent' ? 100 : 1)
    }
  })
})

describe('dashboard.json', () => {
  it('takes the place of the dashboard people have: uid, title, tags, refresh, range', () => {
    expect(shipped.get('dashboard.json')).toMatchObject({
      uid: 'token-metrics-dash',
      title: 'Token Metrics Dashboard',
      tags: ['antigravity', 'tokens'],
      refresh: '1m',
      timezone: 'browser',
      time: { from: 'now-6h', to: 'now' },
    })
  })

  it('has its four panels with their titles, queries, legends and places', () => {
    const expected: readonly [number, string, string, string, string, number][] = [
      [
        1,
        'gauge',
        'Claude Models - Remaining Quota (%)',
        'antigravity_token_quota_remaining_fraction{model=~"(?i).*claude.*"} * 100',
        '{{account}} ({{model}})',
        12,
      ],
      [
        2,
        'gauge',
        'Gemini Models - Remaining Quota (%)',
        'antigravity_token_quota_remaining_fraction{model=~"(?i).*gemini.*"} * 100',
        '{{account}} ({{model}})',
        12,
      ],
      [
        3,
        'timeseries',
        'Historical Remaining Quota (%)',
        'antigravity_token_quota_remaining_fraction * 100',
        '{{account}} - {{model}}',
        24,
      ],
      [
        4,
        'stat',
        'Time Until Reset',
        'antigravity_token_quota_reset_time_seconds * 1000',
        '{{account}} - {{model}}',
        24,
      ],
    ]
    for (const [id, type, title, expr, legendFormat, width] of expected) {
      const panel = panelOf(id)
      expect(panel).toMatchObject({ type, title, targets: [{ expr, legendFormat }] })
      expect(panel.gridPos.w, title).toBe(width)
    }
    for (const id of [1, 2, 3])
      expect(panelOf(id).fieldConfig.defaults).toMatchObject({ unit: 'percent', min: 0, max: 100 })
    expect(panelOf(4).fieldConfig.defaults.unit).toBe('dateTimeFromNow')
  })

  it('adds all models, tiers, exhaustion and problems', () => {
    const titles = shipped.get('dashboard.json')?.panels.map(({ title }) => title)
    for (const title of ['All Models - Remaining Quota (%)', 'Account Tiers', 'Exhausted Models', 'Account Problems']) {
      expect(titles).toContain(title)
    }
  })
})
