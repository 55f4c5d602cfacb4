/** As much of a dashboard's JSON as drawing it needs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Target {
  readonly expr: string
  readonly legendFormat?: string
  readonly instant?: boolean
  readonly range?: boolean
}

interface Step {
  readonly color: string
  readonly value: number | null
}

export interface Mapping {
  readonly type: string
  readonly options: Readonly<Record<string, { readonly text?: string; readonly color?: string }>>
}

export interface FieldDefaults {
  readonly unit?: string
  readonly min?: number
  readonly max?: number
  readonly decimals?: number
  readonly noValue?: string
  readonly color?: { readonly mode: string }
  readonly thresholds: { readonly steps: readonly Step[] }
  readonly mappings?: readonly Mapping[]
  readonly custom?: { readonly fillOpacity?: number }
}

interface Override {
  readonly matcher: { readonly id: string; readonly options: string }
  readonly properties: readonly { readonly id: string; readonly value: unknown }[]
}

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly fieldConfig: { readonly defaults: FieldDefaults; readonly overrides?: readonly Override[] }
  readonly options?: {
    readonly textMode?: string
    readonly legend?: { readonly showLegend?: boolean; readonly placement?: string; readonly sortDesc?: boolean }
    readonly sortBy?: readonly { readonly displayName: string; readonly desc?: boolean }[]
  }
  readonly targets: readonly Target[]
  readonly transformations?: readonly {
    readonly id: string
    readonly options: {
      readonly excludeByName?: Readonly<Record<string, boolean>>
      readonly renameByName?: Readonly<Record<string, string>>
      readonly indexByName?: Readonly<Record<string, number>>
    }
  }[]
}

export interface Board {
  readonly title: string
  readonly time: { readonly from: string }
  readonly panels: readonly Panel[]
  readonly templating: {
    readonly list: readonly {
      readonly name: string
      readonly label?: string
      readonly type: string
      readonly query: string
      readonly multi?: boolean
      readonly allValue?: string
    }[]
  }
}

export function readBoard(file: string): Board {
  return JSON.parse(readFileSync(join(import.meta.dirname, '..', 'dashboards', file), 'utf8')) as Board
}
