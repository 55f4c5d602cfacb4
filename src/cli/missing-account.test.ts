import { describe, expect, it, vi } from 'vitest'
import { cli, emptyDocument, fakeApp } from '../../test/helpers/fake-cli.ts'
import { sampleDocument } from '../../test/helpers/sample-document.ts'
import type { App } from '../model/app.ts'
import type { AccountDocument, AccountsDocument } from '../model/document.ts'

const [ada] = sampleDocument.accounts as [AccountDocument, ...AccountDocument[]]
const first: AccountDocument = { ...ada, sources: ['antigravity-accounts'] }
const claude = sampleDocument.accounts.find((account) => account.id === 'claude/work') ?? first

function documentOf(...accounts: readonly AccountDocument[]): AccountsDocument {
  return { ...sampleDocument, accounts }
}

/** Every command whose account is not optional. */
const NEEDY = ['history', 'forecast', 'remove', 'rename', 'switch']

describe.each(NEEDY)('tokstat %s without its account', (command) => {
  it('says which there are, and exits 4', async () => {
    const own: AccountDocument = { ...claude, id: 'copilot/ours', provider: 'copilot', sources: ['vault'] }
    const run = await cli(command, { app: fakeApp(documentOf(first, claude, own)) })
    expect(run).toMatchObject({ code: 4, out: '' })
    expect(run.err).toContain(`tokstat: ${command} needs an account, by id or name.\n`)
    const meant = { remove: 'copilot/ours', rename: 'copilot/ours', switch: first.id }[command]
    expect(run.err).toContain(`Known accounts: ${meant ?? `${first.id}, claude/work, copilot/ours`}.`)
  })

  it('says what to do when there is none', async () => {
    const run = await cli(command, { app: fakeApp(emptyDocument) })
    expect(run).toMatchObject({ code: 4, err: expect.stringMatching(/`tokstat (list|login|providers)/) })
    expect(JSON.parse((await cli(`${command} --json`, { app: fakeApp(emptyDocument) })).out)).toMatchObject({
      problem: { code: 'bad_argument' },
    })
  })

  it('lists no hundred of them', async () => {
    const many = Array.from(
      { length: 100 },
      (_, index): AccountDocument => ({
        ...first,
        id: `antigravity/a${index}`,
        sources: ['vault', 'antigravity-accounts'],
      }),
    )
    const { err } = await cli(command, { app: fakeApp(documentOf(...many)) })
    expect(err).toMatch(/Known accounts: antigravity\/a0, .*antigravity\/a9 and 90 more \(`tokstat list`\)\./)
  })

  it('still says so when the accounts cannot be looked at', async () => {
    const app = fakeApp(sampleDocument, { snapshot: async () => Promise.reject(new Error('the disk is gone')) })
    const { code, err } = await cli(command, { app })
    expect([code, err]).toEqual([
      4,
      `tokstat: ${command} needs an account, by id or name.\n\`tokstat list\` shows them.\n`,
    ])
  })
})

describe('with one account only', () => {
  it('history and forecast are about that one, with their options', async () => {
    const history = vi.fn<App['history']>(async () => ({ series: [] }))
    const app = fakeApp(documentOf(claude), { history })
    expect(await cli('history --quota weekly --json', { app })).toMatchObject({ code: 0, err: '' })
    expect(history).toHaveBeenCalledWith(expect.objectContaining({ account: 'claude/work', quota: 'weekly' }))
    expect(await cli('forecast', { app })).toMatchObject({ code: 0, out: expect.stringContaining('Weekly') })
  })

  it('what changes something wants it named', async () => {
    const own: AccountDocument = { ...first, sources: ['vault', 'antigravity-accounts'] }
    for (const command of ['remove', 'switch', 'rename'])
      expect((await cli(command, { app: fakeApp(documentOf(own)) })).code).toBe(4)
  })
})

it('another argument that is missing is named, with where to look', async () => {
  expect((await cli('rename home')).err).toContain("Missing required argument 'new'.")
  expect((await cli('login')).err).toBe(
    "tokstat: Missing required argument 'provider'.\n`tokstat providers` lists the services.\n",
  )
})
