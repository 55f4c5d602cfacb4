import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Clock, type EpochMs, MINUTE_MS, plusMs } from '../model/index.ts'

/** Long enough to carry an address to another machine, too short to find it again. */
const VALID_MS = 5 * MINUTE_MS
/** More that were never used are not remembered; the oldest goes first. */
const MOST_LINKS = 20

/** Codes that sign a browser in once, instead of the token. They end with the program. */
export interface LoginLinks {
  create(): { readonly code: string; readonly expiresAt: EpochMs }
  /** Whether the code is one of ours and still good; from then on it is neither. */
  take(code: string): boolean
}

export function createLoginLinks(clock: Clock): LoginLinks {
  let links: { readonly digest: Buffer; readonly expiresAt: EpochMs }[] = []

  const forgetOld = (): void => {
    const now = clock.now()
    // A clock that went back makes no code younger.
    links = links.filter(({ expiresAt }) => expiresAt > now && expiresAt - now <= VALID_MS).slice(-MOST_LINKS)
  }

  return {
    create() {
      const code = randomBytes(32).toString('base64url')
      const expiresAt = plusMs(clock.now(), VALID_MS)
      links.push({ digest: digestOf(code), expiresAt })
      forgetOld()
      return { code, expiresAt }
    },
    take(code) {
      forgetOld()
      const sent = digestOf(code)
      const rest = links.filter(({ digest }) => !timingSafeEqual(digest, sent))
      const isOurs = rest.length < links.length
      links = rest
      return isOurs
    },
  }
}

/** What is kept and compared, so that neither length nor content shows in the time it takes. */
function digestOf(code: string): Buffer {
  return createHash('sha256').update(code).digest()
}
