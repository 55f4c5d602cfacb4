import { promisify } from 'node:util'
import { constants, crc32, deflateRaw } from 'node:zlib'
import type { AccountState, Clock, Engine, EpochMs, Rules } from '../model/index.ts'
import { nextChangeAt } from '../model/index.ts'
import { type AccountSamples, accountSamples, type ForecastLookup, joinSamples } from './exposition.ts'
import type { OwnMetrics } from './own.ts'
import { cleanLabel } from './text.ts'

export interface MetricsAnswer {
  readonly contentType: string
  readonly encoding: 'gzip' | null
  /** The body in order. The large part is the same Buffer for every scrape of an unchanged board: never write to it. */
  readonly chunks: readonly Buffer[]
  /** Bytes of all chunks. */
  readonly length: number
}

export interface MetricsPage {
  /** The page of the moment. `accept` and `acceptEncoding` are the request's headers. Causes no request to a service. */
  render(accept: string | undefined, acceptEncoding: string | undefined): Promise<MetricsAnswer>
}

export interface MetricsPageOptions {
  readonly engine: Pick<Engine, 'board' | 'revision'>
  readonly rules: () => Rules
  readonly clock: Clock
  readonly own: OwnMetrics
  readonly forecast?: ForecastLookup | undefined
}

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
const compress = promisify(deflateRaw)

interface Fragment {
  readonly state: AccountState
  readonly samples: AccountSamples
  readonly validUntil: EpochMs | null
}

/** The board's part of the page, and what it was made of. */
interface BoardBody {
  readonly revision: number
  readonly rules: Rules
  /** A clock that was set back to before this makes the body worthless. */
  readonly madeAt: EpochMs
  readonly validUntil: EpochMs | null
  readonly plain: Buffer
  /** Filled at the first scrape that takes gzip: deflate blocks on a byte boundary, not the end of a stream. */
  deflated: Promise<Buffer> | null
}

/**
 * The page of `/metrics`: fragments per account that are made again only when that account changed, joined at a scrape
 * if anything changed since the last one. The daemon's own counters move with every scrape, so they follow as a
 * second, small chunk; for gzip both are blocks of one member, whose checksum is carried on over them.
 */
export function createMetricsPage(options: MetricsPageOptions): MetricsPage {
  const bodies = new BoardBodies(options)
  return {
    async render(accept, acceptEncoding) {
      const openMetrics = wantsOpenMetrics(accept)
      const board = bodies.current()
      const tail = Buffer.from((await options.own.render(openMetrics)) + (openMetrics ? '# EOF\n' : ''))
      const contentType = openMetrics ? OPEN_METRICS : TEXT
      if (!accepts(acceptEncoding, 'gzip')) return answer(contentType, null, [board.plain, tail])
      board.deflated ??= compress(board.plain, { level: 1, finishFlush: constants.Z_SYNC_FLUSH })
      return answer(contentType, 'gzip', await gzipChunks(board.plain, await board.deflated, tail))
    },
  }
}

class BoardBodies {
  readonly #options: MetricsPageOptions
  readonly #fragments = new Map<string, Fragment>()
  #body: BoardBody | null = null

  constructor(options: MetricsPageOptions) {
    this.#options = options
  }

  /** The body of the moment: the last one while nothing has changed, neither by a reading nor by time. */
  current(): BoardBody {
    const { clock, engine } = this.#options
    const now = clock.now()
    const revision = engine.revision()
    const rules = this.#options.rules()
    const last = this.#body
    const isSame = last?.revision === revision && last.rules === rules && last.madeAt <= now
    if (last !== null && isSame && isValid(last.validUntil, now)) return last
    if (last !== null && (last.rules !== rules || last.madeAt > now)) this.#fragments.clear()
    this.#body = this.#build(revision, rules, now)
    return this.#body
  }

  #build(revision: number, rules: Rules, now: EpochMs): BoardBody {
    const { engine, own } = this.#options
    const seen = new Set<string>()
    const samples: AccountSamples[] = []
    let validUntil: EpochMs | null = null
    for (const state of engine.board().accounts) {
      // Two names that differ only by characters no format can carry would be one series twice.
      const key = `${state.account.provider}/${cleanLabel(state.account.name)}`
      if (seen.has(key)) continue
      seen.add(key)
      const fragment = this.#fragment(key, state, { rules, now })
      samples.push(fragment.samples)
      validUntil = earlier(validUntil, fragment.validUntil)
    }
    for (const key of this.#fragments.keys()) if (!seen.has(key)) this.#fragments.delete(key)
    own.keepAccounts(seen)
    return { revision, rules, madeAt: now, validUntil, plain: Buffer.from(joinSamples(samples)), deflated: null }
  }

  #fragment(key: string, state: AccountState, context: { readonly rules: Rules; readonly now: EpochMs }): Fragment {
    const known = this.#fragments.get(key)
    if (known?.state === state && isValid(known.validUntil, context.now)) return known
    const made: Fragment = {
      state,
      samples: accountSamples(state, { ...context, forecast: this.#options.forecast }),
      validUntil: nextChangeAt(state, context.now),
    }
    this.#fragments.set(key, made)
    return made
  }
}

/** One gzip member whose first blocks are ready and whose last one is made now. */
async function gzipChunks(plain: Buffer, deflated: Buffer, tail: Buffer): Promise<Buffer[]> {
  const last = await compress(tail, { level: 1 })
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(tail, crc32(plain)), 0)
  trailer.writeUInt32LE((plain.length + tail.length) % 2 ** 32, 4)
  return [GZIP_HEAD, deflated, last, trailer]
}

function answer(contentType: string, encoding: 'gzip' | null, chunks: readonly Buffer[]): MetricsAnswer {
  const filled = chunks.filter((chunk) => chunk.length > 0)
  return { contentType, encoding, chunks: filled, length: filled.reduce((sum, chunk) => sum + chunk.length, 0) }
}

function isValid(until: EpochMs | null, now: EpochMs): boolean {
  return until === null || now < until
}

function earlier(a: EpochMs | null, b: EpochMs | null): EpochMs | null {
  if (a === null) return b
  return b === null || a < b ? a : b
}

/** OpenMetrics when it is named with a weight above 0 and not below the one of plain text. */
function wantsOpenMetrics(accept: string | undefined): boolean {
  const asked = weightOf(accept, 'application/openmetrics-text')
  return asked !== null && asked > 0 && asked >= (weightOf(accept, 'text/plain') ?? 0)
}

/** Whether a coding is accepted: named, or covered by `*`, with a weight above 0. */
function accepts(header: string | undefined, coding: string): boolean {
  return (weightOf(header, coding) ?? weightOf(header, '*') ?? 0) > 0
}

/** The highest weight a header gives a name; null when it does not name it. */
function weightOf(header: string | undefined, name: string): number | null {
  let best: number | null = null
  for (const entry of (header ?? '').split(',')) {
    const [type, ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase())
    if (type !== name) continue
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    const weight = q === undefined ? 1 : Number(q.slice(2))
    if (Number.isFinite(weight) && (best === null || weight > best)) best = weight
  }
  return best
}
