import { describe, expect, it } from 'vitest'
import { HOUR_MS } from '../model/index.ts'
import { meterOf } from './account.ts'
import { noise, stream } from './random.ts'
import { createWorld, type World } from './world.ts'

const START = Date.UTC(2026, 10, 22, 9)
const clock = { startAt: START, now: () => START }

function picture(world: World): unknown {
  return world.accounts.map((account) => ({
    id: account.id,
    plan: account.plan,
    subject: account.subject,
    session: world.grants.session(account),
    meters: [...account.meters.keys()].map((key) => meterOf(account, key).total(world.clock.now())),
  }))
}

const ALL = {
  antigravity: 5,
  'gemini-cli': 2,
  claude: 3,
  codex: 3,
  copilot: 3,
  openrouter: 2,
  'nano-gpt': 2,
  deepseek: 2,
}

describe('a world', () => {
  it('is the same for the same seed at the same time, and another for another', () => {
    const make = (seed: number): unknown => {
      const world = createWorld({ seed, accounts: ALL, clock })
      world.clock.advance(30 * HOUR_MS)
      return picture(world)
    }
    expect(make(5)).toEqual(make(5))
    expect(make(5)).not.toEqual(make(6))
  })

  it('leaves an account as it is when others are added', () => {
    const few = createWorld({ accounts: { claude: 1 }, clock })
    const many = createWorld({ accounts: { antigravity: 9, claude: 4 }, clock })
    expect(picture(few)).toEqual(
      [picture(many)].flat().filter((one) => JSON.stringify(one).includes(few.accounts[0]?.id ?? '?')),
    )
  })

  it('names a hundred accounts of one provider without giving a name twice', () => {
    const world = createWorld({ accounts: { antigravity: 100 }, clock })
    expect(new Set(world.accounts.map((account) => account.id)).size).toBe(100)
    expect(world.accounts[0]?.id).toBe('antigravity/ada@example.com')
    expect(world.accounts.every((account) => account.email.endsWith('@example.com'))).toBe(true)
  })

  it('sets what is left of one window by hand', () => {
    const world = createWorld({ accounts: { antigravity: 1 }, clock })
    const ada = world.account('antigravity/ada@example.com')
    world.setRemaining(ada, '3p.5h', 0.25)
    expect(meterOf(ada, '3p').window('5h', world.clock.now()).usedRatio).toBe(0.75)
    expect(() => world.setRemaining(ada, 'fifth.5h', 0)).toThrow('no meter fifth')
  })

  it('knows every secret that it has given out', () => {
    const world = createWorld({ accounts: ALL, clock })
    const given = world.accounts.flatMap((account) => {
      const { accessToken, refreshToken } = world.grants.session(account)
      return refreshToken === null ? [accessToken] : [accessToken, refreshToken]
    })
    expect(new Set(given).size).toBe(given.length)
    expect(world.secrets()).toEqual(expect.arrayContaining([...given, 'fake-client-secret-antigravity']))
  })

  it('refuses to add an account twice and to find one that is not there', () => {
    const world = createWorld({ clock })
    world.add({ provider: 'claude', name: 'ada' })
    expect(() => world.add({ provider: 'claude', name: 'ada' })).toThrow('there already')
    expect(() => world.account('claude/nobody')).toThrow('no account')
  })
})

describe('seeded randomness', () => {
  it('repeats and stays within 0..1', () => {
    const first = stream(42)
    const second = stream(42)
    for (let index = 0; index < 500; index += 1) {
      const value = first()
      expect(value).toBe(second())
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThan(1)
      expect(noise(9, index)).toBe(noise(9, index))
    }
  })

  it('spreads evenly enough to draw from', () => {
    const values = Array.from({ length: 4000 }, (_, index) => noise(1, index))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    expect(mean).toBeGreaterThan(0.47)
    expect(mean).toBeLessThan(0.53)
  })
})
