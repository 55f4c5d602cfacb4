import { describe, expect, it } from 'vitest'
import { createFakeEngine } from '../../test/helpers/fake-engine.ts'
import type { Account, AccountState } from '../model/account.ts'
import type { BoardChange } from '../model/engine.ts'
import { UNKNOWN_IDENTITY } from '../model/reading.ts'
import { epochMs } from '../model/time.ts'
import { shortHash } from './hash.ts'
import { withPrivacy } from './privacy.ts'
import { testAccount, testReading } from './testing.ts'

const NOW = epochMs(1_700_000_000_000)
const pseudonym = (provider: string, text: string): string => `${provider}-${shortHash(text).slice(0, 6)}`

function state(facts: Partial<Account>, login: string | null = null): AccountState {
  const account = testAccount({ ...facts, id: `claude/${facts.name ?? 'ada'}` })
  const message = `${account.email ?? login ?? 'x'} is signed out, ask ada@example.com.`
  return {
    account,
    attempt: {
      at: NOW,
      tookMs: 1,
      problem: { code: 'signed_out', message, hint: `Sign in as ${account.name}.`, since: NOW, retryAt: null },
    },
    reading: testReading({
      identity: { ...UNKNOWN_IDENTITY, email: account.email, login },
      notes: [{ code: 'partial', message }],
    }),
    observedAt: NOW,
    nextPollAt: null,
    blocks: [],
    staleAfterMs: 1,
  }
}

const mail = state({ name: 'ada@example.com#home', email: 'ada@example.com', nameFrom: 'identity' })
const login = state({ name: 'gracehopper', nameFrom: 'identity' }, 'gracehopper')
const chosen = state({ name: 'work', email: 'linus@example.com', nameFrom: 'user' })
const place = state({ name: 'claude-code', nameFrom: 'place' })
const unknown = state({ name: 'someone' })
const board = { accounts: [mail, login, chosen, place, unknown] }

describe('privacy', () => {
  it('lets no e-mail and no login name through, in nothing that the engine gives out (L06)', async () => {
    const inner = createFakeEngine(board)
    const engine = withPrivacy(inner, pseudonym)
    const changes: BoardChange[] = []
    engine.subscribe((change) => changes.push(change))
    inner.publish({ accounts: [login, { ...chosen }, place] })
    inner.onRefresh(async () => [
      {
        ...{ account: 'claude/gracehopper', provider: 'claude', outcome: 'failed', observedAt: null, retryAt: null },
        problem: { code: 'signed_out', message: 'gracehopper is out', hint: 'ada@example.com' },
      },
    ])
    const results = await engine.refresh(null)
    const text = JSON.stringify([withPrivacy(createFakeEngine(board), pseudonym).board(), changes, results])
    for (const secret of ['ada@', 'example.com', 'gracehopper', 'linus', 'someone'])
      expect(text.replaceAll('api.example.com', '')).not.toContain(secret)
    expect(changes[0]?.removed).toEqual([
      `claude/${pseudonym('claude', 'ada@example.com')}#home`,
      'claude/' + pseudonym('claude', 'someone'),
    ])
  })

  it('keeps names that the user chose, words for places, and what tells namesakes apart', () => {
    const names = withPrivacy(createFakeEngine(board), pseudonym)
      .board()
      .accounts.map(({ account }) => account.name)
    expect(names[0]).toMatch(/^claude-[0-9a-f]{6}#home$/)
    expect(names.slice(2, 4)).toEqual(['work', 'claude-code'])
  })

  it('maps ids back for a refresh, and gives equal boards for equal boards', async () => {
    const inner = createFakeEngine(board)
    const engine = withPrivacy(inner, pseudonym)
    const veiled = engine.board()
    await engine.refresh([veiled.accounts[0]?.account.id ?? '', 'claude/nobody'])
    await engine.refresh(null)
    expect(inner.asked).toEqual([['claude/ada@example.com#home'], null])
    expect(engine.board()).toBe(veiled)
  })
})
