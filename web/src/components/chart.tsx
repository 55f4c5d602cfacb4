import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { percentText } from '../../../src/format/percent.ts'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import { type ChartFacts, type Cone, coneOf, marksOn } from '../view/chart-facts.ts'

interface ChartProps {
  readonly facts: ChartFacts
  readonly label: string
}

const HEIGHT = 260

/**
 * An area over time: resets as hairlines, alerts as dots, the forecast as a cone. A canvas cannot be read by everybody,
 * so the same numbers stand in a table below it.
 */
export function Chart({ facts, label }: ChartProps): JSX.Element {
  const app = useApp()
  const place = useRef<HTMLDivElement>(null)
  const language = useStore(app.words, (words) => words.language)
  const theme = useStore(app.preferences, (preferences) => preferences.theme)
  useEffect(() => {
    const element = place.current
    if (element === null) return
    let plot = draw(element, facts, language)
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }))
    resized.observe(element)
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const redraw = (): void => {
      plot.destroy()
      plot = draw(element, facts, language)
    }
    scheme.addEventListener('change', redraw)
    return () => {
      resized.disconnect()
      scheme.removeEventListener('change', redraw)
      plot.destroy()
    }
  }, [facts, theme, language])
  return <div class="chart" ref={place} role="img" aria-label={label} />
}

interface Colours {
  readonly ink: string
  readonly soft: string
  readonly line: string
  readonly accent: string
  readonly red: string
  readonly paper: string
}

function coloursOf(element: HTMLElement): Colours {
  const style = getComputedStyle(element)
  const one = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  return {
    ink: one('ink'),
    soft: one('soft'),
    line: one('line'),
    accent: one('accent'),
    red: one('red-fill'),
    paper: one('paper'),
  }
}

const DAY_SECONDS = 86_400

/** Clock times, with the day where it begins; days alone where a step is one or more. */
function timeTexts(ticks: readonly number[], step: number, language: string): string[] {
  const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' })
  const time = new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    ...(step < 60 ? { second: '2-digit' } : {}),
    hourCycle: 'h23',
  })
  let last = ''
  return ticks.map((tick) => {
    const date = day.format(tick * 1000)
    if (step >= DAY_SECONDS) return date
    const isNewDay = date !== last && last !== ''
    last = date
    return isNewDay ? `${time.format(tick * 1000)}\n${date}` : time.format(tick * 1000)
  })
}

function draw(element: HTMLElement, facts: ChartFacts, language: string): uPlot {
  const colours = coloursOf(element)
  const axis = {
    stroke: colours.soft,
    grid: { stroke: colours.line, width: 1 },
    ticks: { stroke: colours.line, width: 1 },
  }
  const stepped = uPlot.paths.stepped?.({ align: 1 })
  const font = '12px system-ui, sans-serif'
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [10, 30, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    scales: {
      x: { time: true, range: () => [facts.from / 1000, facts.until / 1000] },
      y: { range: (_plot, _least, most) => [0, facts.isShare ? Math.max(1, most) : most * 1.1 || 1] },
    },
    axes: [
      { ...axis, font, space: 70, values: (_plot, ticks, _axis, _space, step) => timeTexts(ticks, step, language) },
      {
        ...axis,
        font,
        size: 56,
        values: (_plot, ticks) => ticks.map((tick) => (facts.isShare ? percentText(tick) : String(tick))),
      },
    ],
    series: [
      {},
      {
        stroke: colours.accent,
        width: 1.75,
        fill: `${colours.accent}24`,
        points: { show: false },
        ...(stepped === undefined ? {} : { paths: stepped }),
      },
    ],
    hooks: {
      drawClear: [(plot) => drawBehind(plot, facts, colours)],
      draw: [(plot) => drawAlerts(plot, facts, colours)],
    },
  }
  return new uPlot(options, [facts.times.slice(), facts.values.slice()], element)
}

function drawBehind(plot: uPlot, facts: ChartFacts, colours: Colours): void {
  const { ctx } = plot
  ctx.save()
  ctx.beginPath()
  ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height)
  ctx.clip()
  for (const at of facts.resets) line(plot, at, colours.soft, [3, 4])
  line(plot, facts.now, colours.line, [])
  const cone = coneOf(facts)
  if (cone !== null) drawCone(plot, cone, colours)
  ctx.restore()
}

function line(plot: uPlot, at: number, colour: string, dash: number[]): void {
  const x = Math.round(plot.valToPos(at / 1000, 'x', true)) + 0.5
  plot.ctx.setLineDash(dash)
  plot.ctx.strokeStyle = colour
  plot.ctx.lineWidth = 1
  plot.ctx.beginPath()
  plot.ctx.moveTo(x, plot.bbox.top)
  plot.ctx.lineTo(x, plot.bbox.top + plot.bbox.height)
  plot.ctx.stroke()
  plot.ctx.setLineDash([])
}

function drawCone(plot: uPlot, cone: Cone, colours: Colours): void {
  const { ctx } = plot
  const at = ({ at: x, value }: Cone['start']): [number, number] => [
    plot.valToPos(x / 1000, 'x', true),
    plot.valToPos(value, 'y', true),
  ]
  ctx.beginPath()
  ctx.moveTo(...at(cone.start))
  ctx.lineTo(...at(cone.fast))
  if (cone.corner !== null) ctx.lineTo(...at(cone.corner))
  ctx.lineTo(...at(cone.slow))
  ctx.closePath()
  ctx.fillStyle = `${colours.soft}2e`
  ctx.fill()
  ctx.beginPath()
  ctx.moveTo(...at(cone.start))
  ctx.lineTo(...at(cone.middle))
  ctx.setLineDash([5, 4])
  ctx.strokeStyle = colours.soft
  ctx.lineWidth = 1.5
  ctx.stroke()
  ctx.setLineDash([])
}

function drawAlerts(plot: uPlot, facts: ChartFacts, colours: Colours): void {
  const { ctx } = plot
  for (const { at, value } of marksOn(facts)) {
    ctx.beginPath()
    ctx.arc(plot.valToPos(at / 1000, 'x', true), plot.valToPos(value, 'y', true), 5 * devicePixelRatio, 0, 2 * Math.PI)
    ctx.fillStyle = colours.red
    ctx.fill()
    ctx.lineWidth = 2
    ctx.strokeStyle = colours.paper
    ctx.stroke()
  }
}
