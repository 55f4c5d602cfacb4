import { type ProblemCode, QuotaError } from '../model/problem.ts'

const OFFLINE = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'ENONET'])
const TIMED_OUT = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const CUT = new Set(['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'HPE_UNEXPECTED_CONTENT_LENGTH', 'HPE_INVALID_EOF_STATE'])

const TLS_WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; check the clock of this machine',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from an authority this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority this machine does not know',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
}
const TLS_HINT =
  'If a company proxy inspects the connection, put its certificate into a file and name it in NODE_EXTRA_CA_CERTS.'

/**
 * Turns whatever fetch threw into the one error of this program. The original message is never passed on: some of
 * node's quote the header or the address they refuse.
 */
export function explainFailure(error: unknown, host: string, endpoint: string): QuotaError {
  if (error instanceof QuotaError) return error
  const failed = (code: ProblemCode, message: string, hint: string | null = null): QuotaError =>
    new QuotaError({ code, message, hint, endpoint })
  const codes = codesOf(error)
  const has = (set: ReadonlySet<string>): boolean => codes.some((code) => set.has(code))
  const tls = codes.find(isTlsCode)
  if (tls !== undefined) {
    return failed('network', `No secure connection to ${host}: ${TLS_WORDS[tls] ?? `TLS failed (${tls})`}.`, TLS_HINT)
  }
  if (has(OFFLINE)) return failed('offline', `${host} cannot be found: this machine seems to be offline.`)
  if (has(TIMED_OUT)) return failed('timeout', `${host} did not answer in time.`)
  if (has(CUT) || codes.some((code) => code.startsWith('Z_'))) {
    return failed('truncated', `The answer of ${host} is damaged or ended too early.`)
  }
  if (codes.some((code) => code.startsWith('HPE_')) || chainOf(error).some((link) => link.name === 'HTTPParserError')) {
    return failed('unexpected_response', `${host} did not answer in HTTP.`)
  }
  return connectionFailure(error, codes, host, failed)
}

type Failed = (code: ProblemCode, message: string, hint?: string | null) => QuotaError

function connectionFailure(error: unknown, codes: readonly string[], host: string, failed: Failed): QuotaError {
  const proxy = chainOf(error)
    .map((link) => /Proxy response \((\d{3})\)/.exec(link.message)?.[1])
    .find((status) => status !== undefined)
  if (proxy !== undefined) {
    return failed(
      'network',
      `The proxy refused the connection to ${host} (${proxy}).`,
      'Check HTTPS_PROXY and NO_PROXY.',
    )
  }
  // fetch says "terminated" when the connection ends after the headers: that answer was cut, not refused.
  if (error instanceof TypeError && error.message === 'terminated') {
    return failed('truncated', `The answer of ${host} ended too early.`)
  }
  if (codes.includes('ECONNREFUSED')) return failed('network', `${host} refused the connection.`)
  if (codes.length > 0) return failed('network', `The connection to ${host} failed (${codes.at(-1)}).`)
  if (error instanceof TypeError && error.message === 'fetch failed') {
    return failed('network', `The connection to ${host} failed.`)
  }
  return failed('internal', `The request to ${host} could not be made.`, 'A header may hold characters it must not.')
}

function isTlsCode(code: string): boolean {
  return (
    code in TLS_WORDS || /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_)|_CERT(_|$)|^(EPROTO|HOSTNAME_MISMATCH|INVALID_CA)$/.test(code)
  )
}

/** An error and its causes, the members of an AggregateError (both address families failed) included. */
function chainOf(error: unknown): readonly Error[] {
  const chain: Error[] = []
  const queue: unknown[] = [error]
  while (queue.length > 0 && chain.length < 10) {
    const link = queue.shift()
    if (!(link instanceof Error)) continue
    chain.push(link)
    queue.push(link.cause)
    if (link instanceof AggregateError) queue.push(...link.errors)
  }
  return chain
}

function codesOf(error: unknown): readonly string[] {
  return chainOf(error).flatMap((link) => ('code' in link && typeof link.code === 'string' ? [link.code] : []))
}
