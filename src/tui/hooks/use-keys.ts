import { useInput } from 'ink'
import type { Dashboard } from '../controller.ts'
import { keysOf } from '../keys.ts'

/** Hands every key to the dashboard. */
export function useKeys(dashboard: Dashboard): void {
  useInput((input, key) => {
    for (const one of keysOf(input, key)) dashboard.press(one)
  })
}
