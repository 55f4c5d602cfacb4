import { makeQuota, type Quota, ratiosFromUsed } from '../../model/quota.ts'
import type { ReadingNote } from '../../model/reading.ts'
import { slug } from '../../model/slug.ts'
import { type EpochMs, fromAnyInstant } from '../../model/time.ts'
import { cleanText } from '../shared/lenient.ts'
import { corruptNote } from '../shared/notes.ts'
import { readPercent } from '../shared/percent.ts'
import { extraUsageQuota, resetGrantsQuota } from './extra.ts'
import { type Limit, Usage, Window } from './schema.ts'
import { SESSION, WEEK_SECONDS, WEEKLY } from './windows.ts'

/** What a window is, without its numbers. */
interface Kind {
  readonly id: string
  readonly label: string
  readonly windowSeconds: number | null
  readonly inferred?: boolean
  readonly helper?: boolean
}

/** Model families keep their id over versions: `Opus 4` and `Opus 5` are both `weekly.opus`. */
const FAMILIES = ['fable', 'opus', 'sonnet', 'haiku']

/** The older form: windows under keys of their own. Of several keys the first that is not null counts. */
const KEYS: readonly { readonly keys: readonly string[]; readonly kind: Kind }[] = [
  { keys: ['five_hour'], kind: SESSION },
  { keys: ['seven_day'], kind: WEEKLY },
  ...FAMILIES.map((family) => ({ keys: [`seven_day_${family}`], kind: modelWeek(family, capitalised(family)) })),
  {
    keys: [
      ...['seven_day_routines', 'seven_day_claude_routines', 'claude_routines', 'routines', 'routine'],
      ...['seven_day_cowork', 'cowork'],
    ],
    kind: { id: 'routines', label: 'Daily Routines', windowSeconds: WEEK_SECONDS },
  },
  {
    keys: ['seven_day_oauth_apps'],
    kind: { id: 'weekly.oauth_apps', label: 'Weekly (OAuth apps)', windowSeconds: WEEK_SECONDS, helper: true },
  },
]

/** Everything that is not an unknown window: what is read elsewhere, and code names that only repeat a known limit. */
const NO_WINDOW = /^(limits|extra_usage|spend|cedar_ember)$|omelette|design|^iguana_|^tangelo|^nimbus_|_sonnet_max$/

export interface ParsedUsage {
  readonly quotas: readonly Quota[]
  readonly notes: readonly ReadingNote[]
  /** `subscription_type` as it stands; null when it is not told. */
  readonly planWord: string | null
  /** False: the answer has nothing in it that a usage answer has. */
  readonly isUsage: boolean
  /** Parts that should have been a quota and could not be read. */
  readonly dropped: number
}

/** `limits[]` first; the older keys fill the gaps, and never repeat what a limit has said already. */
export function parseUsage(json: object, now: EpochMs): ParsedUsage {
  const usage = Usage.safeParse(json).data
  if (usage === undefined) return { quotas: [], notes: [], planWord: null, isUsage: false, dropped: 1 }
  const found = new Found(now)
  for (const limit of usage.limits.items) {
    const kind = kindOfLimit(limit)
    if (kind !== null) found.add(kind, limit.percent, limit.resets_at)
  }
  const told = new Set(found.quotas().map((quota) => quota.id))
  for (const [kind, window] of windowsByKey(json)) {
    if (!told.has(kind.id)) found.add(kind, window.utilization, window.resets_at)
  }
  const more = [extraUsageQuota(usage.extra_usage, usage.spend), resetGrantsQuota(usage.cedar_ember, now)]
  const quotas = [...found.quotas(), ...more.filter((quota) => quota !== null)]
  const dropped = usage.limits.dropped + (usage.cedar_ember?.grants.dropped ?? 0) + found.dropped + wrongWindows(json)
  return {
    quotas,
    notes: [...corruptNote(dropped), ...unknownNotes(quotas)],
    planWord: usage.subscription_type,
    isUsage: usage.limits.isPresent || KNOWN_KEYS.some((key) => Object.hasOwn(json, key)),
    dropped,
  }
}

const KNOWN_KEYS = [...KEYS.flatMap(({ keys }) => keys), 'extra_usage', 'spend']

/** Collects windows; of two with one id the tighter one stays. */
class Found {
  readonly #now: EpochMs
  readonly #quotas = new Map<string, Quota>()
  dropped = 0

  constructor(now: EpochMs) {
    this.#now = now
  }

  add(kind: Kind, percent: unknown, resetsAt: unknown): void {
    const share = readPercent(percent)
    const at = fromAnyInstant(resetsAt)
    if (share.state === 'unreadable') {
      this.dropped++
      return
    }
    // Neither a value nor a reset: nothing is said.
    if (share.state === 'absent' && at === null) return
    const quota = makeQuota({
      kind: 'window',
      ...kind,
      ...ratiosFromUsed(share.state === 'known' ? share.value : null),
      resetsAt: at,
    })
    const known = this.#quotas.get(kind.id)
    if (known === undefined || isTighter(quota, known, this.#now)) this.#quotas.set(kind.id, quota)
  }

  quotas(): readonly Quota[] {
    return [...this.#quotas.values()]
  }
}

/** A window that has not ended counts before one that has; then the more used one, then the later reset. */
function isTighter(one: Quota, other: Quota, now: EpochMs): boolean {
  const ended = Number(hasEnded(one, now)) - Number(hasEnded(other, now))
  if (ended !== 0) return ended < 0
  const used = (one.usedRatio ?? -1) - (other.usedRatio ?? -1)
  return used === 0 ? (one.resetsAt ?? 0) > (other.resetsAt ?? 0) : used > 0
}

function hasEnded(quota: Quota, now: EpochMs): boolean {
  return quota.resetsAt !== null && quota.resetsAt <= now
}

/** Null: it repeats the window of all models. */
function kindOfLimit(limit: Limit): Kind | null {
  if (limit.kind === 'session') return SESSION
  if (limit.kind === 'weekly_all') return WEEKLY
  const model = limit.scope?.model?.display_name ?? limit.scope?.model?.id ?? null
  const isOfOneModel = model !== null && !/^all models\b/i.test(model)
  if (limit.kind === 'weekly_scoped' && isOfOneModel) {
    const known = FAMILIES.find((family) => `${limit.scope?.model?.id ?? ''} ${model}`.toLowerCase().includes(family))
    const word = known ?? slug(model)
    if (word !== '') return modelWeek(word, model)
  }
  const surface = limit.scope?.surface ?? null
  if (limit.kind === 'weekly_scoped' && !isOfOneModel && surface === null) return null
  return unknownWindow([limit.kind, isOfOneModel ? model : null, surface].filter((word) => word !== null).join(' '))
}

function modelWeek(word: string, name: string): Kind {
  return { id: `weekly.${word}`, label: `${name} weekly`, windowSeconds: WEEK_SECONDS }
}

function unknownWindow(key: string): Kind | null {
  const word = slug(key)
  if (word === '') return null
  return {
    id: `x.${word}`,
    label: cleanText(key.replaceAll('_', ' '), 64) ?? word,
    windowSeconds: null,
    inferred: true,
  }
}

function* windowsByKey(json: object): Generator<readonly [Kind, Window]> {
  const values = new Map(Object.entries(json))
  for (const { keys, kind } of KEYS) {
    const window = keys.map((key) => windowOf(values.get(key))).find((one) => one !== null)
    if (window !== undefined) yield [kind, window]
  }
  for (const [key, value] of values) {
    if (KNOWN_KEYS.includes(key) || NO_WINDOW.test(key)) continue
    const window = windowOf(value)
    const kind = window !== null && typeof window.utilization === 'number' ? unknownWindow(key) : null
    if (kind !== null && window !== null) yield [kind, window]
  }
}

function windowOf(value: unknown): Window | null {
  return Window.safeParse(value).data ?? null
}

/** Known keys that hold something that is no window: null means that there is none, anything else is damage. */
function wrongWindows(json: object): number {
  const known = KEYS.flatMap(({ keys }) => keys)
  return Object.entries(json).filter(
    ([key, value]) => known.includes(key) && value !== null && windowOf(value) === null,
  ).length
}

function unknownNotes(quotas: readonly Quota[]): readonly ReadingNote[] {
  return quotas
    .filter((quota) => quota.id.startsWith('x.'))
    .map((quota) => ({ code: 'unknown_window', message: `Claude names a window that is not known: ${quota.label}.` }))
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
