import { describe, expect, it } from 'vitest'
import { account, quota } from '../testing.ts'
import { en } from '../words/en.ts'
import { englishSentences } from '../words/sentences.ts'
import { wordsOf } from '../words/words.ts'
import { groupKey, groupsOf, groupTitle, windowName, windowsText } from './burn-groups.ts'

const english = wordsOf('en', en, englishSentences())
const month = quota({ id: 'monthly', windowSeconds: null })
const accounts = [
  account({ id: 'claude/a' }),
  account({ id: 'claude/b' }),
  account({ id: 'codex/c', provider: 'codex' }),
  ...['copilot/d', 'copilot/e'].map((id) => account({ id, provider: 'copilot', quotas: [month] })),
]

describe('groups of windows', () => {
  it('are those of more than one quota, by length over all accounts and by service', () => {
    expect(groupsOf(accounts).map((group) => [groupKey(group), groupTitle(group, english)])).toEqual([
      ['all:18000', 'All accounts: windows of 5 hours'],
      ['claude:18000', 'Claude: windows of 5 hours'],
      ['copilot:-', 'Copilot: windows of unstated length'],
    ])
  })

  it('name a service only where that says another thing than all accounts do', () => {
    expect(groupsOf(accounts.slice(0, 2)).map(groupKey)).toEqual(['all:18000'])
    expect(groupsOf(accounts.slice(0, 1))).toEqual([])
  })

  it('are named by their length in whole units', () => {
    const names = [604_800, 86_400, 5_400].map((windowSeconds) => windowName({ windowSeconds }, english))
    expect(names).toEqual(['windows of 7 days', 'windows of 1 day', 'windows of 90 minutes'])
  })

  it('have numbers in words, in which little is not nothing and unknown is no number', () => {
    expect([null, 0, 0.001, 0.424, 12].map((windows) => windowsText(windows, english))).toEqual([
      '–',
      '0 windows',
      '<0.01 windows',
      '0.42 windows',
      '12 windows',
    ])
  })
})
