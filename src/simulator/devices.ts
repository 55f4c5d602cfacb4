import { type EpochMs, plusMs, SECOND_MS } from '../model/index.ts'
import type { SimAccount } from './account.ts'
import type { WorldClock } from './clock.ts'
import type { Grants } from './grants.ts'

/** One device sign-in that somebody has begun. */
interface DeviceRequest {
  readonly deviceCode: string
  /** What the person types. */
  readonly userCode: string
  readonly clientId: string
  readonly expiresAt: EpochMs
  /** Seconds between polls; grows by 5 each time the client is too fast. */
  readonly intervalSeconds: number
}

type DevicePoll =
  | { readonly kind: 'pending' }
  | { readonly kind: 'slow-down'; readonly intervalSeconds: number }
  | { readonly kind: 'denied' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'approved'; readonly accessToken: string }

/** GitHub's device flow; tests play the person with `approve` and `deny`. */
export interface Devices {
  begin(clientId: string): DeviceRequest
  poll(deviceCode: string): DevicePoll
  approve(userCode: string, account: SimAccount): void
  deny(userCode: string): void
  readonly pending: readonly DeviceRequest[]
}

interface Entry {
  readonly deviceCode: string
  readonly userCode: string
  readonly clientId: string
  readonly expiresAt: EpochMs
  intervalSeconds: number
  /** World time before which a poll is too fast. */
  notBefore: EpochMs
  answer: 'waiting' | 'denied' | SimAccount
}

const LIFE_SECONDS = 900
const INTERVAL_SECONDS = 5

export function createDevices(clock: WorldClock, grants: Grants): Devices {
  const entries = new Map<string, Entry>()
  const byUserCode = (userCode: string): Entry => {
    const entry = [...entries.values()].find((candidate) => candidate.userCode === userCode)
    if (!entry) throw new Error(`nobody has begun a sign-in with the code ${userCode}`)
    return entry
  }
  return {
    begin(clientId) {
      const serial = String(entries.size + 1).padStart(4, '0')
      const now = clock.now()
      const entry: Entry = {
        deviceCode: `fake-device-code-${serial}`,
        userCode: `FAKE-${serial}`,
        clientId,
        expiresAt: plusMs(now, LIFE_SECONDS * SECOND_MS),
        intervalSeconds: INTERVAL_SECONDS,
        notBefore: plusMs(now, INTERVAL_SECONDS * SECOND_MS),
        answer: 'waiting',
      }
      entries.set(entry.deviceCode, entry)
      return entry
    },
    poll(deviceCode) {
      const entry = entries.get(deviceCode)
      const now = clock.now()
      if (!entry) return { kind: 'unknown' }
      if (now >= entry.expiresAt) return { kind: 'expired' }
      const tooFast = now < entry.notBefore
      if (tooFast) entry.intervalSeconds += 5
      entry.notBefore = plusMs(now, entry.intervalSeconds * SECOND_MS)
      if (tooFast) return { kind: 'slow-down', intervalSeconds: entry.intervalSeconds }
      if (entry.answer === 'waiting') return { kind: 'pending' }
      if (entry.answer === 'denied') return { kind: 'denied' }
      entries.delete(deviceCode)
      return { kind: 'approved', accessToken: grants.signIn(entry.answer).accessToken }
    },
    approve(userCode, account) {
      byUserCode(userCode).answer = account
    },
    deny(userCode) {
      byUserCode(userCode).answer = 'denied'
    },
    get pending() {
      return [...entries.values()].filter((entry) => entry.answer === 'waiting')
    },
  }
}
