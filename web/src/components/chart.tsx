import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { percentText } from '../../../src/format/percent.ts'
import { useApp } from '../app-context.ts'
import { useStore } from '../state/store.ts'
import { type ChartFacts, type Cone, coneOf, marksOn } from '../view/chart-facts.ts'
import type { Words } from '../words/words.ts'

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
  const words = useStore(app.words)
  const { locale } = words
  const theme = useStore(app.preferences, (preferences) => preferences.theme)
  useEffect(() => {
    const element = place.current
    if (element === null) return
    let plot = draw(element, facts, locale)
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }))
    resized.observe(element)
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const redraw = (): void => {
      plot.destroy()
      plot = draw(element, facts, locale)
    }
    scheme.addEventListener('change', redraw)
    return () => {
      resized.disconnect()
      scheme.removeEventListener('change', redraw)
      plot.destroy()
    }
  }, [facts, theme, locale])
  return (
    <>
      <div class="chart" ref={place} role="img" aria-label={label} />
      <ChartLegend facts={facts} words={words} />
    </>
  )
}

/** What the marks of this chart mean; a mark that is not in it is not explained. */
function ChartLegend({ facts, words }: { readonly facts: ChartFacts; readonly words: Words }): JSX.Element {
  const shown = [
    ['line', true, words.t(facts.isLeft ? 'table.left' : 'table.used')],
    ['reset', facts.resets.length > 0, words.t('table.reset')],
    ['alert', marksOn(facts).length > 0, words.t('account.legendAlert')],
    ['cone', coneOf(facts) !== null, words.t('account.forecast')],
  ] as const
  return (
    <p class="chart-legend soft small" aria-hidden="true">
      {shown.map(([mark, isShown, text]) =>
        isShown ? (
          <span key={mark}>
            <svg class={`legend-mark ${mark}`} viewBox="0 0 20 12" aria-hidden="true">
              <LegendMark mark={mark} />
            </svg>
            {text}
          </span>
        ) : null,
      )}
    </p>
  )
}

function LegendMark({ mark }: { readonly mark: 'line' | 'reset' | 'alert' | 'cone' }): JSX.Element {
  switch (mark) {
    case 'line':
      return <path d="M1 9h6V3h12" />
    case 'reset':
      return <path d="M10 0v12" />
    case 'alert':
      return <circle cx="10" cy="6" r="4" />
    case 'cone':
      return <path d="M1 6 19 1v10z" />
  }
}

interface Colours {
  readonly soft: string
  readonly line: string
  readonly accent: string
  readonly red: string
  readonly paper: string
}

/** The colours as they are here and now: a canvas knows neither variables nor `light-dark()`. */
function coloursOf(element: HTMLElement): Colours {
  const probe = element.appendChild(document.createElement('span'))
  const one = (name: string): string => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  const colours = {
    soft: one('soft'),
    line: one('line'),
    accent: one('accent'),
    red: one('red-fill'),
    paper: one('paper'),
  }
  probe.remove()
  return colours
}

/** The same colour, to be seen through. */
function faded(colour: string, opacity: number): string {
  return `color-mix(in srgb, ${colour} ${opacity * 100}%, transparent)`
}

const DAY_SECONDS = 86_400

/** Clock times, with the day where it begins; days alone where a step is one or more. */
function timeTexts(ticks: readonly number[], step: number, locale: string): string[] {
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })
  const time = new Intl.DateTimeFormat(locale, {
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

function draw(element: HTMLElement, facts: ChartFacts, locale: string): uPlot {
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
      { ...axis, font, space: 70, values: (_plot, ticks, _axis, _space, step) => timeTexts(ticks, step, locale) },
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
        fill: faded(colours.accent, 0.14),
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
  ctx.fillStyle = faded(colours.soft, 0.18)
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
