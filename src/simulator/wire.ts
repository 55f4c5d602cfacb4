import { type EpochMs, epochMs, SECOND_MS, toIso } from '../model/index.ts'
import { meterOf, type SimAccount } from './account.ts'
import type { WindowState } from './meter.ts'
import type { World } from './world.ts'

/** The state of one window of an account now. */
export function windowNow(world: World, account: SimAccount, meter: string, window: string): WindowState {
  return meterOf(account, meter).window(window, world.clock.now())
}

/** What is left, six decimals; 0 only when nothing is. */
export function remainingOf(state: WindowState): number {
  if (state.usedRatio >= 1) return 0
  return Math.max(1e-6, Math.round((1 - state.usedRatio) * 1e6) / 1e6)
}

/** Percent used, two decimals. */
export function usedPercent(state: WindowState): number {
  return Math.round(state.usedRatio * 1e4) / 100
}

/** A world instant as ISO text in wall time: whole seconds, never earlier than it comes. */
export function wireIso(world: World, at: EpochMs): string {
  return toIso(toWholeSecond(world.clock.wire(at)))
}

/** A world instant as unix seconds in wall time, never earlier than it comes. */
export function wireSeconds(world: World, at: EpochMs): number {
  return Math.ceil(world.clock.wire(at) / SECOND_MS)
}

/** World seconds as the whole wall seconds they last, at least 1. */
export function wallSeconds(world: World, seconds: number): number {
  return Math.max(1, Math.round(seconds / world.clock.speed()))
}

function toWholeSecond(at: EpochMs): EpochMs {
  return epochMs(Math.ceil(at / SECOND_MS) * SECOND_MS)
}
