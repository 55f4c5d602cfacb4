import type { Clock, JsonFile, Log, Random } from '../model/ports.ts'
import { capRequestedWait } from '../model/retry-after.ts'
import { LONGEST_REQUESTED_WAIT_MS, type PollingSettings } from '../model/settings.ts'
import { DAY_MS, type EpochMs, epochMs, MINUTE_MS, plusMs, SECOND_MS } from '../model/time.ts'

/**
 * One endpoint of one login of one account. The credential's fingerprint stands for the account: it survives a change
 * of the account's name, and with another credential the cooldown is over.
 */
export interface CooldownKey {
  readonly provider: string
  /** For the log only. */
  readonly account: string
  readonly endpoint: string
  readonly fingerprint: string
}

interface CooledAccount {
  readonly provider: string
  readonly fingerprints: readonly string[]
  readonly endpoint: string | null
}

export interface Cooldowns {
  /** Takes in what other processes have written; at most once a second. Never throws. */
  sync(): Promise<void>
  /** Milliseconds until the endpoint may be asked; 0 when it may be now. */
  remainingMs(key: CooldownKey): number
  /**
   * Milliseconds until the account may be asked again: by the named endpoint's cooldown, else by the shortest one of
   * its logins; 0 when nothing of it is cooling down.
   */
  accountRemainingMs(account: CooledAccount): number
  /** The service said 429. `requestedMs` null: it named no usable delay. Returns the wait in milliseconds. */
  refuse(key: CooldownKey, requestedMs: number | null): number
  /** The endpoint answered: the wait and its steps are over. */
  clear(key: CooldownKey): void
  /** Resolves when everything is on disk (or could not be written, which is logged). */
  flush(): Promise<void>
  /** Entries held, for tests of the bound. */
  size(): number
}

export interface CooldownOptions {
  readonly file: JsonFile
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly settings: () => PollingSettings
}

interface Entry {
  readonly id: string
  /** When it was recorded; the later one of two processes wins. */
  readonly at: EpochMs
  readonly until: EpochMs
  /** How often in a row the endpoint refused; 0: it has answered since. */
  readonly step: number
}

interface HeldEntry extends Entry {
  /** The end on the monotonic clock, which no change of the wall clock can move. */
  readonly untilMonotonic: number
}

/** After this long an ended cooldown is forgotten, and with it how often it had doubled. */
const FORGET_AFTER_MS = DAY_MS
const MOST_ENTRIES = 5_000
/** Nobody of ours ever records a longer wait: a longer one in the file is damage, or a clock that was wrong. */
const LONGEST_WAIT_MS = LONGEST_REQUESTED_WAIT_MS * 1.5
const LONGEST_JITTER_ON_REQUESTED_MS = MINUTE_MS

/**
 * Waits after 429 answers, kept on disk so that a restart, another process and the refresh button are bound too.
 * Both clocks must have passed the end where this process has seen the refusal itself: a wall clock that is set
 * forward must not open the door early.
 */
export function createCooldowns(options: CooldownOptions): Cooldowns {
  return new KeptCooldowns(options)
}

class KeptCooldowns implements Cooldowns {
  readonly #options: CooldownOptions
  readonly #clock: Clock
  readonly #log: Log
  readonly #entries = new Map<string, HeldEntry>()
  /** What the file last said, to tell what another process has changed from what is merely older than ours. */
  #onDisk: ReadonlyMap<string, string> = new Map()
  #syncedAt = Number.NEGATIVE_INFINITY
  #writing: Promise<void> = Promise.resolve()
  #dirty = false

  constructor(options: CooldownOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#log = options.log
  }

  async sync(): Promise<void> {
    if (this.#clock.monotonicMs() - this.#syncedAt < SECOND_MS) return
    this.#syncedAt = this.#clock.monotonicMs()
    await this.#readDisk()
  }

  remainingMs(key: CooldownKey): number {
    return this.#remainingOf(this.#entries.get(idOf(key)))
  }

  accountRemainingMs({ provider, fingerprints, endpoint }: CooledAccount): number {
    let named = 0
    let shortest = 0
    for (const entry of this.#entries.values()) {
      const left = this.#remainingOf(entry)
      const [itsProvider, itsEndpoint, fingerprint] = partsOf(entry.id)
      if (left === 0 || itsProvider !== provider) continue
      if (fingerprint === undefined || !fingerprints.includes(fingerprint)) continue
      if (itsEndpoint === endpoint) named = Math.max(named, left)
      shortest = shortest === 0 ? left : Math.min(shortest, left)
    }
    return named > 0 ? named : shortest
  }

  refuse(key: CooldownKey, requestedMs: number | null): number {
    const id = idOf(key)
    const now = this.#clock.now()
    const known = this.#entries.get(id)
    const left = this.#remainingOf(known)
    // Answers that were under way when the wait began belong to it: one step a window, however many they are.
    const step = left > 0 ? (known?.step ?? 1) : (known?.step ?? 0) + 1
    if (left > 0 && requestedMs === null) return left
    const wait = Math.max(left, waitFor(requestedMs, step, key, this.#options))
    this.#entries.set(id, {
      id,
      at: now,
      until: plusMs(now, Math.ceil(wait)),
      step,
      untilMonotonic: this.#clock.monotonicMs() + wait,
    })
    bound(this.#entries, now)
    this.#save()
    return wait
  }

  clear(key: CooldownKey): void {
    const known = this.#entries.get(idOf(key))
    if (known === undefined || known.step === 0) return
    const now = this.#clock.now()
    this.#entries.set(known.id, { ...known, at: now, until: now, step: 0, untilMonotonic: this.#clock.monotonicMs() })
    this.#save()
  }

  async flush(): Promise<void> {
    let last: Promise<void>
    do {
      last = this.#writing
      await last
    } while (last !== this.#writing)
  }

  size(): number {
    return this.#entries.size
  }

  #remainingOf(entry: HeldEntry | undefined): number {
    return entry === undefined || entry.step === 0 ? 0 : Math.max(0, entry.untilMonotonic - this.#clock.monotonicMs())
  }

  #hold(entry: Entry): void {
    const left = Math.min(entry.until - this.#clock.now(), entry.until - entry.at, LONGEST_WAIT_MS)
    this.#entries.set(entry.id, { ...entry, untilMonotonic: this.#clock.monotonicMs() + Math.max(0, left) })
  }

  /** Another process's word counts when it is the later one, or (clocks go back) the more careful one. */
  #isNews(entry: Entry): boolean {
    const own = this.#entries.get(entry.id)
    return own === undefined || entry.at > own.at || entry.until - this.#clock.now() > this.#remainingOf(own)
  }

  async #readDisk(): Promise<void> {
    try {
      const found = entriesOf(await this.#options.file.read())
      for (const entry of found) {
        if (this.#onDisk.get(entry.id) !== signOf(entry) && this.#isNews(entry)) this.#hold(entry)
      }
      this.#onDisk = signsOf(found)
      bound(this.#entries, this.#clock.now())
    } catch (cause) {
      this.#log.warn('The cooldown file could not be read.', { reason: nameOf(cause) })
    }
  }

  async #writeDisk(): Promise<void> {
    if (!this.#dirty) return
    this.#dirty = false
    await this.#readDisk()
    try {
      const content = [...this.#entries.values()].map(toFile)
      await this.#options.file.write({ version: 1, entries: content })
      this.#onDisk = signsOf(content)
    } catch (cause) {
      this.#log.warn('The cooldown file could not be written.', { reason: nameOf(cause) })
    }
  }

  /** One write at a time; whatever changes meanwhile is in the next one. */
  #save(): void {
    if (this.#dirty) return
    this.#dirty = true
    this.#writing = this.#writing.then(() => this.#writeDisk())
  }
}

function waitFor(requestedMs: number | null, step: number, key: CooldownKey, options: CooldownOptions): number {
  const jitter = options.random()
  if (requestedMs === null) {
    const { backoffFloorMs, backoffCapMs } = options.settings()
    return ownBackoffMs(step, backoffFloorMs, backoffCapMs, jitter)
  }
  const { ms, cut } = capRequestedWait(requestedMs)
  if (cut) {
    options.log.warn('A service asked for a longer wait than is honoured; it was cut.', {
      provider: key.provider,
      account: key.account,
      endpoint: key.endpoint,
      requestedSeconds: Math.round(requestedMs / SECOND_MS),
      honouredSeconds: Math.round(ms / SECOND_MS),
    })
  }
  return ms + jitter * Math.min(ms / 10, LONGEST_JITTER_ON_REQUESTED_MS)
}

/** Doubles from `floorMs` with each step up to `capMs`; jitter (0..1) only adds, up to half. */
export function ownBackoffMs(step: number, floorMs: number, capMs: number, jitter: number): number {
  const doubled = floorMs * 2 ** Math.min(Math.max(0, step - 1), 30)
  return Math.min(doubled, Math.max(capMs, floorMs)) * (1 + jitter / 2)
}

function idOf(key: CooldownKey): string {
  return [key.provider, key.endpoint, key.fingerprint].join('|')
}

function partsOf(id: string): readonly string[] {
  return id.split('|')
}

function toFile(entry: HeldEntry): Entry {
  return { id: entry.id, at: entry.at, until: entry.until, step: entry.step }
}

function signOf(entry: Entry): string {
  return `${entry.at} ${entry.until} ${entry.step}`
}

function signsOf(entries: readonly Entry[]): ReadonlyMap<string, string> {
  return new Map(entries.map((entry) => [entry.id, signOf(entry)]))
}

/** Old ended entries go; when there are still too many, those that end first go. */
function bound(entries: Map<string, HeldEntry>, now: EpochMs): void {
  for (const [id, entry] of entries) {
    if (entry.until + FORGET_AFTER_MS < now) entries.delete(id)
  }
  if (entries.size <= MOST_ENTRIES) return
  const byEnd = [...entries.values()].sort((a, b) => a.until - b.until)
  for (const entry of byEnd.slice(0, entries.size - MOST_ENTRIES)) entries.delete(entry.id)
}

/** The usable entries of the file; whatever is damaged is left out. */
function entriesOf(content: unknown): readonly Entry[] {
  if (typeof content !== 'object' || content === null || !('entries' in content)) return []
  if (!Array.isArray(content.entries)) return []
  return content.entries.flatMap((item: unknown) => {
    if (typeof item !== 'object' || item === null) return []
    const { id, at, until, step } = item as Readonly<Record<string, unknown>>
    if (typeof id !== 'string' || !isCount(at) || !isCount(until) || !isCount(step)) return []
    return [{ id, at: epochMs(at), until: epochMs(until), step: Math.min(step, 64) }]
  })
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : typeof cause
}
