import { cached } from './cached.ts'
import { benchHistory } from './history.ts'
import { memory } from './memory.ts'
import { metricsPage } from './metrics-page.ts'
import { pollCycle } from './poll-cycle.ts'
import type { Bench } from './row.ts'
import { sse } from './sse.ts'
import { start } from './start.ts'
import { web } from './web.ts'

const history: Bench = {
  name: 'history',
  run: async (options) =>
    benchHistory(options).map((line) => ({ bench: 'history', against: '–', ratio: null, ...line })),
}

/** Every bench; adding one is a file and a line here. */
export const BENCHES: readonly Bench[] = [pollCycle, metricsPage, start, cached, memory, sse, web, history]
