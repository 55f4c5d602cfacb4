import { type AccountSpec, createAccount, meterOf, type SimAccount } from './account.ts'
import type { SimProvider } from './catalogue.ts'
import { createClock, type WorldClock, type WorldClockOptions } from './clock.ts'
import { type Consents, createConsents } from './consents.ts'
import { createDevices, type Devices } from './devices.ts'
import { createGrants, type Grants } from './grants.ts'

interface OAuthClient {
  readonly id: string
  readonly secret: string
}

/** The installed-app clients Google's token endpoint knows; null: any client is taken. */
export interface GoogleClients {
  readonly antigravity: OAuthClient | null
  readonly 'gemini-cli': OAuthClient | null
}

export interface WorldOptions {
  /** Same seed, same world. Default 1. */
  readonly seed?: number
  /** How many accounts of each provider to begin with; default none. */
  readonly accounts?: Partial<Readonly<Record<SimProvider, number>>>
  readonly clock?: WorldClockOptions
  readonly clients?: GoogleClients
  /** Stretches the life of access tokens; default 1. */
  readonly tokenLifeFactor?: number
  /** Claude answers 429 to every User-Agent but Claude Code's, as the real service does. Default true. */
  readonly claudeUserAgentGate?: boolean
}

/** Everything that is true behind the simulated services. Plain and in memory; nothing of it is shared. */
export interface World {
  readonly seed: number
  readonly clock: WorldClock
  readonly clients: GoogleClients
  readonly claudeUserAgentGate: boolean
  readonly grants: Grants
  readonly devices: Devices
  readonly consents: Consents
  /** In the order they were added. */
  readonly accounts: readonly SimAccount[]
  add(spec: AccountSpec): SimAccount
  /** Throws when there is none. */
  account(id: string): SimAccount
  /** Sets what is left of one window from now on, `meter.window` as key: `setRemaining(ada, '3p.5h', 0)`. */
  setRemaining(account: SimAccount, key: string, remainingRatio: number): void
  /** Every token issued so far, and the secrets of the OAuth clients: for tests that prove that nothing leaks. */
  secrets(): readonly string[]
}

export const FAKE_CLIENTS: GoogleClients = {
  antigravity: {
    id: '000000000001-fakeantigravity.apps.googleusercontent.com',
    secret: 'fake-client-secret-antigravity',
  },
  'gemini-cli': {
    id: '000000000002-fakegeminicli.apps.googleusercontent.com',
    secret: 'fake-client-secret-gemini-cli',
  },
}

export function createWorld(options: WorldOptions = {}): World {
  const seed = options.seed ?? 1
  const clock = createClock(options.clock)
  const startAt = clock.now()
  const grants = createGrants(clock, options.tokenLifeFactor)
  const accounts: SimAccount[] = []
  const clients = options.clients ?? FAKE_CLIENTS
  const world: World = {
    seed,
    clock,
    clients,
    claudeUserAgentGate: options.claudeUserAgentGate ?? true,
    grants,
    devices: createDevices(clock, grants),
    consents: createConsents(clock, grants),
    accounts,
    add(spec) {
      const index = accounts.filter((account) => account.provider === spec.provider).length
      const account = createAccount(spec, index, seed, startAt)
      if (accounts.some((known) => known.id === account.id)) throw new Error(`${account.id} is there already`)
      accounts.push(account)
      return account
    },
    account(id) {
      const account = accounts.find((candidate) => candidate.id === id)
      if (!account) throw new Error(`this world has no account ${id}`)
      return account
    },
    setRemaining(account, key, remainingRatio) {
      const dot = key.lastIndexOf('.')
      meterOf(account, key.slice(0, dot)).setUsed(key.slice(dot + 1), 1 - remainingRatio, clock.now())
    },
    secrets: () => [
      ...grants.secrets(),
      ...[clients.antigravity, clients['gemini-cli']].flatMap((client) => client?.secret ?? []),
    ],
  }
  for (const [provider, count] of Object.entries(options.accounts ?? {})) {
    for (let index = 0; index < count; index += 1) world.add({ provider: provider as SimProvider })
  }
  return world
}
