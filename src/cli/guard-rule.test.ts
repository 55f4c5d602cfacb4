import { describe, expect, it } from 'vitest'
import { cli, emptyDocument, fakeApp } from '../../test/helpers/fake-cli.ts'
import { aModel, aProblem, aState, aWindow, NOW, type StateFacts } from '../../test/helpers/states.ts'
import { toAccountsDocument } from '../model/document.ts'
import { makeQuota, ratiosFromAmounts } from '../model/quota.ts'
import { DEFAULT_RULES } from '../model/settings.ts'
import { HOUR_MS, plusMs } from '../model/time.ts'

const claude = (name: string, facts: StateFacts): StateFacts => ({ account: { name }, ...facts })

async function guard(options: string, ...states: readonly StateFacts[]) {
  const document = toAccountsDocument({ accounts: states.map(aState) }, NOW, DEFAULT_RULES)
  const provider = states[0]?.account?.provider ?? 'claude'
  const { code, out } = await cli(`guard --provider ${provider} --json ${options}`, { app: fakeApp(document) })
  return { code, result: JSON.parse(out) as { passed: boolean; accounts: { reason: string }[] } }
}

describe('guard', () => {
  const full = claude('full', { quotas: [aWindow('session', 0.9), aWindow('weekly', 0.4)] })
  const low = claude('low', { quotas: [aWindow('session', 0.9), aWindow('weekly', 0.05)] })

  it('compares the binding quota, at or above passes', async () => {
    expect(await guard('--min-remaining 40%', full)).toMatchObject({ code: 0, result: { passed: true } })
    expect(await guard('--min-remaining 41%', full)).toMatchObject({ code: 5, result: { passed: false } })
    expect(await guard('--min-remaining 10%', low)).toMatchObject({ code: 5 })
  })

  it('is content with one account, unless all are demanded or one is named', async () => {
    expect(await guard('--min-remaining 10%', full, low)).toMatchObject({ code: 0 })
    expect(await guard('--min-remaining 10% --all', full, low)).toMatchObject({ code: 5 })
    expect(await guard('--min-remaining 10% --account low', full, low)).toMatchObject({ code: 5 })
  })

  it('looks at the quota it is told to', async () => {
    expect(await guard('--min-remaining 50% --quota session', low)).toMatchObject({ code: 0 })
    const unknown = await cli('guard --provider claude --min-remaining 10% --quota sesion')
    expect(unknown.code).toBe(4)
    expect(unknown.err).toContain('Did you mean `session`?')
  })

  it('exits 2 or 3 when nothing is known', async () => {
    const signedOut = claude('out', { quotas: [aWindow('session', 0.9)], problem: aProblem('signed_out') })
    const unread = claude('off', { problem: aProblem('offline'), reading: null, observedAt: null })
    const old = claude('old', { quotas: [aWindow('session', 0.9)], observedAt: plusMs(NOW, -HOUR_MS) })
    expect(await guard('--min-remaining 10%', signedOut)).toMatchObject({
      code: 2,
      result: { accounts: [{ reason: aProblem('signed_out').message }] },
    })
    expect(await guard('--min-remaining 10%', unread)).toMatchObject({ code: 3 })
    expect(await guard('--min-remaining 10%', old)).toMatchObject({ code: 3 })
    expect(await guard('--min-remaining 10%', claude('a', { quotas: [aWindow('session', null)] }))).toMatchObject({
      code: 3,
    })
    expect((await cli('guard --provider claude --min-remaining 10%', { app: fakeApp(emptyDocument) })).code).toBe(2)
  })

  it('does not take a window that has just ended for full', async () => {
    const due = claude('a', { quotas: [aWindow('session', 0.9, { resetsAt: NOW })], observedAt: plusMs(NOW, -60_000) })
    expect(await guard('--min-remaining 10%', due)).toMatchObject({ code: 3 })
    expect(await guard('--min-remaining 10% --quota session', due)).toMatchObject({ code: 3 })
  })

  it('knows that a spent account is spent', async () => {
    const spent = claude('a', { quotas: [aWindow('session', 0)] })
    expect(await guard('--min-remaining 0%', spent)).toMatchObject({ code: 5 })
  })

  it('never takes billing beyond the limit for something left, unless told to', async () => {
    const beyond: StateFacts = {
      account: { provider: 'copilot' },
      quotas: [aWindow('premium', 0, { ...ratiosFromAmounts(20, 10), overageAllowed: true })],
    }
    for (const quota of ['', '--quota premium']) {
      expect(await guard(`--min-remaining 0% ${quota}`, beyond)).toMatchObject({ code: 5 })
      expect(await guard(`--min-remaining 0% --allow-overage ${quota}`, beyond)).toMatchObject({ code: 0 })
    }
  })

  it('counts money in its unit', async () => {
    const credits = makeQuota({ id: 'credits', label: 'Credits', kind: 'balance', unit: 'USD', remaining: 12.5 })
    const account: StateFacts = { account: { provider: 'openrouter' }, quotas: [credits] }
    expect(await guard('--min-remaining 12.5USD', account)).toMatchObject({ code: 0 })
    expect(await guard('--min-remaining 13USD --quota credits', account)).toMatchObject({ code: 5 })
    expect(await guard('--min-remaining 5EUR', account)).toMatchObject({ code: 3 })
    expect(await guard('--min-remaining 10%', account)).toMatchObject({ code: 3 })
  })

  it('passes with the best pool of an account, and with no limit at all', async () => {
    const pools: StateFacts = {
      account: { provider: 'antigravity' },
      quotas: [aModel('claude-a', 0), aModel('gemini-a', 0.5)],
    }
    expect(await guard('--min-remaining 50%', pools)).toMatchObject({ code: 0 })
    const unlimited: StateFacts = {
      account: { provider: 'copilot' },
      quotas: [aWindow('chat', null, { unlimited: true })],
    }
    expect(await guard('--min-remaining 99%', unlimited)).toMatchObject({ code: 0 })
    expect(await guard('--min-remaining 99% --quota chat', unlimited)).toMatchObject({ code: 0 })
  })
})
