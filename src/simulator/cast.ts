import type { AccountSpec } from './account.ts'
import { isSimProvider, SIM_PROVIDERS, type SimProvider } from './catalogue.ts'
import { createWorld, type World } from './world.ts'

export interface DemoCast {
  /** How many accounts; about 40 look best. Fewer come when the providers' tools have no room for all. */
  readonly accounts: number
  readonly seed: number
  /** World seconds per wall second; default 60. */
  readonly speed?: number
  /** Provider ids to take accounts from; unknown ones are passed over. Default: all the simulator speaks for. */
  readonly providers?: readonly string[]
  /** Wall time; default the machine's. */
  readonly now?: () => number
}

/** The share of the cast a provider gets, and how many logins its tools' files can hold. */
const ROOM: Readonly<Record<SimProvider, { readonly share: number; readonly most: number }>> = {
  antigravity: { share: 1, most: Number.POSITIVE_INFINITY },
  'gemini-cli': { share: 0.06, most: 4 },
  claude: { share: 0.13, most: Number.POSITIVE_INFINITY },
  codex: { share: 0.13, most: Number.POSITIVE_INFINITY },
  copilot: { share: 0.1, most: Number.POSITIVE_INFINITY },
  openrouter: { share: 0.05, most: 2 },
  'nano-gpt': { share: 0.05, most: 2 },
  deepseek: { share: 0.05, most: 2 },
}

/** The key of the window people look at first. */
const MAIN_WINDOW: Readonly<Record<SimProvider, string>> = {
  antigravity: '3p.5h',
  'gemini-cli': 'pro.daily',
  claude: 'all.5h',
  codex: 'main.5h',
  copilot: 'premium.month',
  openrouter: 'key.month',
  'nano-gpt': 'tokens.weekly',
  deepseek: 'spend.month',
}

type Role = (provider: SimProvider) => Omit<AccountSpec, 'provider'>

/** The parts that must be played whatever the dice say, in the order accounts are cast. */
const ROLES: readonly Role[] = [
  (provider) => ({ pattern: 'steady', intensity: 0.9, startUsed: { [MAIN_WINDOW[provider]]: 0.38 } }),
  (provider) => ({ pattern: 'bursty', intensity: 0.8, startUsed: { [MAIN_WINDOW[provider]]: 0.83 } }),
  (provider) => ({ pattern: 'steady', intensity: 1, startUsed: { [MAIN_WINDOW[provider]]: 1 } }),
  () => ({ condition: { kind: 'signed-out' } }),
  () => ({ condition: { kind: 'forbidden' } }),
  () => ({ condition: { kind: 'rate-limited', retryAfterSeconds: 300 } }),
  (provider) => ({ pattern: 'night-owl', startUsed: { [MAIN_WINDOW[provider]]: 0.74 } }),
  () => ({ pattern: 'silent' }),
]

/**
 * The demo's world: a pleasing mix over the given providers with some accounts low, one exhausted, one signed out, one
 * forbidden and one rate limited, and time that runs fast. Same seed and same clock, same cast.
 */
export function demoWorld(cast: DemoCast): World {
  const speed = cast.speed ?? 60
  const world = createWorld({
    seed: cast.seed,
    clock: { speed, ...(cast.now === undefined ? {} : { now: cast.now }) },
    // Nobody refreshes the owners' files during a demo, so their tokens must outlive it.
    tokenLifeFactor: speed * 30,
  })
  const wanted = (cast.providers ?? SIM_PROVIDERS).filter(isSimProvider)
  const seats = seatsFor(wanted, cast.accounts)
  seats.forEach((provider, index) => {
    // One Gemini CLI login of a private person: the service no longer answers those.
    const consumer = provider === 'gemini-cli' && seats.slice(0, index).filter((seat) => seat === provider).length === 1
    world.add({ provider, ...ROLES[index]?.(provider), ...(consumer ? { consumer: true } : {}) })
  })
  return world
}

/** Who sits where: the largest provider first (it plays the roles), then the others. */
function seatsFor(providers: readonly SimProvider[], accounts: number): readonly SimProvider[] {
  const counts = new Map<SimProvider, number>()
  let free = accounts
  for (const provider of providers) {
    if (provider === 'antigravity') continue
    const count = Math.min(free, ROOM[provider].most, Math.round(accounts * ROOM[provider].share))
    counts.set(provider, count)
    free -= count
  }
  while (free > 0) {
    const host = providers.find((provider) => (counts.get(provider) ?? 0) < ROOM[provider].most)
    if (host === undefined) break
    const grow = Math.min(free, ROOM[host].most - (counts.get(host) ?? 0))
    counts.set(host, (counts.get(host) ?? 0) + grow)
    free -= grow
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .flatMap(([provider, count]) => Array<SimProvider>(count).fill(provider))
}
