import type { Timer } from '../model/ports.ts'
import type { CredentialPorts } from './ports.ts'
import { ABSENCE_MS } from './retention.ts'

export interface Watching {
  watch(onChange: () => void): () => void
  update(places: readonly string[], waiting: boolean): void
}

/** Watches the places of all sources, and files inside them as they become known. */
export function createWatching(ports: CredentialPorts, staticPlaces: readonly string[]): Watching {
  const listeners = new Set<() => void>()
  let places = [...new Set(staticPlaces)].sort()
  let stop: (() => void) | null = null
  let timer: Timer | null = null

  function notify(): void {
    for (const listener of [...listeners]) listener()
  }

  function arm(): void {
    stop?.()
    stop = listeners.size === 0 ? null : ports.watchPlaces(places, notify)
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
