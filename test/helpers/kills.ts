/** How often, and at which moments, the tests kill. `npm run kills` sets both; the same seed, the same moments. */
import { stream } from '../../src/simulator/random.ts'

export const KILL_SEED = numberFrom('KILL_SEED') ?? 1

/** Rounds of a kill test: what was asked for, else the number for CI or for a developer's own run. */
export function killRounds(ci: number, local: number): number {
  return numberFrom('KILL_ROUNDS') ?? (process.env['CI'] === 'true' ? ci : local)
}

/** Numbers in 0..1 by which a kill test chooses its moments. */
export function killMoments(): () => number {
  return stream(KILL_SEED)
}

/** Throws for a number that is none, so that a typing error does not run another test than was asked for. */
function numberFrom(name: string): number | undefined {
  const text = process.env[name]
  if (text === undefined || text === '') return undefined
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`${name} must be a whole number from 1`)
  return number
}
