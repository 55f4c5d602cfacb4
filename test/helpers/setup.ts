/**
 * Runs before every test file. A test reaches loopback and nothing else, and never sees a real login:
 * the home folder and every XDG folder point at an empty temporary place.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const home = mkdtempSync(join(tmpdir(), 'tokstat-test-home-'))
process.env['HOME'] = home
process.env['USERPROFILE'] = home
for (const name of ['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_RUNTIME_DIR', 'XDG_CACHE_HOME']) {
  delete process.env[name]
}
for (const name of Object.keys(process.env)) {
  if (/^(TOKSTAT_|GOOGLE_|GEMINI_|ANTIGRAVITY_|OPENROUTER_|NANO|COPILOT_|CLAUDE|CODEX)/.test(name)) {
    delete process.env[name]
  }
}

const realFetch = globalThis.fetch
globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : String(input))
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (host !== '127.0.0.1' && host !== 'localhost' && host !== '::1') {
    return Promise.reject(new Error(`a test tried to reach ${url.host}; only loopback is allowed`))
  }
  return realFetch(input, init)
}
