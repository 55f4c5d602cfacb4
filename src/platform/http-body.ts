import { QuotaError } from '../model/problem.ts'

export interface BodyLimits {
  readonly host: string
  /** Cap in bytes after decoding; one byte more is an error, never a cut. */
  readonly maxBytes: number
}

/**
 * The whole body as text. Throws QuotaError `too_large`, `truncated` (JSON that ends too early, H18) or
 * `unexpected_response` (an encoding that was not asked for, H19); a broken stream throws what fetch throws.
 */
export async function readBody(response: Response, limits: BodyLimits): Promise<string> {
  const encoding = (response.headers.get('content-encoding') ?? '').trim().toLowerCase()
  if (!['', 'identity', 'gzip', 'x-gzip'].includes(encoding)) return refuse(response, badEncoding(limits.host))
  const announced = encoding === '' ? Number(response.headers.get('content-length') ?? 0) : 0
  if (announced > limits.maxBytes) return refuse(response, tooLarge(limits))
  const bytes = await collect(response, limits)
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw badEncoding(limits.host)
  const text = new TextDecoder().decode(bytes)
  if (response.ok && isCutShort(text)) {
    throw new QuotaError({ code: 'truncated', message: `The answer of ${limits.host} ended too early.` })
  }
  return text
}

async function collect(response: Response, limits: BodyLimits): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array()
  const reader = response.body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength
    if (size > limits.maxBytes) {
      // The rest is not read: the connection is dropped with it.
      reader.cancel().catch(() => undefined)
      throw tooLarge(limits)
    }
    chunks.push(part.value)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

function refuse(response: Response, error: QuotaError): never {
  response.body?.cancel().catch(() => undefined)
  throw error
}

function tooLarge(limits: BodyLimits): QuotaError {
  return new QuotaError({
    code: 'too_large',
    message: `The answer of ${limits.host} is larger than ${limits.maxBytes} bytes; it was not read further.`,
  })
}

function badEncoding(host: string): QuotaError {
  return new QuotaError({
    code: 'unexpected_response',
    message: `${host} sent its answer compressed in a way that was not asked for.`,
  })
}

/**
 * Whether a text that begins as a JSON object or list ends inside of it. HTTP cannot always tell: a gzip stream
 * that was cut before it was framed, or a Content-Length that is too small, look complete.
 */
export function isCutShort(text: string): boolean {
  let at = 0
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1
  const first = text.charAt(at)
  if (first !== '{' && first !== '[') return false
  let depth = 0
  let inText = false
  for (; at < text.length; at += 1) {
    const char = text.charCodeAt(at)
    if (inText) {
      if (char === BACKSLASH) at += 1
      else if (char === QUOTE) inText = false
    } else if (char === QUOTE) inText = true
    else if (char === BRACE_OPEN || char === BRACKET_OPEN) depth += 1
    else if (char === BRACE_CLOSE || char === BRACKET_CLOSE) depth -= 1
  }
  return inText || depth > 0
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const BRACKET_OPEN = 0x5b
const BRACKET_CLOSE = 0x5d
const BRACE_OPEN = 0x7b
const BRACE_CLOSE = 0x7d
