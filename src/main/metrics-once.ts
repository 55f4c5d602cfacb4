import { createOwnMetrics } from '../metrics/own.ts'
import { createMetricsPage } from '../metrics/page.ts'
import type { Context } from './context.ts'
import type { EngineParts } from './parts.ts'

/** The page of `/metrics` from an engine that polls what is due, for a machine without a daemon. */
export async function metricsPageOnce(parts: EngineParts, { clock }: Context, version: string): Promise<string> {
  const { shown: engine, rules } = parts
  await engine.refresh(null, { onlyDue: true })
  const own = createOwnMetrics({ version, clock })
  const page = await createMetricsPage({ engine, rules, clock, own }).render(undefined, undefined)
  return Buffer.concat([...page.chunks]).toString('utf8')
}

/**
 * A page without the families in which a process tells of itself. node_exporter refuses those that it has itself, and
 * a process that is gone a moment later has nothing to tell.
 */
export function withoutProcess(page: string): string {
  const lines = page.split('\n').filter((line) => !/^(# (HELP|TYPE) )?(process|nodejs)_/.test(line))
  return `${lines.join('\n').trimEnd()}\n`
}
