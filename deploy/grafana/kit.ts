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
import { statusTone, statusWord } from '../../src/format/status-words.ts'
import type { Status } from '../../src/model/problem.ts'

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
  /** A table's rows by its value; bars are sorted by their query. */
  readonly sortRows?: 'ascending' | 'descending'
  /** The legend as a table beside the lines, each with its newest value, this one first. Default: a list below. */
  readonly legendTable?: 'lowest first' | 'highest first'
  /** What a stat shows: the value (default), or the name that the legend makes. */
  readonly shows?: 'name'
  /** Words instead of numbers. */
  readonly words?: Readonly<Record<number, string>>
  /** A click on a bar or a row opens the account it is about. */
  readonly opensAccount?: boolean
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

/** The name that a query needs to count allowances instead of models. */
const BY_POOL = 'on (job, instance, provider, account, quota) group_left (pool) tokstat_quota_info'

/** What is left of each allowance: its models are used up together, and helper models say nothing about it. */
export function leftOfPools(labels: string): string {
  return `min by (provider, account, pool) (tokstat_quota_remaining_ratio{${labels},quota!~"tab_.*|chat_.*|x[.].*"} * ${BY_POOL})`
}

/** An instant of each allowance, the first of its models'. */
export function instantOfPools(metric: string, labels: string): string {
  return `min by (provider, account, pool) (${metric}{${labels},quota!~"tab_.*|chat_.*|x[.].*"} * ${BY_POOL})`
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
    .link(
      new dashboard.DashboardLinkBuilder('More of tokstat')
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags(['tokstat'])
        .asDropdown(true)
        .keepTime(true),
    )
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
  mappings(mappings: dashboard.ValueMapping[]): AnyPanel
  dataLinks(links: Builder<dashboard.DashboardLink>[]): AnyPanel
  overrideByName(name: string, properties: dashboard.DynamicConfigValue[]): AnyPanel
}

function buildPanel(spec: PanelSpec): PanelBuilder {
  const panel: AnyPanel = visualisation(spec).id(spec.id).title(spec.title).datasource(SOURCE).gridPos(spec.at)
  if (spec.description !== undefined) panel.description(spec.description)
  if (spec.unit !== undefined) panel.unit(spec.unit)
  if (spec.min !== undefined) panel.min(spec.min)
  if (spec.max !== undefined) panel.max(spec.max)
  const decimals = spec.decimals ?? (isShare(spec) ? 0 : undefined)
  if (decimals !== undefined) panel.decimals(decimals)
  if (spec.whenEmpty !== undefined) panel.noValue(spec.whenEmpty)
  const colours = spec.colours ?? 'plain'
  panel.thresholds(thresholdsOf(colours))
  const byThreshold = colours !== 'plain' && spec.kind !== 'lines'
  panel.colorScheme(new dashboard.FieldColorBuilder().mode(byThreshold ? BY_THRESHOLD : BY_PALETTE))
  if (spec.words !== undefined) panel.mappings([wordsFor(spec.words)])
  if (spec.opensAccount === true) panel.dataLinks([accountLink(spec)])
  if (spec.kind === 'states') for (const status of STATUSES) panel.overrideByName(status, [colourOf(status)])
  if (spec.kind === 'table') panel.overrideByName('status', [{ id: 'mappings', value: [STATUS_MAPPING] }])
  spec.queries.forEach((query, index) => {
    panel.withTarget(target(query, index, spec.kind))
  })
  return panel
}

/** What is left or used of a whole is written as everywhere in tokstat: without decimals. */
function isShare({ unit, max }: PanelSpec): boolean {
  return (unit === 'percent' && max === 100) || (unit === 'percentunit' && max === 1)
}

function wordsFor(words: Readonly<Record<string, string>>): dashboard.ValueMapping {
  const options = Object.fromEntries(Object.entries(words).map(([value, text], index) => [value, { text, index }]))
  return { type: dashboard.MappingType.ValueToText, options } as dashboard.ValueMapping
}

const STATUSES: readonly Status[] = [
  'ok',
  'stale',
  'auth_required',
  'forbidden',
  'rate_limited',
  'unreachable',
  'bad_response',
  'not_entitled',
  'disabled',
  'pending',
]

const STATUS_MAPPING = wordsFor(Object.fromEntries(STATUSES.map((status) => [status, statusWord(status)])))

const TONE_COLOURS = { fine: 'green', amber: 'yellow', red: 'red', grey: 'text' } as const

function colourOf(status: Status): dashboard.DynamicConfigValue {
  return { id: 'color', value: { mode: 'fixed', fixedColor: TONE_COLOURS[statusTone(status)] } }
}

function accountLink({ kind }: PanelSpec): Builder<dashboard.DashboardLink> {
  const of = (label: string): string =>
    kind === 'table' ? `\${__data.fields.${label}}` : `\${__field.labels.${label}}`
  const url = `/d/tokstat-account?var-provider=${of('provider')}&var-account=${of('account')}`
  return new dashboard.DashboardLinkBuilder('Open this account').url(url)
}

const BY_THRESHOLD = dashboard.FieldColorModeId.Thresholds
const BY_PALETTE = dashboard.FieldColorModeId.PaletteClassic

/**
 * What a panel says of the present is asked of the present: the newest value of a range would show what is gone, and
 * `sort` has no effect on a range.
 */
function target({ expr, legend }: QuerySpec, index: number, kind: PanelSpec['kind']): Builder<prometheus.Dataquery> {
  const query = new prometheus.DataqueryBuilder()
    .expr(expr)
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .datasource(SOURCE)
    .editorMode(prometheus.QueryEditorMode.Code)
  if (kind === 'table') return query.instant().format(prometheus.PromQueryFormat.Table)
  const named = query.legendFormat(legend ?? '__auto')
  return kind === 'lines' || kind === 'states' ? named.range() : named.instant()
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
        .textMode(textMode(spec))
        .colorMode(common.BigValueColorMode.Value)
        .graphMode(common.BigValueGraphMode.None)
    case 'lines':
      return new timeseries.PanelBuilder()
        .drawStyle(common.GraphDrawStyle.Line)
        .lineWidth(2)
        .fillOpacity(0)
        .showPoints(common.VisibilityMode.Never)
        .legend(legend(spec))
        .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi))
    case 'states':
      return new statetimeline.PanelBuilder().mergeValues(true).showValue(common.VisibilityMode.Never)
    case 'table':
      return tableOf(spec)
  }
}

function tableOf(spec: PanelSpec): AnyPanel {
  const panel = new table.PanelBuilder().withTransformation(columns(spec))
  if (spec.sortRows === undefined) return panel
  const rows = new common.TableSortByFieldStateBuilder()
    .displayName(spec.valueColumn ?? 'Value')
    .desc(spec.sortRows === 'descending')
  return panel.sortBy([rows])
}

function textMode({ shows, queries }: PanelSpec): common.BigValueTextMode {
  if (shows === 'name') return common.BigValueTextMode.Name
  const isNamed = queries.some(({ legend }) => legend !== undefined)
  return isNamed ? common.BigValueTextMode.ValueAndName : common.BigValueTextMode.Auto
}

function legend({ legendTable }: PanelSpec): Builder<common.VizLegendOptions> {
  const builder = new common.VizLegendOptionsBuilder().showLegend(true)
  if (legendTable === undefined) return builder.placement(common.LegendPlacement.Bottom)
  return builder
    .displayMode(common.LegendDisplayMode.Table)
    .placement(common.LegendPlacement.Right)
    .calcs(['lastNotNull'])
    .sortBy('Last *')
    .sortDesc(legendTable === 'highest first')
}

function lastValue(): Builder<common.ReduceDataOptions> {
  return new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false)
}

/** Columns from left to right: whose, what of it, how much. */
const COLUMNS = [
  'account',
  'provider',
  'pool',
  'model',
  'label',
  'quota',
  'plan',
  'status',
  'source',
  'unit',
  'event',
  'channel',
  'outcome',
  'Value',
]

/** Labels that say where a sample came from and not what it is about, and what the panel wants hidden. */
function columns(spec: PanelSpec): dashboard.DataTransformerConfig {
  const hidden = ['Time', '__name__', 'instance', 'job', ...(spec.hideColumns ?? [])]
  return {
    id: 'organize',
    options: {
      excludeByName: Object.fromEntries(hidden.map((name) => [name, true])),
      renameByName: spec.valueColumn === undefined ? {} : { Value: spec.valueColumn },
      indexByName: Object.fromEntries(COLUMNS.map((name, index) => [name, index])),
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
  // A number without a verdict has no colour of one.
  plain: [['text', null]],
}

function thresholdsOf(colours: Colours): Builder<dashboard.ThresholdsConfig> {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(STEPS[colours].map(([color, value]) => ({ color, value })))
}
