import { describe, expect, it } from 'vitest'
import { appWithBrokenLogin, cli, emptyDocument } from '../../test/helpers/fake-cli.ts'
import { aState, aWindow, NOW } from '../../test/helpers/states.ts'
import { toAccountsDocument } from '../model/document.ts'
import { DEFAULT_RULES } from '../model/settings.ts'

const fine = aState({ quotas: [aWindow('session', 0.87, { label: 'Session (5 h)' })] })
const withAccount = toAccountsDocument({ accounts: [fine] }, NOW, DEFAULT_RULES)

describe('a login that cannot be used, and that no account tells of', () => {
  it('is named by list', async () => {
    const line =
      /^ *! The login in ~\/\.codex\/auth\.json cannot be used\. The file is not valid JSON\. Run `codex login`\.$/m
    const app = appWithBrokenLogin(withAccount)
    for (const isTTY of [true, false]) {
      const { code, out } = await cli('list', { app, isTTY, color: false })
      expect([code, out.replace(/\n {2,4}(?=\S)/g, ' ')]).toEqual([0, expect.stringMatching(line)])
    }
    expect((await cli('quota list', { app })).out).toMatch(line)
    expect((await cli('list --provider codex', { app })).out).toMatch(line)
    for (const other of ['list --provider claude', `list --account ${fine.account.name}`])
      expect((await cli(other, { app })).out).not.toContain('cannot be used')
    expect((await cli('list', { app: appWithBrokenLogin(emptyDocument) })).out).toMatch(line)
  })

  it('is on stderr beside --json, whose shape stays', async () => {
    const { out, err } = await cli('list --json', { app: appWithBrokenLogin(withAccount) })
    expect(JSON.parse(out)).toEqual(withAccount)
    expect(err).toContain('The login in ~/.codex/auth.json cannot be used.')
  })

  it('is what guard says, where that is why nothing is known', async () => {
    const app = appWithBrokenLogin(emptyDocument)
    const text = await cli('guard --provider codex --min-remaining 10%', { app })
    expect(text.code).toBe(2)
    expect(text.out).toContain('The login in ~/.codex/auth.json cannot be used. The file is not valid JSON.')
    const json = await cli('guard --provider codex --min-remaining 10% --json', { app })
    expect(JSON.parse(json.out)).toMatchObject({
      exitCode: 2,
      brokenLogins: [expect.stringContaining('The file is not valid JSON. Run `codex login`.')],
    })
    const other = await cli('guard --provider claude --min-remaining 10% --json', { app })
    expect(JSON.parse(other.out)).toMatchObject({ exitCode: 2, brokenLogins: [] })
  })
})
