import { describe, expect, it } from 'vitest'
import { createFakeEngine } from '../../test/helpers/fake-engine.ts'
import {
  SAMPLE_NOW,
  sampleAccount,
  sampleBoard,
  sampleFailure,
  sampleModel,
  sampleReading,
  sampleState,
} from '../../test/helpers/sample-board.ts'
import { exposeBoard } from '../metrics/exposition.ts'
import {
  type BoardChange,
  DEFAULT_RULES,
  type FetchEvent,
  toAccountsDocument,
  UNKNOWN_IDENTITY,
} from '../model/index.ts'
import { pseudonymOf, withPrivacy } from './privacy.ts'

const KEY = new Uint8Array(32).fill(7)

const ada = sampleState(sampleAccount('antigravity', 'ada@example.com'), null, {
  reading: sampleReading([sampleModel('m', 'Model of ada@example.com', 0.5)], {
    identity: { ...UNKNOWN_IDENTITY, email: 'ada.other@example.com', login: 'adalogin' },
    notes: [{ code: 'partial', message: 'adalogin and third@example.org' }],
  }),
  observedAt: SAMPLE_NOW,
  attempt: sampleFailure('forbidden', 'ada@example.com is refused.', 'Sign in as adalogin.'),
})
const octo = sampleState(sampleAccount('copilot', 'octo-ada', { source: 'gh', sources: ['gh'] }), [
  sampleModel('m', 'M', 0.5),
])
const work = sampleState(
  sampleAccount('claude', 'work', { source: 'vault', sources: ['vault'], email: 'ada@example.com' }),
  [sampleModel('m', 'M', 0.5)],
)

describe('privacy', () => {
  it('leaves no e-mail and no login name in any document or metric', () => {
    const { engine } = withPrivacy(createFakeEngine({ accounts: [ada, octo, work, ...sampleBoard().accounts] }), KEY)
    const document = JSON.stringify(toAccountsDocument(engine.board(), SAMPLE_NOW, DEFAULT_RULES))
    const metrics = exposeBoard(engine.board(), { now: SAMPLE_NOW, rules: DEFAULT_RULES })
    for (const text of [document, metrics]) {
      expect(text).not.toContain('@')
      expect(text).not.toMatch(/octo-ada|adalogin/)
      expect(text).toContain('claude/work'.split('/')[1])
    }
  })

  it('gives a name of six characters that is stable, and another one under another key', () => {
    const name = pseudonymOf('antigravity', 'ada@example.com', KEY)
    expect(name).toMatch(/^antigravity-[a-z2-7]{6}$/)
    expect(pseudonymOf('antigravity', 'ada@example.com', KEY)).toBe(name)
    expect(pseudonymOf('antigravity', 'ada@example.com', new Uint8Array(32))).not.toBe(name)
    expect(pseudonymOf('gemini-cli', 'ada@example.com', KEY).split('-').at(-1)).not.toBe(name.split('-').at(-1))
  })

  it('keeps the names the user chose, and the numbers', () => {
    const { engine } = withPrivacy(createFakeEngine({ accounts: [work] }), KEY)
    const [state] = engine.board().accounts
    expect(state?.account).toMatchObject({ id: 'claude/work', name: 'work', email: null })
    expect(state?.reading?.quotas).toEqual(work.reading?.quotas)
  })

  it('keeps the same state object while an account does not change, so that nothing is made again for it', () => {
    const inner = createFakeEngine({ accounts: [ada, work] })
    const { engine } = withPrivacy(inner, KEY)
    const before = engine.board().accounts[1]
    inner.publish({ accounts: [octo, work] })
    expect(engine.board().accounts[1]).toBe(before)
  })

  it('renames what changed and what is gone in the same way', () => {
    const inner = createFakeEngine({ accounts: [ada, work] })
    const { engine } = withPrivacy(inner, KEY)
    const id = engine.board().accounts[0]?.account.id
    const changes: BoardChange[] = []
    engine.subscribe((change) => changes.push(change))
    inner.publish({ accounts: [{ ...ada, nextPollAt: null }, work] })
    inner.publish({ accounts: [work] })
    expect(changes.map((change) => [change.changed, change.removed])).toEqual([
      [[id], []],
      [[], [id]],
    ])
  })

  it('understands the pseudonym where an account is asked for, and answers with it', async () => {
    const inner = createFakeEngine({ accounts: [ada] })
    inner.onRefresh(async () => [
      {
        account: 'antigravity/ada@example.com',
        provider: 'antigravity',
        outcome: 'failed',
        observedAt: null,
        retryAt: null,
        problem: { code: 'forbidden', message: 'ada@example.com is refused.', hint: 'ada@example.com' },
      },
    ])
    const { engine } = withPrivacy(inner, KEY)
    const id = engine.board().accounts[0]?.account.id ?? ''
    const results = await engine.refresh([id])
    expect(inner.asked).toEqual([['antigravity/ada@example.com']])
    expect(results[0]?.account).toBe(id)
    expect(JSON.stringify(results)).not.toContain('@')
  })

  it('holds for the counters of the daemon as well', () => {
    const seen: FetchEvent[] = []
    const { engine, observer } = withPrivacy(createFakeEngine({ accounts: [ada] }), KEY)
    const wrapped = observer({ fetched: (event) => seen.push(event) })
    wrapped.fetched({ provider: 'antigravity', account: ada.account.id, outcome: 'read', tookMs: 1 })
    wrapped.fetched({ provider: 'antigravity', account: 'antigravity/gone@example.com', outcome: 'read', tookMs: 1 })
    expect(seen[0]?.account).toBe(engine.board().accounts[0]?.account.id)
    expect(seen[1]?.account).toMatch(/^antigravity\/antigravity-[a-z2-7]{6}$/)
  })
})
