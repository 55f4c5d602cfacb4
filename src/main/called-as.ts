import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder } from '../platform/version.ts'

/** What a person types to see the demo: in a checkout that is not installed there is no `tokstat` to call. */
export function demoCommand(program = process.argv[1], hasScripts = isCheckout()): string {
  return hasScripts && /(^|[/\\])tokstat\.mjs$/.test(program ?? '') ? 'npm run demo' : 'tokstat demo'
}

function isCheckout(): boolean {
  const folder = packageFolder()
  return folder !== null && existsSync(join(folder, 'scripts', 'start.mjs'))
}
