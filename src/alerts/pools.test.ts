import { describe, expect, it } from 'vitest'
import { aModel, aWindow, NOW } from '../../test/helpers/states.ts'
import { type Alert, HOUR_MS, MINUTE_MS, plusMs, type Quota } from '../model/index.ts'
import { stateKey } from './rules/state.ts'
import { aRule, aWorld, UNREACHABLE, type World } from './testing.ts'

const POLL = 5 * MINUTE_MS
const ID = 'antigravity/work'
const EXHAUSTED = aRule({ when: { kind: 'exhausted' } })
const LOW = aRule({ when: { kind: 'level', atMost: 'low' } })
const POOL = { providerPool: '3p' }
const MODELS = ['claude-opus', 'claude-sonnet', 'claude-haiku']

const models = (share: number | null, more: Partial<Quota> = {}): Quota[] =>
  MODELS.map((id) => aModel(id, share, { label: id, ...POOL, ...more }))
const window = (share: number | null, more: Partial<Quota> = {}): Quota =>
  aWindow('pool.3p-5h', share, { label: 'Claude and GPT (5 h)', ...POOL, ...more })

async function readAll(world: World, readings: readonly (readonly Quota[])[]): Promise<void> {
  for (const quotas of readings) {
    await world.read(ID, quotas)
    await world.pass(POLL)
  }
}

const said = (world: World): readonly string[] => world.received.map(({ body }) => body.message)
const firing = (world: World): readonly Alert[] => world.alerts.log({ limit: 99, firing: true })

describe('one allowance of several models', () => {
  it('is one alert that names the pool and counts its models, until all of them are back', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    await readAll(world, [models(0.3), models(0)])
    expect(said(world)).toEqual(['Antigravity: Claude pool spent (3 models), back at 12:00.'])
    expect(world.received[0]?.body).toMatchObject({ quota: 'claude-opus', level: 'exhausted', remainingRatio: 0 })
    const [opus, sonnet, haiku] = [models(0.5)[0], ...models(0).slice(1)] as [Quota, Quota, Quota]
    await readAll(world, [[opus, sonnet, haiku]])
    expect(firing(world)).toHaveLength(1)
    await readAll(world, [models(0.6)])
    expect(firing(world)).toEqual([])
    expect(said(world).slice(1)).toEqual(['Antigravity: Claude pool (3 models) is fine again, 60% left.'])
  })

  it('is told by its window, where one is reported', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    await readAll(world, [
      [...models(0.3), window(0.3)],
      [...models(0), window(0)],
    ])
    expect(said(world)).toEqual(['Antigravity: Claude and GPT (5 h) limit reached, back at 12:00.'])
    expect(firing(world).map(({ quota }) => quota)).toEqual(['pool.3p-5h'])
  })

  it('speaks once although its models are sure a reading later, as inferred values are', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    const spent = [...models(0, { inferred: true }), window(0)]
    await readAll(world, [[...models(0.3), window(0.3)], spent, spent, spent])
    expect(said(world)).toHaveLength(1)
    await readAll(world, [[...models(1), window(1)]])
    expect(firing(world)).toEqual([])
    expect(world.received.map(({ body }) => body.state)).toEqual(['firing', 'resolved'])
  })

  it('says resets and recoveries once too', async () => {
    const rules = [aRule({ when: { kind: 'reset' } }), aRule({ when: { kind: 'recovered' } })]
    const world = aWorld({ rules })
    const later = { resetsAt: plusMs(NOW, 8 * HOUR_MS) }
    await readAll(world, [models(0.3), models(0)])
    await world.pass(3 * HOUR_MS)
    await readAll(world, [models(1, later)])
    expect(said(world).toSorted()).toEqual([
      'Antigravity: Claude pool (3 models) is back, 100% left.',
      'Antigravity: Claude pool (3 models) was reset, 100% left. Resets 17:00 (in 4h 50m).',
    ])
  })

  it('is not one where the values differ: each alerts for itself', async () => {
    const world = aWorld({ rules: [LOW] })
    const differing = models(0).map((quota, index) => ({ ...quota, ...aModel(quota.id, 0.1 + index / 20, POOL) }))
    await readAll(world, [models(0.35), differing])
    expect(
      firing(world)
        .map(({ quota }) => quota)
        .toSorted(),
    ).toEqual(MODELS.toSorted())
    expect(said(world)[0]).toBe('Antigravity: claude-opus is low, 10% left. Resets 12:00 (in 2h 55m).')
  })

  it('is two where two pools are spent, and another reset is another allowance', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    const gemini = (share: number) => [aModel('gemini-pro', share), aModel('gemini-flash', share)]
    const weekly = (share: number) => aModel('claude-weekly', share, { ...POOL, resetsAt: plusMs(NOW, 90 * HOUR_MS) })
    const all = (share: number) => [...models(share), ...gemini(share), weekly(share)]
    await readAll(world, [all(0.3), all(0)])
    expect(said(world).toSorted()).toEqual([
      'Antigravity: Claude pool spent (3 models), back at 12:00.',
      'Antigravity: Gemini pool spent (2 models), back at 12:00.',
      'Antigravity: claude-weekly limit reached, back at Thu 03:00.',
    ])
  })

  it('keeps to the quota that a rule names', async () => {
    const world = aWorld({ rules: [{ ...EXHAUSTED, quota: ['claude-sonnet'] }] })
    await readAll(world, [models(0.3), models(0)])
    expect(said(world)).toEqual(['Antigravity: claude-sonnet limit reached, back at 12:00.'])
  })
})

describe('the alert of a pool', () => {
  it('is repeated, acknowledged and snoozed as one', async () => {
    const world = aWorld({ rules: [{ ...EXHAUSTED, repeat: HOUR_MS }] })
    await readAll(world, [models(0.3), models(0)])
    await readAll(world, Array(13).fill(models(0)))
    expect(said(world)).toHaveLength(2)
    expect(said(world)[1]).toMatch(/Claude pool spent \(3 models\)/)
    const [alert] = firing(world)
    world.alerts.acknowledge(alert?.id ?? '')
    await readAll(world, Array(13).fill(models(0)))
    expect(said(world)).toHaveLength(2)
  })

  it('does not hide, in silence, a model that nobody snoozed', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    world.alerts.snoozeTarget({ rule: null, account: null, quota: 'claude-opus' }, HOUR_MS)
    await readAll(world, [models(0.3), models(0)])
    expect(said(world)).toEqual(['Antigravity: Claude pool spent (2 models), back at 12:00.'])
    expect(firing(world)).toHaveLength(2)
  })

  it('outlives a restart: one that was said is not said again, and it ends', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    world.answer = UNREACHABLE
    await readAll(world, [models(0.3), models(0)])
    const next = world.restarted()
    await readAll(next, [models(0), [...models(0), window(0)]])
    await next.pass(POLL)
    expect(said(next)).toEqual(['Antigravity: Claude pool spent (3 models), back at 12:00.'])
    await readAll(next, [[...models(0.7), window(0.7)]])
    expect(firing(next)).toEqual([])
  })

  it('follows alerts that an older tokstat has left for each model: they end, and none is said anew', async () => {
    const world = aWorld({ rules: [EXHAUSTED] })
    // As it was before: a state and an alert for each model.
    for (const id of MODELS) {
      await readAll(world, [[aModel(id, 0.3)], [aModel(id, 0)]])
      world.history.transact((tx) => {
        expect(tx.alertState(stateKey('exhausted', ID, id))).toMatchObject({ phase: 'firing', group: false })
        tx.putAlertState(stateKey('exhausted', `${ID}.kept`, id), NOW, tx.alertState(stateKey('exhausted', ID, id)))
      })
    }
    world.history.transact((tx) => {
      for (const id of MODELS)
        tx.putAlertState(stateKey('exhausted', ID, id), NOW, tx.alertState(stateKey('exhausted', `${ID}.kept`, id)))
    })
    const before = said(world).length
    await readAll(world, [models(0)])
    expect(said(world)).toHaveLength(before)
    await readAll(world, [models(0.8)])
    expect(firing(world)).toEqual([])
  })
})
