import { describe, expect, it } from 'vitest'
import { createFakeEngine } from '../../test/helpers/fake-engine.ts'
import { aState } from '../../test/helpers/states.ts'
import { privateNames, privateView } from './privacy.ts'

const KEY = Buffer.alloc(32, 7)
const accounts = [
  aState({ account: { provider: 'claude', name: 'ada@example.com', nameFrom: 'identity', email: 'ada@example.com' } }),
  aState({ account: { provider: 'copilot', name: 'octo', nameFrom: 'identity' } }),
  aState({ account: { provider: 'codex', name: 'work', nameFrom: 'user', email: 'bob@example.com' } }),
]
const ids = accounts.map(({ account }) => account.id)

describe('a message under pseudonyms', () => {
  const view = privateView(createFakeEngine({ accounts }), KEY)
  const nameOf = (id: string): string => view.shown(id).split('/')[1] ?? ''

  it('names its account and every other one as they are shown', () => {
    const said = 'Copilot (octo): octo must sign in. Use Claude (ada@example.com) next, then Codex (work).'
    expect(view.hide(said, 'copilot/octo')).toBe(
      `Copilot (${nameOf('copilot/octo')}): ${nameOf('copilot/octo')} must sign in. Use Claude (${nameOf('claude/ada@example.com')}) next, then Codex (work).`,
    )
  })

  it('leaves words alone that are the name of another account', () => {
    expect(view.hide('Codex (work): octo is only a word here.', 'codex/work')).toBe(
      'Codex (work): octo is only a word here.',
    )
  })

  it('holds no e-mail, of whomever, also where the account is gone or none is meant', () => {
    for (const account of [null, 'claude/gone@example.com', 'codex/work'])
      expect(view.hide('bob@example.com and (gone@example.com)', account)).not.toContain('@')
  })

  it('is the same for who has the history alone', () => {
    const names = privateNames(ids, KEY)
    const said = 'Claude (ada@example.com): Session is low. Use Copilot (octo) next.'
    expect(names.hide(said, 'claude/ada@example.com')).toBe(view.hide(said, 'claude/ada@example.com'))
  })
})
