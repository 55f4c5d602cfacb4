/** Who is on the stage: invented accounts, the same for the same number. */
import { demoWorld } from '../../src/simulator/cast.ts'
import { createWorld, type World } from '../../src/simulator/world.ts'

const SEED = 7

/** Names as people really have them: long, hyphenated, without a place to break. */
const LONG_NAMES = [
  'maximiliana.featherstonehaugh-cholmondeley+quarterly-reports',
  'continuous.integration.runner.of.the.data.platform.team',
  'x'.repeat(48),
] as const

/** A world of so many accounts whose wall clock is `now`. Up to three: one person; more: a mix with three long names. */
export function castOf(accounts: number, now: () => number): World {
  if (accounts > LONG_NAMES.length) return crowd(accounts, now)
  const world = createWorld({ seed: SEED, clock: { now } })
  const parts = [
    { provider: 'claude', name: 'ada', plan: 0, pattern: 'steady', startUsed: { 'all.5h': 0.69, 'all.weekly': 0.36 } },
    { provider: 'codex', name: 'ada', plan: 1, pattern: 'steady', startUsed: { 'main.5h': 0.22, 'main.weekly': 0.81 } },
    { provider: 'copilot', name: 'ada-l', pattern: 'weekday', startUsed: { 'premium.month': 0.44 } },
  ] as const
  for (const part of parts.slice(0, accounts)) world.add(part)
  return world
}

/** What alerts are about: one account is used up, another one nearly. */
export function somethingHappens(world: World): void {
  const [first, second] = world.accounts.filter(
    ({ provider, condition }) => provider === 'codex' && condition.kind === 'ok',
  )
  if (first !== undefined) world.setRemaining(first, 'main.weekly', 0.09)
  if (second !== undefined) world.setRemaining(second, 'main.5h', 0)
}

function crowd(accounts: number, now: () => number): World {
  const world = demoWorld({ accounts: accounts - LONG_NAMES.length, seed: SEED, speed: 1, now })
  for (const name of LONG_NAMES) world.add({ provider: 'antigravity', name })
  return world
}
