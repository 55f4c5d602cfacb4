import type { Clock, Timer } from '../model/ports.ts'
import { HOUR_MS } from '../model/time.ts'

export interface RunningDemo {
  readonly url: string
  stop(): Promise<void>
}

/** A demo that somebody may ask for while the daemon runs: one at a time. */
export interface DemoBeside {
  /** Where it answers; started when none runs. Rejects when it cannot be started. */
  url(): Promise<string>
  stop(): Promise<void>
}

/** Long enough to look around; a page that was forgotten must not keep forty accounts alive. */
const LASTS_MS = HOUR_MS

export function demoBeside(start: () => Promise<RunningDemo>, clock: Clock): DemoBeside {
  let running: Promise<RunningDemo> | null = null
  let end: Timer | null = null

  async function stop(): Promise<void> {
    const demo = running
    running = null
    end?.cancel()
    await (await demo?.catch(() => null))?.stop()
  }

  return {
    async url() {
      running ??= start()
      try {
        const { url } = await running
        end?.cancel()
        end = clock.after(LASTS_MS, () => void stop())
        return url
      } catch (error) {
        running = null
        throw error
      }
    },
    stop,
  }
}
