import { DAY_MS, type EpochMs, HOUR_MS, slug } from '../model/index.ts'
import { PEOPLE, PLANS, type SimPlan, type SimProvider } from './catalogue.ts'
import {
  createMeter,
  type Meter,
  MONDAY_PHASE_MS,
  type Pattern,
  SESSION_MS,
  WEEK_MS,
  type WindowSpec,
} from './meter.ts'
import { between, hashText, pick, stream } from './random.ts'

/** What is the matter with a simulated account; `ok` answers normally. */
export type Condition =
  | { readonly kind: 'ok' }
  /** Its grant is revoked: refreshes fail and access tokens are refused. */
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'forbidden' }
  /** Google wants the person to confirm the account first. */
  | { readonly kind: 'verification-required' }
  | { readonly kind: 'unsupported-region' }
  /** Usage calls answer 429; `retryAfterSeconds` null sends no hint at all. */
  | { readonly kind: 'rate-limited'; readonly retryAfterSeconds: number | null }

export interface SimAccount {
  /** `provider/email`, `provider/login` or `provider/label`. */
  readonly id: string
  readonly provider: SimProvider
  readonly name: string
  readonly email: string
  readonly login: string
  /** The provider's own id of the person. */
  readonly subject: string
  /** Organisation or workspace id, where the provider has one. */
  readonly workspace: string
  readonly plan: SimPlan
  /** Google Cloud project; null: the account has none and asks with `{}`. */
  readonly project: string | null
  /** A private Google account: Gemini CLI no longer serves it. */
  readonly consumer: boolean
  readonly meters: ReadonlyMap<string, Meter>
  /** Amounts the meters' ratios are shares of (entitlements, caps, top-ups), by name. */
  readonly limits: Readonly<Record<string, number>>
  readonly scopes: readonly string[]
  condition: Condition
}

export interface AccountSpec {
  readonly provider: SimProvider
  readonly name?: string
  /** Index into the provider's plans. */
  readonly plan?: number
  readonly pattern?: Pattern
  /** 1: a busy person who runs dry now and then; 0.2: seldom seen. Default: drawn. */
  readonly intensity?: number
  /** Used ratios at the start, `meter.window` as key (`3p.5h`); default: drawn. */
  readonly startUsed?: Readonly<Record<string, number>>
  readonly condition?: Condition
  readonly consumer?: boolean
  readonly project?: string | null
  /** OAuth scopes of its login; default all a full login has. Only Claude's matter. */
  readonly scopes?: readonly string[]
}

const CLAUDE_SCOPES = ['user:inference', 'user:profile', 'user:sessions:claude_code', 'user:mcp_servers']

/** Builds the `index`-th account of its provider. Depends on the seed and the spec alone. */
export function createAccount(spec: AccountSpec, index: number, seed: number, startAt: EpochMs): SimAccount {
  const name = spec.name ?? nameOf(spec.provider, index)
  const own = hashText(`${seed}/${spec.provider}/${name}`)
  const random = stream(own)
  const plans: readonly [SimPlan, ...SimPlan[]] = PLANS[spec.provider]
  const plan = plans[spec.plan ?? index % plans.length] ?? plans[0]
  const pattern = spec.pattern ?? pick(['steady', 'bursty', 'weekday', 'night-owl', 'steady', 'silent'], random)
  const intensity = spec.intensity ?? between(0.2, 1.1, random)
  const meters = new Map<string, Meter>()
  for (const part of partsOf(spec.provider, plan)) {
    const startUsed = Object.fromEntries(
      part.windows.map((window) => [window.key, spec.startUsed?.[`${part.key}.${window.key}`] ?? firstUsed(random)]),
    )
    const windows = part.windows.map((window) => shifted(window, random))
    const unitsPerHour = part.unitsPerHour * intensity * between(0.7, 1.3, random)
    const meterSeed = hashText(`${own}/${part.key}`)
    meters.set(part.key, createMeter({ windows, unitsPerHour, pattern, seed: meterSeed, startAt, startUsed }))
  }
  return {
    id: `${spec.provider}/${labelOf(spec.provider, name)}`,
    provider: spec.provider,
    name,
    email: `${name}@example.com`,
    login: name,
    subject: uuidOf(`${own}/subject`),
    workspace: uuidOf(`${own}/workspace`),
    plan,
    project: spec.project === undefined ? `fake-project-${slug(name)}` : spec.project,
    consumer: spec.consumer ?? false,
    meters,
    limits: limitsOf(spec.provider, plan),
    scopes: spec.scopes ?? (spec.provider === 'claude' ? CLAUDE_SCOPES : []),
    condition: spec.condition ?? { kind: 'ok' },
  }
}

/** The meter of an account; every provider's list of meters is fixed, so a miss is a programming error. */
export function meterOf(account: SimAccount, key: string): Meter {
  const meter = account.meters.get(key)
  if (!meter) throw new Error(`${account.id} has no meter ${key}`)
  return meter
}

interface Part {
  readonly key: string
  /** Windows whose phase is not given start at an hour of the account's own. */
  readonly windows: readonly WindowSpec[]
  readonly unitsPerHour: number
}

const session: WindowSpec = { key: '5h', length: SESSION_MS, capacity: 1 }
const weekly: WindowSpec = { key: 'weekly', length: WEEK_MS, capacity: 9 }
const month: WindowSpec = { key: 'month', length: 'month', capacity: 1 }
const day: WindowSpec = { key: 'day', length: DAY_MS, phaseMs: 0, capacity: 1 }
const mondayWeek: WindowSpec = { key: 'week', length: WEEK_MS, phaseMs: MONDAY_PHASE_MS, capacity: 1 }
/** Gemini CLI's days end at midnight Pacific, taken as 08:00 UTC. */
const pacificDay: WindowSpec = { key: 'daily', length: DAY_MS, phaseMs: 8 * HOUR_MS, capacity: 1 }

function partsOf(provider: SimProvider, plan: SimPlan): readonly Part[] {
  const unitsPerHour = 0.3 / Math.sqrt(plan.size)
  switch (provider) {
    case 'antigravity':
      return [
        { key: 'gemini', windows: [session, weekly], unitsPerHour: unitsPerHour * 0.7 },
        { key: '3p', windows: [session, weekly], unitsPerHour },
      ]
    case 'gemini-cli':
      return ['pro', 'flash', 'flash-lite'].map((key, index) => ({
        key,
        windows: [pacificDay],
        unitsPerHour: 0.08 / (index + 1),
      }))
    case 'claude':
      return [
        { key: 'all', windows: [session, weekly], unitsPerHour },
        { key: 'opus', windows: [weekly], unitsPerHour: unitsPerHour / 2 },
        { key: 'extra', windows: [month], unitsPerHour: 0.0008 },
      ]
    case 'codex':
      return [{ key: 'main', windows: [session, weekly], unitsPerHour }]
    case 'copilot':
      return [{ key: 'premium', windows: [{ ...month, soft: true }], unitsPerHour: 0.002 }]
    case 'openrouter':
      return [
        { key: 'key', windows: [month], unitsPerHour: 0.0015 },
        { key: 'day', windows: [{ ...day, soft: true }], unitsPerHour: 0.02 },
        { key: 'week', windows: [{ ...mondayWeek, soft: true }], unitsPerHour: 0.005 },
      ]
    case 'nano-gpt':
      return [
        { key: 'tokens', windows: [{ ...mondayWeek, key: 'weekly' }], unitsPerHour: 0.008 },
        { key: 'images', windows: [{ ...day, key: 'daily' }], unitsPerHour: 0.03 },
      ]
    case 'deepseek':
      return [{ key: 'spend', windows: [{ ...month, soft: true }], unitsPerHour: 0.002 }]
  }
}

function limitsOf(provider: SimProvider, plan: SimPlan): Readonly<Record<string, number>> {
  switch (provider) {
    case 'gemini-cli':
      return { pro: 1500, flash: 3000, 'flash-lite': 5000 }
    case 'claude':
      // Minor units: 50.00.
      return { extra: 5000 }
    case 'copilot':
      return { premium: 300 * plan.size, chat: -1, completions: -1 }
    case 'openrouter':
      return { key: 100, credits: 140 }
    case 'nano-gpt':
      return { tokens: 60_000_000, images: 100 }
    case 'deepseek':
      return { balance: 25 }
    default:
      return {}
  }
}

function shifted(window: WindowSpec, random: () => number): WindowSpec {
  if (window.length === 'month' || window.phaseMs !== undefined) return window
  return { ...window, phaseMs: Math.floor(random() * 20) * (HOUR_MS / 4) }
}

function nameOf(provider: SimProvider, index: number): string {
  const start = provider === 'antigravity' ? 0 : hashText(provider) % PEOPLE.length
  const name = PEOPLE[(start + index) % PEOPLE.length] ?? PEOPLE[0]
  const round = Math.floor(index / PEOPLE.length)
  return round === 0 ? name : `${name}${round + 1}`
}

/** Who has nothing but a key: the service tells nobody's name. */
const KEY_ONLY: ReadonlySet<SimProvider> = new Set(['openrouter', 'nano-gpt', 'deepseek'])

function labelOf(provider: SimProvider, name: string): string {
  if (provider === 'copilot') return name
  return KEY_ONLY.has(provider) ? `key-${name}` : `${name}@example.com`
}

function uuidOf(text: string): string {
  const hex = [0, 1, 2, 3].map((part) => hashText(`${text}/${part}`).toString(16).padStart(8, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** Most people have used a little, some a lot. */
function firstUsed(random: () => number): number {
  return Math.round(85 * random() ** 1.8) / 100
}
