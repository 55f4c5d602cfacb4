import { lookup as systemLookup } from 'node:dns'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import type { Clock } from '../model/ports.ts'

/** One message of an alert channel; the shape that alerts/channels/ asks for. */
export interface AlertPost {
  readonly method: 'POST' | 'GET'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly allowPrivate: boolean
  readonly isSecret: boolean
  readonly timeoutMs: number
}

export interface AlertReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Why nothing was delivered; `permanent` when trying again cannot help. The text names a host at most. */
interface AlertRefusal {
  readonly message: string
  readonly permanent: boolean
}

export interface AlertHttpOptions {
  readonly clock: Clock
  /** Turns a refusal into the error that the caller wants to see. */
  readonly refuse: (refusal: AlertRefusal) => Error
  /** Default: the system's resolver. */
  readonly lookup?: typeof systemLookup
}

const MOST_BYTES = 64 * 1024

/**
 * Sends what an alert channel says: no redirect, no upstream, one deadline, and the address that is connected to is
 * the one that was checked, so that a name cannot point elsewhere in between (W27). Private addresses only where the
 * user wrote the address down or allowed it for the channel; link-local ones (where clouds keep their secrets) never
 * by name.
 */
export function createAlertHttp(
  options: AlertHttpOptions,
): (post: AlertPost, signal: AbortSignal) => Promise<AlertReply> {
  return async (post, signal) => {
    const url = addressOf(post, options)
    return exchange(url, post, signal, options)
  }
}

function addressOf(post: AlertPost, { refuse }: AlertHttpOptions): URL {
  const url = URL.canParse(post.url) ? new URL(post.url) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw refuse({ message: 'The address cannot be used.', permanent: true })
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isNear = isLoopbackName(host) || (isIP(host) !== 0 && kindOf(host) !== 'public')
  if (post.isSecret && url.protocol === 'http:' && !isNear && !post.allowPrivate) {
    throw refuse({ message: `Refused to send a secret to ${url.host} without https.`, permanent: true })
  }
  return url
}

function isLoopbackName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost')
}

type AddressKind = 'public' | 'private' | 'link_local'

const PRIVATE = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  PRIVATE.addSubnet(net, bits, 'ipv4')
}
for (const [net, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fec0::', 10],
  ['ff00::', 8],
  ['64:ff9b:1::', 48],
] as const) {
  PRIVATE.addSubnet(net, bits, 'ipv6')
}
const LINK_LOCAL = new BlockList()
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4')
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6')
LINK_LOCAL.addAddress('fd00:ec2::254', 'ipv6')

/** Where an address leads. An IPv4 address inside an IPv6 one is judged as what it is. */
export function kindOf(address: string): AddressKind {
  const bare = address.split('%')[0] ?? address
  const inner = /^(?:::ffff:|64:ff9b::|::)(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? mappedHex(bare)
  const plain = inner ?? bare
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(plain) === 0) return 'private'
  if (LINK_LOCAL.check(plain, family)) return 'link_local'
  return PRIVATE.check(plain, family) ? 'private' : 'public'
}

/** `::ffff:7f00:1` and `64:ff9b::7f00:1` are 127.0.0.1. */
function mappedHex(address: string): string | null {
  const match = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address)
  if (match === null) return null
  const [high, low] = [Number.parseInt(match[1] ?? '', 16), Number.parseInt(match[2] ?? '', 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** The resolver of one request: every address of the name must be one that may be reached. */
function checkedLookup(post: AlertPost, options: AlertHttpOptions): LookupFunction {
  const lookup = options.lookup ?? systemLookup
  return (hostname, lookupOptions, callback) => {
    lookup(hostname, { ...lookupOptions, all: true }, (error, addresses) => {
      if (error) {
        callback(error, '', 4)
        return
      }
      const kinds = addresses.map(({ address }) => kindOf(address))
      const mayBeNear = post.allowPrivate || isLoopbackName(hostname)
      const [first] = addresses
      if (first === undefined || kinds.includes('link_local') || (!mayBeNear && kinds.includes('private'))) {
        callback(Object.assign(new Error('refused'), { code: REFUSED }), '', 4)
        return
      }
      if (lookupOptions.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

const REFUSED = 'TOKSTAT_PRIVATE_ADDRESS'

function exchange(url: URL, post: AlertPost, signal: AbortSignal, options: AlertHttpOptions): Promise<AlertReply> {
  const { clock, refuse } = options
  return new Promise((resolve, reject) => {
    const failed = (message: string, permanent = false): void => reject(refuse({ message, permanent }))
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const request = send(
      url,
      {
        method: post.method,
        headers: {
          ...post.headers,
          ...(post.method === 'POST' ? { 'content-length': Buffer.byteLength(post.body) } : {}),
          connection: 'close',
        },
        lookup: checkedLookup(post, options),
        signal,
      },
      (response) => {
        const status = response.statusCode ?? 0
        if (status >= 300 && status < 400) {
          response.resume()
          request.destroy()
          failed(`${url.host} answered with a redirect, which is not followed.`, true)
          return
        }
        const chunks: Buffer[] = []
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes <= MOST_BYTES) chunks.push(chunk)
          else response.destroy()
        })
        response.on('close', () => {
          resolve({ status, headers: headersOf(response.headers), body: Buffer.concat(chunks).toString('utf8') })
        })
        response.on('error', () => undefined)
      },
    )
    const timer = clock.after(post.timeoutMs, () => {
      failed(`${url.host} did not answer within ${post.timeoutMs / 1000} s.`)
      request.destroy()
    })
    request.on('close', () => timer.cancel())
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === REFUSED) {
        failed(`${url.host} leads to a private address. Set allow_private = true for this channel if it should.`, true)
      } else failed(`${url.host} could not be reached (${error.code ?? 'no reason given'}).`)
    })
    request.end(post.method === 'POST' ? post.body : undefined)
  })
}

function headersOf(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : [])),
  )
}
