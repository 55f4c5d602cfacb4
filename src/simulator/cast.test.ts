import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { epochMs } from '../model/index.ts'
import { meterOf } from './account.ts'
import { demoWorld } from './cast.ts'
import { SIM_PROVIDERS } from './catalogue.ts'
import { writeHome } from './home.ts'
import type { World } from './world.ts'

const START = Date.UTC(2026, 10, 22, 9)
const now = (): number => START

function kinds(world: World): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { condition } of world.accounts) counts.set(condition.kind, (counts.get(condition.kind) ?? 0) + 1)
  return counts
}

describe("the demo's cast", () => {
  it('mixes forty accounts over all providers, with every trouble once', () => {
    const world = demoWorld({ accounts: 40, seed: 1, now })
    expect(world.accounts).toHaveLength(40)
    expect(new Set(world.accounts.map((account) => account.provider))).toEqual(new Set(SIM_PROVIDERS))
    for (const kind of ['signed-out', 'forbidden', 'rate-limited']) expect(kinds(world).get(kind)).toBe(1)
    expect(world.accounts.filter((account) => account.consumer)).toHaveLength(1)
    const left = world.accounts
      .filter((account) => account.provider === 'antigravity')
      .map((account) => 1 - meterOf(account, '3p').window('5h', world.clock.now()).usedRatio)
    expect(left.filter((ratio) => ratio === 0)).toHaveLength(1)
    expect(left.filter((ratio) => ratio > 0 && ratio < 0.3).length).toBeGreaterThanOrEqual(2)
    expect(left.filter((ratio) => ratio >= 0.7).length).toBeGreaterThanOrEqual(2)
  })

  it('is the same for the same seed', () => {
    const ids = (seed: number): unknown =>
      demoWorld({ accounts: 40, seed, now }).accounts.map((account) => [
        account.id,
        [...account.meters.values()].map((meter) => meter.total(epochMs(START + 7_200_000))),
      ])
    expect(ids(3)).toEqual(ids(3))
    expect(ids(3)).not.toEqual(ids(4))
  })

  it('takes only the providers it is given, and passes over unknown ones', () => {
    const world = demoWorld({ accounts: 12, seed: 1, now, providers: ['antigravity', 'gemini-cli', 'moonshot'] })
    expect(world.accounts).toHaveLength(12)
    expect(new Set(world.accounts.map((account) => account.provider))).toEqual(new Set(['antigravity', 'gemini-cli']))
  })

  it('copes with one account, with none, and with providers that have little room', () => {
    expect(demoWorld({ accounts: 1, seed: 1, now }).accounts).toHaveLength(1)
    expect(demoWorld({ accounts: 0, seed: 1, now }).accounts).toHaveLength(0)
    expect(demoWorld({ accounts: 9, seed: 1, now, providers: ['openrouter'] }).accounts).toHaveLength(2)
    expect(demoWorld({ accounts: 9, seed: 1, now, providers: [] }).accounts).toHaveLength(0)
  })

  it('finds a place for every login of the cast', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tokstat-sim-cast-'))
    try {
      for (const accounts of [3, 40, 100]) {
        const home = await writeHome(demoWorld({ accounts, seed: 1, now }), join(folder, String(accounts)))
        expect(home.unplaced).toEqual([])
        expect(home.places.size).toBe(accounts)
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('lives fast: a session window of five hours comes back within minutes, and tokens outlive the demo', () => {
    let at = START
    const world = demoWorld({ accounts: 40, seed: 1, speed: 120, now: () => at })
    const spent = world.accounts.find(
      (account) =>
        account.provider === 'antigravity' && meterOf(account, '3p').window('5h', world.clock.now()).usedRatio === 1,
    )
    if (!spent) throw new Error('nobody is exhausted')
    const { resetsAt } = meterOf(spent, '3p').window('5h', world.clock.now())
    expect(world.clock.wire(resetsAt) - START).toBeLessThanOrEqual(150_000)
    const { accessToken } = world.grants.session(spent)
    at = world.clock.wire(resetsAt) + 1
    expect(meterOf(spent, '3p').window('5h', world.clock.now()).usedRatio).toBeLessThan(0.1)
    at = START + 3_600_000
    expect(world.grants.lookUp(accessToken).state).toBe('valid')
  })
})
