import type { Bin } from './forecast-backtest.ts'

export interface Bar {
  readonly label: string
  readonly value: number
  readonly ours: boolean
}

const STYLE = `
  .paper { fill: #fbfaf8 } .ink { fill: #1c1b19 } .soft { fill: #6b6862 } .line { stroke: #cfcac2; fill: none }
  .ours { fill: #3b6fd4 } .path { stroke: #3b6fd4; fill: none } .other { fill: #a9a49b }
  text { font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums } .title { font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #131416 } .ink { fill: #e9e7e3 } .soft { fill: #a0a3aa } .line { stroke: #3a3d42 }
    .ours { fill: #7aa2ff } .path { stroke: #7aa2ff } .other { fill: #63666d }
  }`

/** Two panels: what was said against what happened, and Brier scores. Plain SVG, for light and dark pages. */
export function plot(bins: readonly Bin[], bars: readonly Bar[]): string {
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 330" role="img" aria-labelledby="t d">',
    '<title id="t">How good the forecast is</title>',
    '<desc id="d">Left: how often it ran out, against the chance that was said. Right: Brier scores; shorter is better.</desc>',
    `<style>${STYLE}\n</style>`,
    '<rect class="paper" width="760" height="330" rx="8"/>',
    ...reliabilityPanel(bins),
    ...barPanel(bars),
    '</svg>',
    '',
  ].join('\n')
}

const LEFT = 56
const TOP = 48
const SIZE = 220

function reliabilityPanel(bins: readonly Bin[]): readonly string[] {
  const x = (value: number): string => (LEFT + value * SIZE).toFixed(1)
  const y = (value: number): string => (TOP + SIZE - value * SIZE).toFixed(1)
  const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
    `<path class="line" d="M${x(0)} ${y(value)}H${x(1)}"/>`,
    `<text class="soft" x="${LEFT - 8}" y="${Number(y(value)) + 4}" text-anchor="end">${value * 100} %</text>`,
    `<text class="soft" x="${x(value)}" y="${TOP + SIZE + 18}" text-anchor="middle">${value * 100} %</text>`,
  ])
  const most = Math.max(...bins.map((bin) => bin.count))
  const dots = bins.map((bin) => {
    // Area by the logarithm of the number: most of what is said is "hardly" or "surely".
    const radius = 2 + (4 * Math.log(1 + bin.count)) / Math.log(1 + most)
    return `<circle class="ours" cx="${x(bin.said)}" cy="${y(bin.happened)}" r="${radius.toFixed(1)}"/>`
  })
  const path = bins.map((bin, index) => `${index === 0 ? 'M' : 'L'}${x(bin.said)} ${y(bin.happened)}`).join('')
  return [
    `<text class="ink title" x="${LEFT}" y="28">How often it ran out, by the chance said</text>`,
    ...ticks,
    `<path class="line" stroke-dasharray="4 4" d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}"/>`,
    `<path class="path" stroke-width="1.5" d="${path}"/>`,
    ...dots,
    `<text class="soft" x="${LEFT}" y="${TOP + SIZE + 42}">Dashed: perfect. Larger dots: more forecasts.</text>`,
  ]
}

function barPanel(bars: readonly Bar[]): readonly string[] {
  const left = 480
  const width = 200
  const step = 30
  const most = Math.max(...bars.map((bar) => bar.value))
  const rows = bars.flatMap((bar, index) => {
    const y = TOP + index * step
    const length = (bar.value / most) * width
    return [
      `<text class="ink" x="${left - 8}" y="${y + 14}" text-anchor="end">${bar.label}</text>`,
      `<rect class="${bar.ours ? 'ours' : 'other'}" x="${left}" y="${y}" width="${length.toFixed(1)}" height="18" rx="3"/>`,
      `<text class="ink" x="${(left + length + 6).toFixed(1)}" y="${y + 14}">${bar.value.toFixed(3)}</text>`,
    ]
  })
  return ['<text class="ink title" x="362" y="28">Brier score: shorter is better</text>', ...rows]
}
