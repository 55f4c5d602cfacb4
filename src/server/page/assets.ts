import type { WebAsset } from '../deps.ts'

/**
 * Moves the page without reloading it: on an event the server's own page is fetched again and its <main> put in place.
 * Parsed with DOMParser, which runs nothing; every text in it was escaped when it was written.
 */
const SCRIPT = `const state = document.getElementById('live')
let isUpdating = false
let isOutdated = false
async function update() {
  const answer = await window.fetch(location.href, { headers: { accept: 'text/html' } })
  if (!answer.ok) return
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main')
  const old = document.querySelector('main')
  if (fresh && old) old.replaceWith(document.adoptNode(fresh))
}
async function changed() {
  isOutdated = true
  if (isUpdating) return
  isUpdating = true
  while (isOutdated) {
    isOutdated = false
    await update().catch(() => say('not connected'))
  }
  isUpdating = false
}
function say(text) {
  if (state) state.textContent = text
}
const events = new EventSource(document.body.dataset.events)
for (const name of ['snapshot', 'account', 'heartbeat']) events.addEventListener(name, changed)
events.addEventListener('open', () => say('live'))
events.addEventListener('error', () => say('not connected, trying again'))
`

const STYLE = `:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --ink: #1c1b19; --line: #e6e2dc; --soft: #6b6762; --accent: #3b6fd4;
  --fine: #1f7044; --amber: #8a5a10; --red: #b53225;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131416; --ink: #e9e7e3; --line: #26282c; --soft: #9a9da4; --accent: #7aa2ff;
    --fine: #58c48a; --amber: #e5b454; --red: #ff7a6b;
  }
}
* { box-sizing: border-box }
body {
  margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif; font-variant-numeric: tabular-nums;
}
a { color: var(--accent) }
code { font: 13px/1.4 ui-monospace, monospace }
header { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap }
h1 { font-size: 20px; margin: 0 }
h2 { font-size: 15px; margin: 0; font-weight: 600; overflow-wrap: anywhere }
.soft { color: var(--soft); font-size: 13px }
.headline { font-size: 20px; margin: 1rem 0 }
.notice, .problem { border-left: 3px solid var(--amber); padding: .25rem .75rem; margin: .5rem 0 }
section { border-top: 1px solid var(--line); padding: .75rem 0 }
.title { display: flex; gap: .75rem; align-items: baseline; flex-wrap: wrap }
.title .soft:last-child { margin-left: auto }
table { width: 100%; table-layout: fixed; border-collapse: collapse; margin-top: .25rem }
td { padding: .2rem .5rem .2rem 0; vertical-align: middle }
td.name { width: 32%; overflow-wrap: anywhere }
td.bar { width: 28% }
td.left { width: 22%; text-align: right }
td.reset { width: 18%; color: var(--soft); text-align: right }
svg { display: block; width: 100%; height: 6px; border-radius: 3px }
svg .track { fill: var(--line) }
.fine { color: var(--fine); fill: var(--fine) }
.amber { color: var(--amber); fill: var(--amber) }
.red { color: var(--red); fill: var(--red) }
.grey { color: var(--soft); fill: var(--soft) }
footer { border-top: 1px solid var(--line); padding-top: .75rem; margin-top: 1rem; display: flex; gap: 1rem }
@media (max-width: 40rem) { td.bar { display: none } td.name { width: auto } }
`

/** What the built-in page loads, by path. */
export const PAGE_ASSETS: ReadonlyMap<string, WebAsset> = new Map([
  ['/assets/page.js', { body: SCRIPT, contentType: 'text/javascript; charset=utf-8', immutable: false }],
  ['/assets/page.css', { body: STYLE, contentType: 'text/css; charset=utf-8', immutable: false }],
])
