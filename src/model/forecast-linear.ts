import { type KnownPoint, orderedPoints, type UsagePoint } from './burn.ts'
import type { BurnModel } from './forecast.ts'
import type { WindowSpan } from './pace.ts'
import { type EpochMs, HOUR_MS, MINUTE_MS } from './time.ts'

/** Before anything is seen, a window is taken to end at this share used... */
const USUAL_SHARE = 0.4
/** ...as if so many of its pieces had been seen: an even burn soon outweighs that, a burn in large pieces late. */
const USUAL_PIECES_SEEN = 0.2
/** Use comes in pieces of about this share of the limit, until the cycle's own pieces say otherwise. */
const USUAL_PIECE = 0.1
const USUAL_PIECE_WEIGHT = 1
/** The cycle is cut into this many blocks to see how uneven its burn is. */
const BLOCKS = 20
/** Too little of a cycle to speak from: less than this part of the window, or than ten minutes. */
const LEAST_RATIO = 0.03
const LEAST_MS = 10 * MINUTE_MS
/** Without a window, so much must have been seen. */
const LEAST_WITHOUT_WINDOW_MS = HOUR_MS

/**
 * The pace of the present cycle goes on: used so far by time so far. Null ("still learning") while less than 3 % of
 * the window or ten minutes have gone by, or, without a window, less than an hour has been seen.
 */
export function linearModel(points: readonly UsagePoint[], window: WindowSpan, now: EpochMs): BurnModel | null {
  const seen = presentStretch(orderedPoints(points, now), window)
  if (seen === null) return null
  const { burned, elapsedMs, windowMs } = seen
  const least = windowMs === null ? LEAST_WITHOUT_WINDOW_MS : Math.max(LEAST_MS, windowMs * LEAST_RATIO)
  if (elapsedMs < least) return null
  const piece = pieceOf(seen)
  const priorShare = windowMs === null ? 0 : USUAL_PIECES_SEEN * piece
  const priorMs = (priorShare / USUAL_SHARE) * (windowMs ?? 0)
  const perMs = (burned + priorShare) / (elapsedMs + priorMs)
  return {
    name: 'linear',
    burnedIn(spanMs) {
      const mean = perMs * spanMs
      // The second part is what is not known about the pace itself: it was seen for a short time only.
      return { mean, variance: piece * mean * (1 + spanMs / (elapsedMs + priorMs)) }
    },
  }
}

interface PresentStretch {
  readonly points: readonly KnownPoint[]
  readonly startsAt: EpochMs
  readonly burned: number
  readonly elapsedMs: number
  /** Null: no window. */
  readonly windowMs: number | null
}

/** The values of the present cycle: since the window began, else since the last fall. */
function presentStretch(points: readonly KnownPoint[], { startsAt, resetsAt }: WindowSpan): PresentStretch | null {
  const last = points.at(-1)
  if (last === undefined) return null
  if (startsAt !== null && last.at >= startsAt) {
    const present = points.filter((point) => point.at >= startsAt)
    const windowMs = resetsAt === null ? null : resetsAt - startsAt
    return { points: present, startsAt, burned: last.usedRatio, elapsedMs: last.at - startsAt, windowMs }
  }
  let from = points.length - 1
  while (from > 0 && (points[from - 1]?.usedRatio ?? 0) <= (points[from]?.usedRatio ?? 0)) from--
  const first = points[from] ?? last
  const burned = last.usedRatio - first.usedRatio
  const elapsedMs = last.at - first.at
  // How long the window is nobody says; it is at least what has been seen and what is still to come.
  const windowMs = resetsAt === null ? null : Math.max(elapsedMs, resetsAt - first.at)
  return { points: points.slice(from), startsAt: first.at, burned, elapsedMs, windowMs }
}

/** Variance by mean of the cycle's blocks: the size of the pieces in which use comes. */
function pieceOf({ points, startsAt, burned, elapsedMs, windowMs }: PresentStretch): number {
  const blockMs = Math.max((windowMs ?? elapsedMs) / BLOCKS, MINUTE_MS)
  const count = Math.floor(elapsedMs / blockMs)
  const mean = burned / Math.max(1, count)
  if (count < 2 || mean <= 0) return USUAL_PIECE
  const blocks = new Array<number>(count).fill(0)
  let previous = points[0]?.usedRatio ?? 0
  for (const point of points) {
    const block = Math.min(count - 1, Math.floor((point.at - startsAt) / blockMs))
    blocks[block] = (blocks[block] ?? 0) + Math.max(0, point.usedRatio - previous)
    previous = point.usedRatio
  }
  const spread = blocks.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return (spread + USUAL_PIECE_WEIGHT * USUAL_PIECE * mean) / ((count - 1 + USUAL_PIECE_WEIGHT) * mean)
}
