import { describe, expect, it } from 'vitest'
import { cli, emptyDocument, fakeApp } from '../../test/helpers/fake-cli.ts'
import { sampleDocument } from '../../test/helpers/sample-document.ts'
import type { AccountsDocument } from '../model/document.ts'

function only(...providers: readonly string[]): { readonly app: ReturnType<typeof fakeApp> } {
  const accounts = sampleDocument.accounts.filter((account) => providers.includes(account.provider))
  const document: AccountsDocument = { ...sampleDocument, accounts }
  return { app: fakeApp(document) }
}

describe('best for a model', () => {
  it('that nobody knows says so, and names those that are known', async () => {
    expect(await cli('best --model clawde-sonnet-4')).toEqual({
      code: 4,
      out: '',
      err: expect.stringMatching(
        /^tokstat: No account knows a model "clawde-sonnet-4"\.\nDid you mean `claude-sonnet-4`\? Known models: claude-opus-4-5-thinking, claude-sonnet-4, claude-…, gemini-2.5-pro, gemini-3-flash, gpt-…\. .*\n$/,
      ) as string,
    })
  })

  it.each([
    ['zzz', 'claude', 'codex', 'antigravity', 'gemini-cli', 'copilot', 'openrouter', 'nano-gpt'],
    ['claud-sonnet-4', 'openrouter', 'claude'],
    ['gpt-5', 'claude', 'gemini-cli'],
    ['gemini-9-pro', 'gemini-cli'],
  ])('%s is unknown to %s', async (model, ...providers) => {
    const { code, err } = await cli(`best --model ${model}`, only(...providers))
    expect([code, err]).toEqual([4, expect.stringContaining(`"${model}"`)])
  })

  it.each([
    ['claude-sonnet-4', 'claude'],
    ['claude-of-tomorrow', 'antigravity'],
    ['gpt-5', 'codex'],
    ['o4-mini', 'copilot'],
    ['gemini-2.5-pro', 'gemini-cli'],
    ['kimi-k2', 'nano-gpt'],
    ['somebody/zzz', 'openrouter'],
  ])('%s is known to %s', async (model, ...providers) => {
    expect(await cli(`best --model ${model}`, only(...providers))).toMatchObject({
      code: expect.not.closeTo(4) as number,
      err: '',
    })
  })

  it('of a gateway that is named may be any, and a stranger is told so', async () => {
    expect((await cli('best --model zzz', only('openrouter'))).err).toContain('Name the gateway with --provider')
    expect(await cli('best --model zzz --provider openrouter', only('openrouter', 'claude'))).toMatchObject({ code: 0 })
    expect((await cli('best --model zzz', only('claude'))).err).not.toContain('gateway')
  })
})

describe('best for a pool', () => {
  it('that nobody has says so, and names those that there are', async () => {
    expect(await cli('best --pool clade')).toEqual({
      code: 4,
      out: '',
      err: expect.stringMatching(
        /^tokstat: No account has a pool "clade"\.\nDid you mean `claude`\? Known pools: claude, gemini, .*weekly.*\n$/,
      ) as string,
    })
    expect((await cli('best --pool gemini --provider claude')).code).toBe(4)
    expect((await cli('best --pool gemini')).code).toBe(0)
    expect((await cli('best --pool weekly --provider codex')).code).toBe(0)
  })
})

describe('best without an account', () => {
  it('says what to do, and is no mistake of the asker', async () => {
    const facts = { app: fakeApp(emptyDocument) }
    expect(await cli('best --model zzz', facts)).toEqual({
      code: 5,
      out: 'No account is known.\n',
      err: '`tokstat list` shows where was looked and how to sign in; `tokstat demo` shows it all with invented accounts.\n',
    })
    expect(await cli('best --json', facts)).toMatchObject({ code: 5, err: expect.stringContaining('tokstat list') })
  })

  it('at one service says how to sign in there', async () => {
    expect(await cli('best --provider codex', only('claude'))).toEqual({
      code: 5,
      out: 'No account is known.\n',
      err: 'Sign in at codex once.\n',
    })
  })
})
