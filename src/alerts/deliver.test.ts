import { expect, it, vi } from 'vitest'
import { MINUTE_MS } from '../model/index.ts'
import { aRule, aWorld, left, UNREACHABLE } from './testing.ts'

it('looks at a few of a long backlog for each message, not at all of it (A02)', async () => {
  const backlog = 120
  const before = aWorld({
    rules: [aRule({ when: { kind: 'exhausted' } })],
    channels: { ops: { type: 'alertmanager', url: 'http://127.0.0.1:9' } },
  })
  before.answer = UNREACHABLE
  for (let index = 0; index < backlog; index += 1) await before.read(`claude/${index}`, [left(0)])
  const world = before.restarted()
  const reads = vi.spyOn(world.history, 'alertLog')
  await world.pass(30 * MINUTE_MS)
  expect(world.received).toHaveLength(backlog)
  expect(reads.mock.calls.length).toBeLessThan(backlog * 5)
})
