import {
  type AccountDocument,
  type AccountsDocument,
  type BestDocument,
  type EpochMs,
  fromIso,
  type QuotaDocument,
} from '../../model/index.ts'
import type { PageWords } from '../deps.ts'

export interface PageContent {
  readonly document: AccountsDocument
  readonly best: BestDocument
  readonly now: EpochMs
  readonly version: string
  readonly upstream: string | null
  readonly privacy: boolean
  readonly basePath: string
}

/** Text for an element or a quoted attribute. Everything that is not ours passes through here. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** The built-in page: every account, what is left, when it comes back. No inline script or style; works without either. */
export function renderPage(content: PageContent, words: PageWords): string {
  const base = escapeHtml(content.basePath)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tokstat</title>
<link rel="stylesheet" href="${base}/assets/page.css">
<script type="module" src="${base}/assets/page.js"></script>
</head>
<body data-events="${base}/api/v1/events">
<header><h1>tokstat</h1><span class="soft" id="live" role="status">as loaded</span>
<span class="soft">${count(content.document.accounts.length, 'account')}</span></header>
<main>
${notices(content)}<p class="headline">${escapeHtml(words.headline(content.document, content.best, content.now))}</p>
${content.document.accounts.map((account) => section(account, content, words)).join('\n')}
${content.document.accounts.length === 0 ? EMPTY : ''}</main>
<footer class="soft"><a href="${base}/metrics">metrics</a><a href="${base}/api/openapi.json">API</a>
<a href="${base}/api/v1/accounts">JSON</a><span>version ${escapeHtml(content.version)}</span></footer>
</body>
</html>
`
}

const EMPTY =
  '<p>No login was found on this machine. Sign in with one of the tools that tokstat reads, or run <code>tokstat login</code>.</p>'

function notices(content: PageContent): string {
  const upstream = content.upstream
    ? `<p class="notice">All requests go to ${escapeHtml(content.upstream)} (TOKSTAT_UPSTREAM), not to the services.</p>\n`
    : ''
  return upstream + (content.privacy ? '<p class="notice">Names are replaced by pseudonyms.</p>\n' : '')
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function section(account: AccountDocument, { document, now }: PageContent, words: PageWords): string {
  const quotas = account.quotas.filter((quota) => !quota.helper)
  const staleAt = fromIso(account.staleAt)
  const isStale = staleAt !== null && staleAt <= now
  // The age beside the title already says that there is no data yet.
  const problem = account.status === 'pending' ? null : words.problem(account, now)
  const rows = quotas.map((quota) => row(quota, isStale, now, words)).join('')
  return `<section>
<div class="title"><h2>${escapeHtml(words.accountTitle(account, document))}</h2>
<span class="soft">${escapeHtml(account.plan?.name ?? account.plan?.id ?? '')}</span>
<span class="soft">${escapeHtml(words.age(fromIso(account.observedAt), now))}</span></div>
${problem === null ? '' : `<p class="problem">${withCommands(problem)}</p>`}${rows === '' ? '' : `<table>${rows}</table>`}
</section>`
}

function row(quota: QuotaDocument, isStale: boolean, now: EpochMs, words: PageWords): string {
  const status = words.quotaStatus(quota, isStale)
  const hasShare = quota.remainingRatio !== null && !quota.due
  const text = hasShare
    ? `${words.left(quota.remainingRatio)} · ${status.word}`
    : [status.value, status.word].filter((part) => part !== '').join(' ')
  const resetsAt = fromIso(quota.resetsAt)
  const reset = resetsAt === null ? '' : `resets ${words.countdown(resetsAt, now)}`
  return `<tr><td class="name">${escapeHtml(quota.label)}</td><td class="bar">${quota.remainingRatio === null || quota.due ? '' : bar(quota.remainingRatio, status.tone)}</td>
<td class="left ${status.tone}">${escapeHtml(text)}</td><td class="reset">${escapeHtml(reset)}</td></tr>`
}

/** Commands stand between backticks in our texts. Escaped first, so nothing but the two tags is markup. */
function withCommands(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>')
}

/** A picture of the text beside it; attributes, because the page allows no inline style. */
function bar(remainingRatio: number, tone: string): string {
  const width = Math.round(remainingRatio * 1000) / 10
  return `<svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="6"/><rect class="${tone}" width="${width}" height="6"/></svg>`
}
