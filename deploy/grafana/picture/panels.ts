/** One panel's content as SVG or HTML, in the place and with the settings that the dashboard gives it. */
import type { Series, Span } from './ask.ts'
import type { Mapping, Panel } from './board.ts'
import { namedColour, paletteColour, textOf, thresholdColour } from './values.ts'

export interface Canvas {
  readonly panel: Panel
  readonly series: readonly Series[]
  readonly width: number
  readonly height: number
  readonly span: Span
  readonly step: number
}

export function drawPanel(canvas: Canvas): string {
  if (canvas.series.length === 0) {
    return `<div class="empty">${safe(canvas.panel.fieldConfig.defaults.noValue ?? 'No data')}</div>`
  }
  switch (canvas.panel.type) {
    case 'timeseries':
      return lines(canvas)
    case 'state-timeline':
      return states(canvas)
    case 'table':
      return table(canvas)
    case 'bargauge':
      return bars(canvas)
    case 'gauge':
      return gauges(canvas)
    case 'stat':
      return stats(canvas)
    default:
      throw new Error(`no drawing for a panel of type ${canvas.panel.type}`)
  }
}

const lastOf = (series: Series): number =>
  series.points.findLast(([, value]) => !Number.isNaN(value))?.[1] ?? Number.NaN

function rangeOf({ panel, series }: Canvas): readonly [number, number] {
  const { min, max } = panel.fieldConfig.defaults
  const all = series.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite)
  const low = min ?? all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = max ?? all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1]
  return high > low ? [low, max === undefined ? high + (high - low) * 0.05 : high] : [low, low + 1]
}

function lines(canvas: Canvas): string {
  const { panel, series, span, step } = canvas
  const legend = legendOf(canvas)
  const [width, height] = [canvas.width - legend.width, canvas.height - legend.height]
  const [low, high] = rangeOf(canvas)
  const [left, bottom, top] = [66, 20, 6]
  const x = (at: number): number => left + ((at - span.from) / (span.to - span.from)) * (width - left - 8)
  const y = (value: number): number => top + (1 - (value - low) / (high - low)) * (height - top - bottom)
  const paths = series.map(({ points }, index) => {
    const moves = points.map(([at, value], place) => {
      const before = points[place - 1]
      const isJoined = before !== undefined && at - before[0] <= step * 1.5 && Number.isFinite(before[1])
      return Number.isFinite(value) ? `${isJoined ? 'L' : 'M'}${x(at).toFixed(1)},${y(value).toFixed(1)}` : ''
    })
    return `<path d="${moves.join('')}" fill="none" stroke="${paletteColour(index)}" stroke-width="2"/>`
  })
  const clip = `<clipPath id="c${panel.id}"><rect x="${left}" width="${width - left}" height="${height - bottom + 2}"/></clipPath>`
  const graph = `<svg width="${width}" height="${height}">${clip}${axes(canvas, { low, high, x, y, right: width - 8, left, height })}<g clip-path="url(#c${panel.id})">${paths.join('')}</g></svg>`
  return `<div class="${legend.width > 0 ? 'beside' : ''}">${graph}${legend.html}</div>`
}

interface Axes {
  readonly low: number
  readonly high: number
  readonly left: number
  readonly right: number
  readonly height: number
  readonly x: (at: number) => number
  readonly y: (value: number) => number
}

function axes({ panel, span }: Canvas, { low, high, left, right, height, x, y }: Axes): string {
  const shares = [0, 0.25, 0.5, 0.75, 1].map((share) => low + share * (high - low))
  const values = shares.map(
    (value) =>
      `<line x1="${left}" x2="${right}" y1="${y(value)}" y2="${y(value)}" stroke="#2c3235"/>` +
      `<text x="${left - 6}" y="${y(value) + 4}" text-anchor="end">${safe(textOf(panel.fieldConfig.defaults, value, span.to))}</text>`,
  )
  const instants = [0.1, 0.3, 0.5, 0.7, 0.9].map((share) => span.from + share * (span.to - span.from))
  const times = instants.map((at) => {
    const clock = new Date(at * 1000).toISOString().slice(11, 16)
    return `<text x="${x(at)}" y="${height - 4}" text-anchor="middle">${clock}</text>`
  })
  return [...values, ...times].join('')
}

interface Legend {
  readonly html: string
  /** What it takes of the panel's width or height, px. */
  readonly width: number
  readonly height: number
}

/** Below: at most a third of the height. At the side: a table of the newest values. What does not fit is scrolled to. */
function legendOf({ panel, series, height, width, span }: Canvas): Legend {
  const { legend } = panel.options ?? {}
  const entry = (one: Series, value: string): string => {
    const colour = paletteColour(series.indexOf(one))
    return `<span><i style="background:${colour}"></i><em>${safe(one.name)}</em>${value}</span>`
  }
  if (legend?.placement !== 'right') {
    const tall = Math.min(Math.floor(height * 0.35), Math.ceil(series.length / 4) * 20 + 4)
    const entries = series.map((one) => entry(one, '')).join('')
    return { html: `<div class="legend" style="height:${tall}px">${entries}</div>`, height: tall, width: 0 }
  }
  const wide = Math.min(330, Math.floor(width * 0.4))
  // A series that has ended has no newest value and comes last, as in Grafana.
  const rank = (one: Series): number => (legend.sortDesc === true ? -lastOf(one) : lastOf(one))
  const rows = series.toSorted((a, b) => rank(a) - rank(b))
  const entries = rows.map((one) =>
    entry(one, `<b>${safe(textOf(panel.fieldConfig.defaults, lastOf(one), span.to))}</b>`),
  )
  const style = `width:${wide}px;height:${height}px`
  return { html: `<div class="legend rows" style="${style}">${entries.join('')}</div>`, height: 0, width: wide }
}

function states(canvas: Canvas): string {
  const { panel, series, width, height, span, step } = canvas
  const { defaults } = panel.fieldConfig
  const left = 150
  const row = Math.min(40, (height - 20) / series.length)
  const x = (at: number): number => left + (Math.max(0, at - span.from) / (span.to - span.from)) * (width - left - 8)
  const rows = series.map(({ name, points }, index) => {
    const cells = points.map(
      ([at, value]) =>
        `<rect x="${x(at - step)}" y="${index * row + 2}" width="${x(at) - x(at - step) + 0.5}" height="${row - 4}" fill="${fixedColour(panel, name) ?? (defaults.color?.mode === 'thresholds' ? thresholdColour(defaults, value) : paletteColour(index))}"/>`,
    )
    return `<text x="${left - 8}" y="${index * row + row / 2 + 4}" text-anchor="end">${safe(name)}</text>${cells.join('')}`
  })
  return `<svg width="${width}" height="${height}">${rows.join('')}</svg>`
}

function fixedColour({ fieldConfig }: Panel, name: string): string | undefined {
  const override = fieldConfig.overrides?.find(({ matcher }) => matcher.id === 'byName' && matcher.options === name)
  const value = override?.properties.find(({ id }) => id === 'color')?.value as { fixedColor?: string } | undefined
  return value?.fixedColor === undefined ? undefined : namedColour(value.fixedColor)
}

function bars({ panel, series, width, height, span }: Canvas): string {
  const { defaults } = panel.fieldConfig
  const { min = 0, max = 1 } = defaults
  // Grafana scrolls a bar gauge whose bars would be thinner than this.
  const row = Math.max(26, height / series.length)
  const rows = series.map((one) => {
    const value = lastOf(one)
    const share = Math.min(1, Math.max(0, (value - min) / (max - min)))
    const colour = thresholdColour(defaults, value)
    return `<div class="bar" style="height:${row - 6}px"><label style="width:${width * 0.34}px">${safe(one.name)}</label><div><div style="width:${share * 100}%;background:${colour}"></div></div><b style="color:${colour}">${safe(textOf(defaults, value, span.to))}</b></div>`
  })
  return `<div class="cut">${rows.join('')}</div>`
}

function gauges({ panel, series, width, height, span }: Canvas): string {
  const { defaults } = panel.fieldConfig
  const { min = 0, max = 100 } = defaults
  const { across, size: high } = tiling(series.length, width, height, 1)
  const size = Math.min(high, width / across - 8)
  const tiles = series.map((one) => {
    const value = lastOf(one)
    const share = Math.min(1, Math.max(0, (value - min) / (max - min)))
    const colour = thresholdColour(defaults, value)
    const r = size * 0.36
    return `<div class="tile" style="width:${width / across - 8}px;height:${size}px"><svg width="${size}" height="${size * 0.72}">${arc(size, r, 1, '#2c3235')}${arc(size, r, share, colour)}<text x="${size / 2}" y="${size * 0.5}" text-anchor="middle" style="fill:${colour};font-size:${Math.max(10, size * 0.15)}px">${safe(textOf(defaults, value, span.to))}</text></svg><span>${safe(one.name)}</span></div>`
  })
  return `<div class="tiles">${tiles.join('')}</div>`
}

function arc(size: number, r: number, share: number, colour: string): string {
  const turn = (part: number): string => {
    const angle = Math.PI * (1 - part)
    return `${size / 2 + r * Math.cos(angle)},${size * 0.55 - r * Math.sin(angle)}`
  }
  return `<path d="M${turn(0)}A${r},${r} 0 0 1 ${turn(Math.max(share, 0.001))}" fill="none" stroke="${colour}" stroke-width="${size * 0.1}"/>`
}

function stats({ panel, series, width, height, span }: Canvas): string {
  const { defaults } = panel.fieldConfig
  const { across, size } = tiling(series.length, width, height, 0.45)
  const mode = panel.options?.textMode
  const tiles = series.map((one) => {
    const value = lastOf(one)
    const shown = mode === 'name' ? one.name : textOf(defaults, value, span.to)
    const named = mode === 'value_and_name' || (mode === 'auto' && series.length > 1)
    const font = Math.max(11, Math.min(size * 0.45, (width / across / Math.max(4, shown.length)) * 1.5, 46))
    return `<div class="tile" style="width:${width / across - 8}px;height:${size - 4}px">${named ? `<span>${safe(one.name)}</span>` : ''}<b style="font-size:${font}px;color:${thresholdColour(defaults, value)}">${safe(shown)}</b></div>`
  })
  return `<div class="tiles">${tiles.join('')}</div>`
}

/** How many tiles stand in a row, and how tall each is. */
function tiling(count: number, width: number, height: number, aspect: number) {
  const down = Math.max(1, Math.min(count, Math.round(Math.sqrt((count * height) / (width * aspect)))))
  return { across: Math.ceil(count / down), size: height / down }
}

function table({ panel, series, span }: Canvas): string {
  const { defaults, overrides = [] } = panel.fieldConfig
  const {
    excludeByName = {},
    renameByName = {},
    indexByName = {},
  } = panel.transformations?.find(({ id }) => id === 'organize')?.options ?? {}
  const names = [...new Set(series.flatMap(({ labels }) => Object.keys(labels).sort())), 'Value']
    .filter((name) => excludeByName[name] !== true)
    .sort((a, b) => (indexByName[a] ?? 0) - (indexByName[b] ?? 0))
  const shownName = (name: string): string => renameByName[name] ?? name
  const rows = series.map((one) => ({ labels: one.labels, value: lastOf(one) }))
  const [sortBy] = panel.options?.sortBy ?? []
  if (sortBy !== undefined && sortBy.displayName === shownName('Value')) {
    rows.sort((a, b) => (sortBy.desc === true ? b.value - a.value : a.value - b.value))
  }
  const ofValue = overrides.find(({ matcher }) => matcher.options === shownName('Value') || matcher.options === 'Value')
  const unit = ofValue?.properties.find(({ id }) => id === 'unit')?.value
  const cellDefaults = typeof unit === 'string' ? { ...defaults, unit } : defaults
  const head = names.map((name) => `<th>${safe(shownName(name))}</th>`).join('')
  const body = rows.map(({ labels, value }) => {
    const cells = names.map((name) =>
      name === 'Value'
        ? `<td class="n">${safe(textOf(cellDefaults, value, span.to))}</td>`
        : `<td>${safe(wordOf(panel, name, labels[name] ?? ''))}</td>`,
    )
    return `<tr>${cells.join('')}</tr>`
  })
  return `<div class="cut"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`
}

/** A label's value, or the word that a mapping of its column has for it. */
function wordOf({ fieldConfig }: Panel, column: string, value: string): string {
  const override = fieldConfig.overrides?.find(({ matcher }) => matcher.options === column)
  const mappings = override?.properties.find(({ id }) => id === 'mappings')?.value as Mapping[] | undefined
  return mappings?.[0]?.options[value]?.text ?? value
}

export function safe(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
