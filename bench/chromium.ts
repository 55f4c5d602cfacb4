import { existsSync } from 'node:fs'

/** Where a distribution puts the browser; undefined: none is installed. */
export function findChromium(): string | undefined {
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
}
