import * as z from 'zod'
import type { SettingsSchema } from '../model/provider.ts'
import { AlertRule, Channel } from './alert-schema.ts'
import { duration, size } from './units.ts'

/** What the configuration needs to know of a provider. */
export interface ConfigurableProvider {
  readonly id: string
  readonly settings: SettingsSchema<unknown>
  readonly intervalSeconds: number
  readonly floorSeconds: number
}

const Polling = z.strictObject({
  interval: duration(50).prefault('60s').describe('Default cadence; a provider’s own default wins where it is longer.'),
  timeout: duration(10).prefault('15s').describe('One absolute deadline for one request: connect, headers and body.'),
  concurrency: z.int().min(1).max(256).default(32).describe('Accounts fetched at once; at most 8 per host.'),
  backoff_floor: duration()
    .prefault('60s')
    .describe('Shortest wait after a 429 that names no usable delay; doubles each time.'),
  backoff_cap: duration().prefault('1h').describe('Longest wait of our own; one that a service asks for is kept.'),
  stale_after: duration()
    .prefault('15m')
    .describe('A reading older than this (or three intervals, if longer) is stale.'),
})

const Levels = z.strictObject({
  low: z.number().min(0).max(1).default(0.3).describe('Below this share left a quota is low.'),
  medium: z.number().min(0).max(1).default(0.7).describe('From this share left on a quota is ok.'),
  balance: z
    .record(z.string(), z.number().min(0))
    .prefault({})
    .transform((given): Record<string, number> => ({ USD: 5, ...given }))
    .describe('Per unit: a balance below this amount is low. USD is 5 unless set.'),
})

const Storage = z.strictObject({
  url: z
    .literal('sqlite', { error: 'Only "sqlite" is supported.' })
    .default('sqlite')
    .describe('Where history is kept.'),
  raw_retention: duration().prefault('30d').describe('How long single samples are kept.'),
  rollup_retention: duration().prefault('2y').describe('How long hourly and daily values are kept.'),
  max_size: size().prefault('512MB').describe('Largest size of the history file; the oldest goes first.'),
})

const file = (meaning: string) => z.string().min(1).optional().describe(meaning)

const Server = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on; any but loopback needs token_file.'),
  port: z.int().min(0).max(65_535).default(8000).describe('Port to listen on; 0 picks a free one.'),
  token_file: file('File with the token that every request must carry.'),
  metrics_token_file: file('File with a token that opens /metrics alone.'),
  allowed_hosts: z.array(z.string().min(1)).default([]).describe('Further names that may stand in the Host header.'),
  tls_cert: file('Certificate (PEM) for https.'),
  tls_key: file('Private key (PEM) for https.'),
  base_path: z
    .string()
    .regex(/^(\/[\w.~-]+)*\/?$/, 'Expected a path such as "/tokstat".')
    .default('')
    .transform((path) => path.replace(/\/$/, ''))
    .describe('Path under which a reverse proxy serves it.'),
  trusted_proxies: z.array(z.string().min(1)).default([]).describe('Addresses whose X-Forwarded-For is believed.'),
})

/** The keys every `[providers.<id>]` table has; `user_agent` and `run_owner_cli` matter where a provider uses them. */
const COMMON_PROVIDER_KEYS = {
  enabled: z.boolean().default(true).describe('False: its accounts are not asked.'),
  interval: duration(50).optional().describe('Cadence; may be below the provider’s default on purpose.'),
  user_agent: z.string().min(1).optional().describe('User-Agent to send instead of the provider’s documented one.'),
  run_owner_cli: z.boolean().default(false).describe('Allow running the owner’s own command in the background.'),
}

/** The schema of config.toml for these providers: input in the file's names and units, output in ours. */
export function configSchema(providers: readonly ConfigurableProvider[]) {
  const tables = Object.fromEntries(providers.map((provider) => [provider.id, providerTable(provider)]))
  return z.strictObject({
    polling: Polling.prefault({}).describe('How often and how patiently services are asked.'),
    providers: z.strictObject(tables).prefault({}).describe('One table per provider.'),
    pools: z
      .strictObject({
        group: z.enum(['family', 'pool']).default('family').describe('Antigravity: by family, or its own pools.'),
      })
      .prefault({})
      .describe('How models share an allowance.'),
    levels: Levels.prefault({}).describe('Where ok, medium and low begin.'),
    storage: Storage.prefault({}).describe('History. A change needs a restart.'),
    server: Server.prefault({}).describe('The daemon. A change needs a restart.'),
    alerts: z.array(AlertRule).default([]).describe('Rules that tell you something; a list of tables.'),
    channels: z.record(z.string(), Channel).default({}).describe('Where alerts go; one table per name.'),
    auto_switch: z
      .strictObject({
        enabled: z.boolean().default(false).describe('Switch when the active account is depleted.'),
        dry_run: z.boolean().default(false).describe('Only say what would be switched.'),
        min_remaining: z
          .number()
          .min(0)
          .max(1)
          .default(0.1)
          .describe('An account must have this share left to be switched to.'),
        cooldown: duration(1_000).prefault('10m').describe('Shortest time between two switches of one pool.'),
      })
      .prefault({})
      .describe('Rewriting the active account in antigravity-accounts.json.'),
    dead_man: z
      .strictObject({
        url: z
          .url({ protocol: /^https?$/, error: 'Expected an http or https address.' })
          .optional()
          .describe('Where to ask.'),
        url_file: file('File with the secret address.'),
        interval: duration(10_000).prefault('5m').describe('How often it is asked.'),
      })
      .prefault({})
      .describe('An address that is asked while all is well; its owner notices when that stops.'),
    privacy: z
      .strictObject({ enabled: z.boolean().default(false).describe('Pseudonyms instead of e-mails everywhere.') })
      .prefault({})
      .describe('What is shown of people.'),
  })
}

export type ConfigSchema = ReturnType<typeof configSchema>

/** A provider's table: the common keys and its own, strictly. Its own meaning of a common key wins. */
function providerTable(provider: ConfigurableProvider) {
  const own = Object.fromEntries(
    Object.entries(shapeOf(provider.settings)).map(([key, type]) => [key, withMeaning(key, type)]),
  )
  return z
    .strictObject({ ...COMMON_PROVIDER_KEYS, ...own })
    .prefault({})
    .describe(`Settings of ${provider.id}.`)
}

/** A common key that a provider has narrowed keeps its common meaning, unless the provider gives one. */
function withMeaning(key: string, type: z.core.SomeType): z.core.SomeType {
  const common = Object.entries(COMMON_PROVIDER_KEYS).find(([name]) => name === key)?.[1].description
  if (common === undefined || !(type instanceof z.ZodType) || type.description !== undefined) return type
  return type.describe(common)
}

/** The keys of a provider's zod object, wrapped in a default or not; none for a schema of another sort. */
export function shapeOf(settings: SettingsSchema<unknown>): z.core.$ZodLooseShape {
  if (settings instanceof z.ZodPrefault || settings instanceof z.ZodDefault || settings instanceof z.ZodOptional) {
    const inner: unknown = settings.unwrap()
    return inner instanceof z.ZodType ? shapeOf(inner) : {}
  }
  return settings instanceof z.ZodObject ? settings.shape : {}
}
