/** What every dashboard here is made of: Grafana's own builders, with the choices of this project made once. */
import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge'
import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import * as common from '@grafana/grafana-foundation-sdk/common'
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import * as gauge from '@grafana/grafana-foundation-sdk/gauge'
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus'
import * as stat from '@grafana/grafana-foundation-sdk/stat'
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline'
import * as table from '@grafana/grafana-foundation-sdk/table'
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'

export type PanelBuilder = Builder<dashboard.Panel>

/** Colours of what is left: red under 30 %, yellow under 70 %, green above: the levels of tokstat itself. */
export type Colours = 'left-percent' | 'left-ratio' | 'bad-above-zero' | 'risk-ratio' | 'up' | 'plain'

/** One panel in the words of this project. */
export interface PanelSpec {
  /** Unique in its dashboard and never given to another panel: links and diffs hang on it. */
  readonly id: number
  readonly kind: 'bars' | 'gauge' | 'lines' | 'stat' | 'states' | 'table'
  readonly title: string
  /** What a person should know about the numbers. */
  readonly description?: string
  readonly queries: readonly QuerySpec[]
  readonly at: dashboard.GridPos
  /** A unit of Grafana: `percent`, `percentunit`, `dateTimeFromNow`, `s`, … */
  readonly unit?: string
  readonly colours?: Colours
  readonly min?: number
  readonly max?: number
  readonly decimals?: number
  /** Shown instead of "No data": an empty answer is good news in some panels. */
  readonly whenEmpty?: string
  /** Columns of a table that nobody needs. */
  readonly hideColumns?: readonly string[]
  /** The column of the value, renamed. */
  readonly valueColumn?: string
}

export interface QuerySpec {
  readonly expr: string
  readonly legend?: string
}

export interface BoardSpec {
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly tags: readonly string[]
  readonly refresh: string
  readonly from: string
  readonly variables?: readonly VariableSpec[]
  readonly panels: readonly PanelSpec[]
}

/** A choice at the top of a dashboard, filled from label values. */
export interface VariableSpec {
  readonly name: string
  readonly label: string
  /** The query of Grafana's Prometheus data source: `label_values(metric, label)`. */
  readonly query: string
  readonly many: boolean
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana fills it in, not JavaScript
const SOURCE: common.DataSourceRef = { type: 'prometheus', uid: '${datasource}' }

export function grid(x: number, y: number, w: number, h: number): dashboard.GridPos {
  return { x, y, w, h }
}

export function buildBoard(spec: BoardSpec): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([...spec.tags])
    .timezone('browser')
    .editable()
    .refresh(spec.refresh)
    .time({ from: spec.from, to: 'now' })
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .withVariable(datasourceVariable())
  for (const variable of spec.variables ?? []) builder.withVariable(queryVariable(variable))
  for (const panel of spec.panels) builder.withPanel(buildPanel(panel))
  return builder.build()
}

function datasourceVariable(): Builder<dashboard.VariableModel> {
  return new dashboard.DatasourceVariableBuilder('datasource')
    .label('Data source')
    .type('prometheus')
    .current({ selected: true, text: 'Prometheus', value: 'Prometheus' })
}

function queryVariable({ name, label, query, many }: VariableSpec): Builder<dashboard.VariableModel> {
  const builder = new dashboard.QueryVariableBuilder(name)
    .label(label)
    .query(query)
    .datasource(SOURCE)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
  if (!many) return builder
  return builder.multi(true).includeAll(true).allValue('.+').current({ selected: true, text: 'All', value: '$__all' })
}

interface AnyPanel extends PanelBuilder {
  id(id: number): AnyPanel
  title(title: string): AnyPanel
  description(text: string): AnyPanel
  datasource(source: common.DataSourceRef): AnyPanel
  gridPos(at: dashboard.GridPos): AnyPanel
  withTarget(target: Builder<prometheus.Dataquery>): AnyPanel
  unit(unit: string): AnyPanel
  min(value: number): AnyPanel
  max(value: number): AnyPanel
  decimals(count: number): AnyPanel
  noValue(text: string): AnyPanel
  thresholds(thresholds: Builder<dashboard.ThresholdsConfig>): AnyPanel
  colorScheme(colour: Builder<dashboard.FieldColor>): AnyPanel
}

function buildPanel(spec: PanelSpec): PanelBuilder {
  const panel: AnyPanel = visualisation(spec).id(spec.id).title(spec.title).datasource(SOURCE).gridPos(spec.at)
  if (spec.description !== undefined) panel.description(spec.description)
  if (spec.unit !== undefined) panel.unit(spec.unit)
  if (spec.min !== undefined) panel.min(spec.min)
  if (spec.max !== undefined) panel.max(spec.max)
  if (spec.decimals !== undefined) panel.decimals(spec.decimals)
  if (spec.whenEmpty !== undefined) panel.noValue(spec.whenEmpty)
  const colours = spec.colours ?? 'plain'
  panel.thresholds(thresholdsOf(colours))
  const byThreshold = colours !== 'plain' && spec.kind !== 'lines'
  panel.colorScheme(new dashboard.FieldColorBuilder().mode(byThreshold ? BY_THRESHOLD : BY_PALETTE))
  spec.queries.forEach((query, index) => {
    panel.withTarget(target(query, index, spec.kind === 'table'))
  })
  return panel
}

const BY_THRESHOLD = dashboard.FieldColorModeId.Thresholds
const BY_PALETTE = dashboard.FieldColorModeId.PaletteClassic

function target({ expr, legend }: QuerySpec, index: number, isTable: boolean): Builder<prometheus.Dataquery> {
  const query = new prometheus.DataqueryBuilder()
    .expr(expr)
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .datasource(SOURCE)
    .editorMode(prometheus.QueryEditorMode.Code)
  if (isTable) return query.instant().format(prometheus.PromQueryFormat.Table)
  return query.range().legendFormat(legend ?? '__auto')
}

function visualisation(spec: PanelSpec): AnyPanel {
  switch (spec.kind) {
    case 'gauge':
      return new gauge.PanelBuilder().reduceOptions(lastValue()).showThresholdLabels(false).showThresholdMarkers(true)
    case 'bars':
      return new bargauge.PanelBuilder()
        .reduceOptions(lastValue())
        .orientation(common.VizOrientation.Horizontal)
        .displayMode(common.BarGaugeDisplayMode.Basic)
    case 'stat':
      return new stat.PanelBuilder()
        .reduceOptions(lastValue())
        .textMode(
          spec.queries.some(({ legend }) => legend !== undefined) ? VALUE_AND_NAME : common.BigValueTextMode.Auto,
        )
        .colorMode(common.BigValueColorMode.Value)
        .graphMode(common.BigValueGraphMode.None)
    case 'lines':
      return new timeseries.PanelBuilder()
        .drawStyle(common.GraphDrawStyle.Line)
        .lineWidth(2)
        .fillOpacity(20)
        .showPoints(common.VisibilityMode.Never)
        .legend(new common.VizLegendOptionsBuilder().showLegend(true).placement(common.LegendPlacement.Bottom))
        .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi))
    case 'states':
      return new statetimeline.PanelBuilder().mergeValues(true).showValue(common.VisibilityMode.Never)
    case 'table':
      return new table.PanelBuilder().withTransformation(columns(spec))
  }
}

const VALUE_AND_NAME = common.BigValueTextMode.ValueAndName

function lastValue(): Builder<common.ReduceDataOptions> {
  return new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false)
}

/** Labels that say where a sample came from and not what it is about, and what the panel wants hidden. */
function columns(spec: PanelSpec): dashboard.DataTransformerConfig {
  const hidden = ['Time', '__name__', 'instance', 'job', ...(spec.hideColumns ?? [])]
  return {
    id: 'organize',
    options: {
      excludeByName: Object.fromEntries(hidden.map((name) => [name, true])),
      renameByName: spec.valueColumn === undefined ? {} : { Value: spec.valueColumn },
    },
  }
}

type Step = readonly [colour: string, from: number | null]

const STEPS: Readonly<Record<Colours, readonly Step[]>> = {
  'left-percent': [
    ['red', null],
    ['yellow', 30],
    ['green', 70],
  ],
  'left-ratio': [
    ['red', null],
    ['yellow', 0.3],
    ['green', 0.7],
  ],
  'bad-above-zero': [
    ['green', null],
    ['red', 1],
  ],
  'risk-ratio': [
    ['green', null],
    ['yellow', 0.5],
    ['red', 0.8],
  ],
  up: [
    ['red', null],
    ['green', 1],
  ],
  plain: [['green', null]],
}

function thresholdsOf(colours: Colours): Builder<dashboard.ThresholdsConfig> {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(STEPS[colours].map(([color, value]) => ({ color, value })))
}
