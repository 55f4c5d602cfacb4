import type { Timer } from '../model/ports.ts'
import type { CredentialPorts } from './ports.ts'
import { ABSENCE_MS } from './retention.ts'

/** One look at all logins at most, however often the owner of a busy place writes. */
const BUSY_REST_MS = 60_000

export interface Watching {
  watch(onChange: () => void): () => void
  update(places: readonly string[], waiting: boolean): void
}

/** Watches the places of all sources, and files inside them as they become known. */
export function createWatching(
  ports: CredentialPorts,
  staticPlaces: readonly string[],
  busyPlaces: readonly string[] = [],
): Watching {
  const listeners = new Set<() => void>()
  let places = [...new Set(staticPlaces)].sort()
  let stop: (() => void) | null = null
  let timer: Timer | null = null
  const busy = createBusyWatch(ports, busyPlaces, notify)

  function notify(): void {
    for (const listener of [...listeners]) listener()
  }

  function arm(): void {
    stop?.()
    stop = listeners.size === 0 ? null : ports.watchPlaces(places, notify)
    busy.arm(listeners.size > 0)
  }

  return {
    watch(onChange) {
      const listener = (): void => onChange()
      listeners.add(listener)
      if (stop === null) arm()
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        timer?.cancel()
        timer = null
        arm()
      }
    },
    update(found, waiting) {
      const next = [...new Set([...staticPlaces, ...found])].sort()
      const isChanged = next.join('\n') !== places.join('\n')
      places = next
      if (isChanged && stop !== null) arm()
      // Nothing changes on disk when an absence becomes certain, so the second look is asked for by time.
      if (!waiting || timer !== null || listeners.size === 0) return
      timer = ports.clock.after(ABSENCE_MS, () => {
        timer = null
        notify()
      })
    },
  }
}

/** Tells of the first change at once, of all others within the next minute together. */
function createBusyWatch(
  ports: CredentialPorts,
  places: readonly string[],
  notify: () => void,
): { arm(wanted: boolean): void } {
  let stop: (() => void) | null = null
  let rest: Timer | null = null
  let hasNews = false

  function tell(): void {
    if (rest !== null) {
      hasNews = true
      return
    }
    hasNews = false
    rest = ports.clock.after(BUSY_REST_MS, () => {
      rest = null
      if (hasNews) tell()
    })
    notify()
  }

  return {
    arm(wanted) {
      if (wanted && stop === null && places.length > 0) stop = ports.watchPlaces(places, tell)
      if (wanted) return
      stop?.()
      rest?.cancel()
      stop = null
      rest = null
      hasNews = false
    },
  }
}
