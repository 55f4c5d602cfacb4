import { cached } from './cached.ts'
import { dashboard } from './dashboard.ts'
import { historyBackup, historyMonth, historySize } from './history.ts'
import { memory } from './memory.ts'
import { metricsPage } from './metrics-page.ts'
import { pollCycle } from './poll-cycle.ts'
import type { Bench } from './row.ts'
import { sse } from './sse.ts'
import { start } from './start.ts'
import { web } from './web.ts'

/** Every bench; adding one is a file and a line here. */
export const BENCHES: readonly Bench[] = [
  pollCycle,
  metricsPage,
  start,
  cached,
  dashboard,
  memory,
  sse,
  web,
  historySize,
  historyMonth,
  historyBackup,
]
