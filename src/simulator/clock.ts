import { type EpochMs, epochMs } from '../model/index.ts'

export interface WorldClockOptions {
  /** The world's first instant; default: the wall's. */
  readonly startAt?: number
  /** World seconds per wall second; default 1. */
  readonly speed?: number
  /** Wall time in milliseconds; default the machine's. Tests hand in their own. */
  readonly now?: () => number
}

/**
 * The time simulated accounts live in. It may run fast, stand still or jump; instants that go on the wire are given
 * in wall time, so that a client's countdown reaches zero when the simulated window really resets.
 */
export interface WorldClock {
  /** World time. */
  now(): EpochMs
  /** Wall time: the `Date` header. */
  wall(): EpochMs
  /** The wall instant at which the world will reach (or reached) `at`. At speed 1 without jumps both are the same. */
  wire(at: EpochMs): EpochMs
  speed(): number
  setSpeed(speed: number): void
  set(at: number): void
  advance(ms: number): void
  /** World time stands still until `resume`. */
  freeze(): void
  resume(): void
}

export function createClock(options: WorldClockOptions = {}): WorldClock {
  const readWall = options.now ?? Date.now
  let speed = checkedSpeed(options.speed ?? 1)
  let frozen = false
  let wallAnchor = readWall()
  let worldAnchor = options.startAt ?? wallAnchor
  const world = (): number => (frozen ? worldAnchor : worldAnchor + (readWall() - wallAnchor) * speed)
  const anchor = (at: number): void => {
    wallAnchor = readWall()
    worldAnchor = at
  }
  return {
    now: () => epochMs(world()),
    wall: () => epochMs(readWall()),
    wire: (at) => epochMs(Math.round((frozen ? readWall() : wallAnchor) + (at - worldAnchor) / speed)),
    speed: () => speed,
    setSpeed(next) {
      anchor(world())
      speed = checkedSpeed(next)
    },
    set: (at) => anchor(at),
    advance: (ms) => anchor(world() + ms),
    freeze() {
      anchor(world())
      frozen = true
    },
    resume() {
      anchor(world())
      frozen = false
    },
  }
}

function checkedSpeed(speed: number): number {
  if (!Number.isFinite(speed) || speed <= 0) throw new RangeError('the speed of a world must be above 0')
  return speed
}
