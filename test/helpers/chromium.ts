/** The browser of this machine, for tests of pages. */
import { existsSync } from 'node:fs'

export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
if (CHROMIUM === undefined && process.env['CI']) throw new Error('pages cannot be tested: no chromium is installed')

/** For the title of a test that is skipped without one. */
export const chromiumNote = CHROMIUM === undefined ? ' (skipped: sudo apt-get install chromium)' : ''
