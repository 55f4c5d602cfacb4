import { ACCOUNT } from './boards/account.ts'
import { FLEET } from './boards/fleet.ts'
import { FORECAST } from './boards/forecast.ts'
import { HEALTH } from './boards/health.ts'
import { TOKEN_METRICS } from './boards/token-metrics.ts'
import { type BoardSpec, buildBoard } from './kit.ts'

/** Every dashboard, by the name of its file in dashboards/. */
const BOARDS: Readonly<Record<string, BoardSpec>> = {
  'dashboard.json': TOKEN_METRICS,
  'fleet.json': FLEET,
  'account.json': ACCOUNT,
  'forecast.json': FORECAST,
  'exporter-health.json': HEALTH,
}

/** The text of every file in dashboards/, by its name. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  return new Map(Object.entries(BOARDS).map(([name, spec]) => [name, `${JSON.stringify(buildBoard(spec), null, 2)}\n`]))
}
