import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { epochMs, HOUR_MS, MINUTE_MS, plusMs } from '../../model/time.ts'
import { fakeCredential } from '../testing.ts'
import {
  fromHandedFile,
  type HandedEntry,
  handedReading,
  isRepetition,
  keepHanded,
  parseStatusLine,
  toHandedFile,
} from './statusline.ts'

const NOW = epochMs(Date.UTC(2026, 10, 22, 9))
const SESSION_ENDS = plusMs(NOW, 2 * HOUR_MS)
const WEEK_ENDS = plusMs(NOW, 70 * HOUR_MS)
const LOGIN = { place: '/home/ada/.claude/.credentials.json', subject: 'account-1', workspace: 'org-1' }

function document(session: unknown, weekly: unknown, more: object = {}): unknown {
  return { session_id: 's-1', version: '2.1.80', rate_limits: { five_hour: session, seven_day: weekly }, ...more }
}

function limit(used: unknown, resetsAt: unknown): unknown {
  return { used_percentage: used, resets_at: resetsAt }
}

function input(session: number, weekly: number, more: object = {}) {
  const parsed = parseStatusLine(
    document(limit(session, SESSION_ENDS / 1000), limit(weekly, WEEK_ENDS / 1000), more),
    NOW,
  )
  if (parsed === null) throw new Error('a document of this test is not understood')
  return parsed
}

function kept(entries: readonly HandedEntry[] | null): readonly HandedEntry[] {
  if (entries === null) throw new Error('nothing was kept')
  return entries
}

describe("Claude Code's status line", () => {
  it('is read with instants in seconds or as text', () => {
    const iso = new Date(WEEK_ENDS).toISOString()
    expect(parseStatusLine(document(limit(23.5, SESSION_ENDS / 1000), limit(41.2, iso)), NOW)?.windows).toEqual({
      five_hour: { used: 23.5, resetsAt: SESSION_ENDS },
      seven_day: { used: 41.2, resetsAt: WEEK_ENDS },
    })
  })

  it.each([
    ['no limits at all', { session_id: 's-1' }],
    ['limits of null', { rate_limits: null }],
    ['a list', []],
    ['nothing', null],
    ['a percent above 100', document(limit(101, SESSION_ENDS / 1000), null)],
    ['a percent below 0', document(limit(-1, SESSION_ENDS / 1000), null)],
    ['a percent that is no number', document(limit('23', SESSION_ENDS / 1000), null)],
    ['a window that has ended', document(limit(23, NOW / 1000 - 1), null)],
    ['a reset in years', document(limit(23, NOW / 1000 + 90_000_000), null)],
    ['a reset of nonsense', document(limit(23, 'soon'), null)],
  ])('says nothing with %s', (_what, value) => {
    expect(parseStatusLine(value, NOW)).toBeNull()
  })

  it('never throws, whatever comes', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void parseStatusLine({ rate_limits: value }, NOW)))
    fc.assert(
      fc.property(
        fc.jsonValue(),
        (value) => void handedReading(value, fakeCredential({ provider: 'claude', source: 'claude-code' })),
      ),
    )
  })
})

describe('what is kept of it', () => {
  it('takes the age of the moment the values were new: a session that stands idle does not renew them', () => {
    const first = kept(keepHanded([], input(20, 40), LOGIN, NOW))
    const later = plusMs(NOW, 10 * MINUTE_MS)
    expect(keepHanded(first, input(20, 40), LOGIN, later)).toBeNull()
    expect(keepHanded(first, input(20, 40, { session_id: 's-2' }), LOGIN, later)).toBeNull()
    expect(keepHanded(first, input(21, 40), LOGIN, later)?.[0]).toMatchObject({ at: later })
  })

  it('counts an answer that has just come in as news, though the values are the same', () => {
    const first = kept(keepHanded([], input(20, 40, { cost: { total_api_duration_ms: 900 } }), LOGIN, NOW))
    const later = plusMs(NOW, MINUTE_MS)
    const next = keepHanded(first, input(20, 40, { cost: { total_api_duration_ms: 1_900 } }), LOGIN, later)
    expect(next?.[0]).toMatchObject({ at: later, apiMs: 1_900 })
  })

  it('does not go back to what an older session still shows', () => {
    const first = kept(keepHanded([], input(35, 44), LOGIN, NOW))
    expect(keepHanded(first, input(20, 40, { session_id: 'old' }), LOGIN, plusMs(NOW, 1_000))).toBeNull()
  })

  it('follows a window into the next one', () => {
    const first = kept(keepHanded([], input(95, 44), LOGIN, NOW))
    const later = plusMs(SESSION_ENDS, MINUTE_MS)
    const next = parseStatusLine(
      document(limit(2, plusMs(later, 5 * HOUR_MS) / 1000), limit(45, WEEK_ENDS / 1000)),
      later,
    )
    if (next === null) throw new Error('not understood')
    expect(keepHanded(first, next, LOGIN, later)?.[0]?.windows.five_hour?.used).toBe(2)
  })

  it('starts anew when another person has logged in at the same place', () => {
    const first = kept(keepHanded([], input(95, 44), LOGIN, NOW))
    const grace = { ...LOGIN, subject: 'account-2' }
    const next = kept(keepHanded(first, input(5, 6), grace, plusMs(NOW, 1_000)))
    expect(next).toHaveLength(1)
    expect(next[0]).toMatchObject({ subject: 'account-2', windows: { five_hour: { used: 5 } } })
  })

  it('keeps the logins of several folders apart, and not without end', () => {
    let entries: readonly HandedEntry[] = []
    for (let index = 0; index < 40; index += 1) {
      const login = { place: `/home/ada/claude-${index}`, subject: `account-${index}`, workspace: null }
      entries = kept(keepHanded(entries, input(index, index), login, plusMs(NOW, index)))
    }
    expect(entries).toHaveLength(16)
    expect(entries[0]?.subject).toBe('account-39')
  })

  it('knows a repetition without looking up whose login it is', () => {
    const first = kept(keepHanded([], input(20, 40), LOGIN, NOW))
    expect(isRepetition(first, input(20, 40), LOGIN.place)).toBe(true)
    expect(isRepetition(first, input(21, 40), LOGIN.place)).toBe(false)
    expect(isRepetition(first, input(20, 40, { session_id: 's-2' }), LOGIN.place)).toBe(false)
    expect(isRepetition(first, input(20, 40), '/elsewhere')).toBe(false)
  })

  it('comes back from its file as it was, and leaves out what is damaged', () => {
    const entries = kept(keepHanded([], input(20.5, 40), LOGIN, NOW))
    const file = JSON.parse(JSON.stringify(toHandedFile(entries))) as { entries: unknown[] }
    expect(fromHandedFile(file)).toEqual(entries)
    expect(
      fromHandedFile({ entries: [null, { place: 1 }, { ...LOGIN, at: 'x', windows: {} }, ...file.entries] }),
    ).toEqual(entries)
    expect(fromHandedFile('no')).toEqual([])
  })
})

describe('the reading that was handed over', () => {
  const credential = fakeCredential({ provider: 'claude', source: 'claude-code' })
  const named = { ...credential, identity: { subject: 'account-1', workspace: 'org-1', email: null, login: null } }
  const file = toHandedFile(kept(keepHanded([], input(20, 40), LOGIN, NOW)))

  it('has the session and the week, their age, and leaves every other value as it was', () => {
    const reading = handedReading(file, named)
    expect(reading).toMatchObject({ observedAt: NOW, via: "Claude Code's status line" })
    expect(reading?.quotas.map(({ id, usedRatio, resetsAt }) => [id, usedRatio, resetsAt])).toEqual([
      ['session', 0.2, SESSION_ENDS],
      ['weekly', 0.4, WEEK_ENDS],
    ])
    expect(reading?.unanswered).toContain('window')
    expect(reading?.unanswered).toContain('budget')
  })

  it('belongs to the account of that Claude Code and to no other', () => {
    const other = { ...named, identity: { ...named.identity, subject: 'account-2' } }
    const team = { ...named, identity: { ...named.identity, workspace: 'org-2' } }
    expect(handedReading(file, other)).toBeNull()
    expect(handedReading(file, team)).toBeNull()
    expect(handedReading(file, { ...named, source: 'opencode' })).toBeNull()
  })

  it('goes by the place of the login where nobody knows whose it is', () => {
    const nameless = { ...credential, identity: { ...named.identity, subject: null, workspace: null } }
    expect(handedReading(file, { ...nameless, origin: LOGIN.place })).not.toBeNull()
    expect(handedReading(file, { ...nameless, origin: '/elsewhere' })).toBeNull()
  })
})
