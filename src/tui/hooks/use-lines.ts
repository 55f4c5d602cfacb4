import { useSyncExternalStore } from 'react'
import type { Dashboard } from '../controller.ts'

/** The lines of the screen; renders again only when one of them is different. */
export function useLines(dashboard: Dashboard): readonly string[] {
  return useSyncExternalStore(dashboard.subscribe, dashboard.lines)
}
