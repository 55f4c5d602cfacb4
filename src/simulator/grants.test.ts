import { beforeEach, describe, expect, it } from 'vitest'
import { HOUR_MS } from '../model/index.ts'
import type { SimAccount } from './account.ts'
import { createWorld, type World } from './world.ts'

const START = Date.UTC(2026, 10, 22, 9)

let world: World
let claude: SimAccount
let antigravity: SimAccount

beforeEach(() => {
  world = createWorld({ clock: { startAt: START, now: () => START } })
  claude = world.add({ provider: 'claude', name: 'ada' })
  antigravity = world.add({ provider: 'antigravity', name: 'grace' })
})

describe('grants', () => {
  it('rotates single-use tokens: the new one works, the access token before it lives on', () => {
    const before = world.grants.session(claude)
    const outcome = world.grants.refresh(before.refreshToken ?? '')
    expect(outcome.kind).toBe('issued')
    const after = world.grants.session(claude)
    expect(after.refreshToken).not.toBe(before.refreshToken)
    expect(world.grants.lookUp(before.accessToken).state).toBe('valid')
    expect(world.grants.refresh(after.refreshToken ?? '').kind).toBe('issued')
  })

  it('revokes the whole family when a spent token comes again', () => {
    const first = world.grants.session(claude)
    world.grants.refresh(first.refreshToken ?? '')
    const second = world.grants.session(claude)
    expect(world.grants.refresh(first.refreshToken ?? '').kind).toBe('reused')
    expect(world.grants.refresh(second.refreshToken ?? '').kind).toBe('revoked')
    expect(world.grants.lookUp(second.accessToken).state).toBe('revoked')
    expect(world.grants.events.map((event) => event.kind)).toEqual(['signed-in', 'rotated', 'reused', 'rejected'])
    expect(world.grants.refreshCount(claude.id)).toBe(3)
    expect(world.grants.refreshCount(antigravity.id)).toBe(0)
  })

  it('keeps another sign-in of the same account alive when one family is revoked', () => {
    const ours = world.grants.signIn(claude)
    const theirs = world.grants.signIn(claude)
    world.grants.refresh(ours.refreshToken ?? '')
    world.grants.refresh(ours.refreshToken ?? '')
    expect(world.grants.lookUp(ours.accessToken).state).toBe('revoked')
    expect(world.grants.lookUp(theirs.accessToken).state).toBe('valid')
  })

  it("never rotates Google's refresh tokens", () => {
    const before = world.grants.session(antigravity)
    for (let round = 0; round < 3; round += 1) {
      expect(world.grants.refresh(before.refreshToken ?? '').kind).toBe('issued')
    }
    expect(world.grants.session(antigravity).refreshToken).toBe(before.refreshToken)
  })

  it('expires access tokens by world time', () => {
    const { accessToken } = world.grants.session(antigravity)
    world.clock.advance(HOUR_MS - 1)
    expect(world.grants.lookUp(accessToken).state).toBe('valid')
    world.clock.advance(1)
    expect(world.grants.lookUp(accessToken).state).toBe('expired')
  })

  it('refuses everything of an account that is signed out or revoked', () => {
    const { accessToken, refreshToken } = world.grants.session(antigravity)
    antigravity.condition = { kind: 'signed-out' }
    expect(world.grants.lookUp(accessToken).state).toBe('revoked')
    expect(world.grants.refresh(refreshToken ?? '').kind).toBe('revoked')
    antigravity.condition = { kind: 'ok' }
    world.grants.revoke(antigravity)
    expect(world.grants.lookUp(accessToken).state).toBe('revoked')
    expect(world.grants.lookUp(world.grants.session(antigravity).accessToken).state).toBe('valid')
    expect(world.grants.refresh('1//fake-refresh-of-nobody').kind).toBe('unknown')
  })
})
