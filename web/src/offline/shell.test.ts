import { describe, expect, it } from 'vitest'
import { cacheName, cachePrefix, handlingOf, isPageOf } from './shell.ts'

const SCOPE = 'http://127.0.0.1:8000/tokstat/'
const FILES = new Set(['assets/index-1a2b3c4d.js', 'icon.svg'])

function handled(path: string, facts: { readonly method?: string; readonly mode?: string } = {}): string {
  return handlingOf({ method: 'GET', mode: 'cors', url: SCOPE + path, ...facts }, SCOPE, FILES)
}

describe('a request that passes the service worker', () => {
  it('is answered for the page and the files of its build alone', () => {
    expect(handled('', { mode: 'navigate' })).toBe('page')
    expect(handled('login', { mode: 'navigate' })).toBe('page')
    expect(handled('assets/index-1a2b3c4d.js')).toBe('file')
    expect(handled('icon.svg')).toBe('file')
    expect(handled('assets/index-ffffffff.js')).toBe('pass')
  })

  it('is never an answer of the API, nor anything that changes something', () => {
    for (const path of ['api/v1/accounts', 'api/v1/events', 'metrics', 'v0/management/quota/status', 'healthz']) {
      expect(handled(path), path).toBe('pass')
      expect(handled(path, { mode: 'navigate' }), path).toBe('pass')
    }
    expect(handled('icon.svg', { method: 'POST' })).toBe('pass')
    expect(handled('', { mode: 'navigate', method: 'POST' })).toBe('pass')
  })

  it('is nobody else’s below the same origin', () => {
    expect(handlingOf({ method: 'GET', mode: 'navigate', url: 'http://127.0.0.1:8000/' }, SCOPE, FILES)).toBe('pass')
    expect(cacheName('http://a.test/', '1').startsWith(cachePrefix(SCOPE))).toBe(false)
    expect(cacheName(SCOPE, '1').startsWith(cachePrefix(SCOPE))).toBe(true)
  })
})

describe('a page that is to be kept', () => {
  const page = (name: string): string => `<link rel="icon" href="/tokstat/icon.svg"><script src="/tokstat/${name}">`

  it('is one of the same build', () => {
    expect(isPageOf(page('assets/index-1a2b3c4d.js'), FILES)).toBe(true)
    expect(isPageOf(page('assets/index-ffffffff.js'), FILES)).toBe(false)
    expect(isPageOf('<title>Bad gateway</title>', FILES)).toBe(false)
  })
})
