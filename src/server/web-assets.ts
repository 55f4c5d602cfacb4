import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { WebAsset, WebAssets } from './deps.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}

/** What the build names after its content: `assets/index-1a2b3c4d.js`. */
const HASHED = /^\/assets\/.+-[\w-]{8}\.\w+$/

/** No app is there: every path is unknown, and the server's own page stands in. */
export const NO_WEB_APP: WebAssets = { asset: () => null }

/**
 * The built web app, read once: a request is looked up in a table and reaches no file. `/` is its page, told below
 * which path it is served. A folder that is not there, or holds no page, is `NO_WEB_APP`.
 */
export function loadWebAssets(folder: string, basePath: string): WebAssets {
  const files = new Map<string, WebAsset>()
  for (const path of filesBelow(folder)) {
    const contentType = TYPES[extname(path)]
    if (contentType === undefined) continue
    const body = new Uint8Array(readFileSync(join(folder, path)))
    files.set(path, { body, gzip: gzipped(body), contentType, immutable: HASHED.test(path) })
  }
  const page = files.get('/index.html')
  if (page === undefined) return NO_WEB_APP
  files.delete('/index.html')
  const body = placed(Buffer.from(page.body).toString('utf8'), basePath)
  files.set('/', { ...page, body, gzip: gzipped(body) })
  return { asset: (path) => files.get(path) ?? null }
}

/** Null gain is no gain: what gzip does not make smaller (pictures) is sent as it is. */
function gzipped(body: string | Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  const small = new Uint8Array(gzipSync(body, { level: 9 }))
  return small.length < Buffer.byteLength(body) ? small : undefined
}

function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).replaceAll('\\', '/'))
  } catch {
    // Not built: a source tree before its first build.
    return []
  }
}

/** The page's relative addresses as absolute ones: `/tokstat` without its last slash must find them as well. */
function placed(html: string, basePath: string): string {
  const base = basePath.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
  return html
    .replace('name="tokstat-base" content=""', `name="tokstat-base" content="${base}"`)
    .replaceAll(/(src|href)="\.\//g, `$1="${base}/`)
}
