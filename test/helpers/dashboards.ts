/** The dashboards as they are shipped. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy')
export const DASHBOARDS = join(DEPLOY, 'grafana', 'dashboards')

interface Threshold {
  readonly color: string
  readonly value: number | null
}

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly datasource: { readonly type: string; readonly uid: string }
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly fieldConfig: {
    readonly defaults: {
      readonly unit?: string
      readonly min?: number
      readonly max?: number
      readonly noValue?: string
      readonly links?: readonly { readonly title: string; readonly url: string }[]
      readonly thresholds: { readonly steps: readonly Threshold[] }
    }
  }
  readonly targets: readonly {
    readonly expr: string
    readonly refId: string
    readonly legendFormat?: string
    readonly instant?: boolean
    readonly range?: boolean
  }[]
}

export interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly tags: readonly string[]
  readonly refresh: string
  readonly timezone: string
  readonly links: readonly { readonly type: string; readonly tags: readonly string[] }[]
  readonly time: { readonly from: string; readonly to: string }
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: string }[]
  }
  readonly panels: readonly Panel[]
}

export function shippedDashboards(): ReadonlyMap<string, Dashboard> {
  const names = readdirSync(DASHBOARDS).filter((name) => name.endsWith('.json'))
  return new Map(names.map((name) => [name, JSON.parse(readFileSync(join(DASHBOARDS, name), 'utf8')) as Dashboard]))
}
