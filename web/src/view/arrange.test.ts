import { describe, expect, it } from 'vitest'
import { epochMs } from '../../../src/model/index.ts'
import { account, quota } from '../testing.ts'
import { type Arrangement, arrange, leastLeft, readArrangement } from './arrange.ts'

const NOW = epochMs(Date.parse('2026-11-22T09:00:00Z'))
const problem = { code: 'signed_out', message: 'x', hint: null, since: '2026-11-22T08:00:00Z', retryAt: null } as const
const work = account({ id: 'claude/work', name: 'work', plan: { id: 'max', name: 'Max 20x' } })
const home = account({
  id: 'codex/home',
  provider: 'codex',
  name: 'home',
  quotas: [quota({ level: 'exhausted', remainingRatio: 0, usedRatio: 1 })],
})
const lost = account({ id: 'claude/lost', name: 'lost', status: 'auth_required', problem, quotas: [] })
const ALL = [work, home, lost]

function idsOf(change: Partial<Arrangement>): string[][] {
  const arrangement = { ...readArrangement(new Map()), ...change }
  return arrange(ALL, arrangement, NOW).map(({ accounts }) => accounts.map(({ id }) => id))
}

describe('the overview', () => {
  it('keeps the order of the list, by service, unless asked otherwise', () => {
    expect(idsOf({})).toEqual([['claude/work', 'claude/lost'], ['codex/home']])
  })

  it('finds by name, service, plan and quota, every word of them', () => {
    expect(idsOf({ text: '20x' })).toEqual([['claude/work']])
    expect(idsOf({ text: 'CLAUDE lost' })).toEqual([['claude/lost']])
    expect(idsOf({ text: 'exhausted' })).toEqual([['codex/home']])
    expect(idsOf({ text: 'nobody' })).toEqual([])
  })

  it('shows what needs a look, or what can be used', () => {
    expect(idsOf({ show: 'attention', group: 'none' })).toEqual([['codex/home', 'claude/lost']])
    expect(idsOf({ show: 'usable', group: 'none' })).toEqual([['claude/work']])
  })

  it('sorts by urgency, by what is left and by name; unknown is never the least', () => {
    expect(idsOf({ sort: 'attention', group: 'none' })).toEqual([['claude/lost', 'codex/home', 'claude/work']])
    expect(idsOf({ sort: 'left', group: 'none' })).toEqual([['codex/home', 'claude/work', 'claude/lost']])
    expect(idsOf({ sort: 'name', group: 'none' })).toEqual([['codex/home', 'claude/lost', 'claude/work']])
    expect(leastLeft(lost)).toBeNull()
  })

  it('takes what the address says, and its own choice for what it does not understand', () => {
    const read = readArrangement(
      new Map([
        ['q', 'x'],
        ['sort', 'reset'],
        ['group', 'constructor'],
      ]),
    )
    expect(read).toEqual({ text: 'x', sort: 'reset', group: 'provider', show: 'all' })
  })
})
