import { BlockList, isIP } from 'node:net'
import { AppError } from '../model/app.ts'

/** `::ffff:192.0.2.1` is `192.0.2.1`; a zone (`fe80::1%eth0`) is cut. Anything else stays as it is. */
function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/, '')
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(bare) ? bare.slice(7) : bare
}

export function isLoopback(address: string): boolean {
  const plain = plainAddress(address)
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'))
}

/** What counts as one peer for limits: an IPv4 address, or the /64 an IPv6 host may move about in. */
export function peerKey(address: string): string {
  const plain = plainAddress(address)
  if (isIP(plain) !== 6) return plain
  const [head = '', tail = ''] = plain.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const groups = plain.includes('::')
    ? [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
    : left
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

/** Addresses and CIDR ranges as one test. Entries that are neither are ignored: they could only widen it by accident. */
export function createAddressList(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (isIP(address) === 0) continue
    if (bits === undefined) list.addAddress(address, family)
    else if (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 'ipv6' ? 128 : 32)) {
      list.addSubnet(address, Number(bits), family)
    }
  }
  return (address) => {
    const plain = plainAddress(address)
    const family = isIP(plain)
    return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4')
  }
}

/**
 * Who is asking. The socket's address, unless it is a listed proxy: then the last address of X-Forwarded-For that is
 * not one. Anything unreadable there ends the search at the proxy itself.
 */
export function clientAddress(
  socketAddress: string,
  forwardedFor: string | undefined,
  isTrusted: (address: string) => boolean,
): string {
  let client = plainAddress(socketAddress)
  if (!isTrusted(client)) return client
  for (const hop of (forwardedFor ?? '').split(',').reverse()) {
    const address = plainAddress(hop.trim())
    if (isIP(address) === 0) return client
    client = address
    if (!isTrusted(address)) return client
  }
  return client
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

/**
 * Hosts that may stand in `Host`: the loopback names, the address that is bound, and those of the settings. A name
 * without a port stands for every port: a page of another site reaches us under its own name, whatever the port.
 */
export function allowedHostsOf(bindHost: string, configured: readonly string[]): readonly string[] {
  const bare = bindHost.replace(/^\[|\]$/g, '').toLowerCase()
  const own = isIP(bare) === 6 ? `[${bare}]` : bare
  const isWildcard = bare === '' || bare === '0.0.0.0' || bare === '::'
  return [
    ...new Set([...LOOPBACK_NAMES, ...(isWildcard ? [] : [own]), ...configured.map((host) => host.toLowerCase())]),
  ]
}

/** Whether a `Host` header names one of the list: exact names, case ignored, no trailing dot, no user part. */
export function isAllowedHost(header: string, allowed: readonly string[]): boolean {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:\d{1,5})?$/.exec(header.toLowerCase())
  if (match === null) return false
  const [whole, name = ''] = match
  return allowed.includes(whole) || allowed.includes(name)
}

/** Refuses to listen where others can reach us without a token. Throws AppError with exit code 4. */
export function assertSafeBind(host: string, token: string | null): void {
  const bare = host.replace(/^\[|\]$/g, '')
  if (bare === 'localhost' || isLoopback(bare)) return
  if (token !== null && token.trim() !== '') return
  throw new AppError(
    4,
    'token_required',
    `tokstat does not listen on ${host} without a token: everyone who reaches it could read your accounts.`,
    'Put a long random text into a file (openssl rand -hex 32 > FILE; chmod 600 FILE) and set token_file in [server] or TOKSTAT_TOKEN_FILE, or bind to 127.0.0.1.',
  )
}
