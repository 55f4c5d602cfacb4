import type { Clock } from '../model/index.ts'
import { isLoopback, peerKey } from './address.ts'

const WRONG_BEFORE_BAN = 5
const BAN_MS = 30 * 60_000
const LOOPBACK_GAP_MS = 1_000
/** A loopback guesser that piles up answers further ahead than this is refused at once. */
const LONGEST_QUEUE_MS = 30_000
/** More addresses than this are not remembered; the one that was seen longest ago goes first. */
const MOST_PEERS = 10_000

interface Peer {
  wrong: number
  bannedUntil: number
}

/** Counts wrong tokens per address. Missing ones do not count. */
export interface TokenThrottle {
  /** Milliseconds that the address is still banned; 0: it is not. */
  bannedFor(address: string): number
  /** A wrong token. Returns how long the answer must wait, or null when too many answers wait already. */
  wrong(address: string): number | null
  right(address: string): void
  /** Addresses remembered. */
  size(): number
}

export function createTokenThrottle(clock: Clock): TokenThrottle {
  const peers = new Map<string, Peer>()
  let nextLoopbackAnswer = 0

  function slowLoopback(): number | null {
    const now = clock.monotonicMs()
    const at = Math.max(now, nextLoopbackAnswer)
    if (at - now > LONGEST_QUEUE_MS) return null
    nextLoopbackAnswer = at + LOOPBACK_GAP_MS
    return at - now
  }

  return {
    bannedFor(address) {
      const peer = peers.get(peerKey(address))
      return peer === undefined ? 0 : Math.max(0, peer.bannedUntil - clock.monotonicMs())
    },
    wrong(address) {
      if (isLoopback(address)) return slowLoopback()
      const key = peerKey(address)
      const peer = peers.get(key) ?? { wrong: 0, bannedUntil: 0 }
      peer.wrong += 1
      if (peer.wrong >= WRONG_BEFORE_BAN) {
        peer.wrong = 0
        peer.bannedUntil = clock.monotonicMs() + BAN_MS
      }
      peers.delete(key)
      peers.set(key, peer)
      if (peers.size > MOST_PEERS) {
        const oldest = peers.keys().next()
        if (!oldest.done) peers.delete(oldest.value)
      }
      return 0
    },
    right(address) {
      if (!isLoopback(address)) peers.delete(peerKey(address))
    },
    size: () => peers.size,
  }
}
