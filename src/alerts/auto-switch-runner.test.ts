import { expect, it } from 'vitest'
import { aModel, anAccount, aState, NOW } from '../../test/helpers/states.ts'
import { testHistory } from '../history/testing.ts'
import { type AccountState, DEFAULT_RULES, MINUTE_MS, type SwitchReport } from '../model/index.ts'
import { createAutoSwitch } from './auto-switch-runner.ts'

const base = { provider: 'antigravity', sources: ['antigravity-accounts'] } as const

function world(report: Partial<SwitchReport> = {}, dryRun = false, inferred = false) {
  const { store, clock } = testHistory()
  clock.jump(NOW - clock.now())
  const state = (name: string, left: number, isActive: boolean): AccountState =>
    aState({
      account: anAccount({ ...base, name, email: name, activeFor: isActive ? ['claude'] : [] }),
      quotas: [aModel('claude-x', left, { inferred: inferred && left === 0 })],
      observedAt: clock.now(),
    })
  const told: string[] = []
  const performed: string[] = []
  const active = 'ada@example.com'
  return {
    told,
    performed,
    clock,
    auto: createAutoSwitch({
      clock,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      history: store,
      settings: () => ({ enabled: true, dryRun, minRemainingRatio: 0.1, cooldownMs: 10 * MINUTE_MS }),
      rules: () => DEFAULT_RULES,
      sources: {
        board: () => ({
          accounts: [state('ada@example.com', 0, active === 'ada@example.com'), state('bob@example.com', 0.8, false)],
        }),
      },
      perform: async ({ account }, pool, isDry) => {
        performed.push(`${account.name} ${pool} ${isDry}`)
        return { account: account.id, file: 'f', changes: [], dryRun: isDry, kept: true, ...report }
      },
      announce: (message) => void told.push(message),
    }),
  }
}

it('switches once, says so, and rests', async () => {
  const { auto, told, performed, clock } = world()
  await Promise.all([auto.consider(), auto.consider()])
  await auto.consider()
  expect(performed).toEqual(['bob@example.com claude false'])
  expect(told).toEqual([
    'Antigravity (bob@example.com) is now the active account for claude: claude of the active account is spent.',
  ])
  clock.advance(MINUTE_MS)
  await auto.consider()
  expect(performed).toHaveLength(1)
})

it('leaves the pool alone for an hour when its owner took the choice back', async () => {
  const one = world()
  await one.auto.consider()
  one.clock.advance(2 * MINUTE_MS)
  await one.auto.consider()
  expect(one.told.at(-1)).toContain('wrote its own active account for claude back')
  one.clock.advance(30 * MINUTE_MS)
  await one.auto.consider()
  expect(one.performed).toHaveLength(1)
  one.clock.advance(31 * MINUTE_MS)
  await one.auto.consider()
  expect(one.performed).toHaveLength(2)
})

it('respects an owner that took it back at once', async () => {
  const one = world({ kept: false })
  await one.auto.consider()
  expect(one.told[0]).toContain('wrote its own choice back')
  one.clock.advance(15 * MINUTE_MS)
  await one.auto.consider()
  expect(one.performed).toHaveLength(1)
})

it('as a dry run only says it', async () => {
  const one = world({}, true)
  await one.auto.consider()
  expect(one.performed).toEqual(['bob@example.com claude true'])
  expect(one.told[0]).toContain('would become')
})

it('waits for a second reading where the first only infers that nothing is left', async () => {
  const one = world({}, false, true)
  await one.auto.consider()
  await one.auto.consider()
  expect(one.performed).toEqual([])
  one.clock.advance(MINUTE_MS)
  await one.auto.consider()
  expect(one.performed).toEqual(['bob@example.com claude false'])
})
