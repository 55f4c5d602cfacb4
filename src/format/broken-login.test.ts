import { describe, expect, it } from 'vitest'
import { aProblem, aState, NOW } from '../../test/helpers/states.ts'
import type { SourceReport } from '../model/credential.ts'
import { toAccountDocument } from '../model/document.ts'
import { DEFAULT_RULES } from '../model/settings.ts'
import { brokenLoginSentence, brokenLogins } from './broken-login.ts'

const broken: SourceReport = {
  source: 'codex-cli',
  place: '/home/ada/.codex/auth.json',
  state: 'unreadable',
  count: 0,
  detail: 'The file is not valid JSON.',
  hint: 'Run `codex login`, or mend the file; tokstat reads it again by itself.',
}
const providers = [
  { id: 'codex', sources: ['codex-cli', 'opencode'] },
  { id: 'claude', sources: ['claude-code', 'opencode'] },
]

describe('a login that cannot be used', () => {
  it('is one sentence with what is wrong and what to do', () => {
    expect(brokenLoginSentence(broken)).toBe(
      'The login in /home/ada/.codex/auth.json cannot be used. The file is not valid JSON. Run `codex login`, or mend the file; tokstat reads it again by itself.',
    )
  })

  it('has a sentence without its place, where the place is not told, and without a hint', () => {
    const report: SourceReport = { ...broken, place: '', detail: 'Permission denied.', hint: null }
    expect(brokenLoginSentence(report)).toBe('A login of codex-cli cannot be used. Permission denied.')
  })

  it('concerns the services whose logins may lie there, and is not told twice where its accounts say it', () => {
    const sources: SourceReport[] = [
      broken,
      { ...broken, source: 'opencode', place: 'shared' },
      { ...broken, place: 'known', count: 1 },
      { ...broken, state: 'absent', place: 'absent' },
    ]
    const signedOut = toAccountDocument(
      aState({
        account: { provider: 'codex', source: 'codex-cli', sources: ['codex-cli'] },
        problem: aProblem('credential_unreadable'),
      }),
      NOW,
      DEFAULT_RULES,
    )
    const places = (provider: string | null, accounts = [signedOut]) =>
      brokenLogins(sources, { provider, providers, accounts }).map(({ place }) => place)
    expect(places(null)).toEqual([broken.place, 'shared'])
    expect(places(null, [])).toEqual([broken.place, 'shared', 'known'])
    expect(places('codex')).toEqual([broken.place, 'shared'])
    expect(places('claude')).toEqual(['shared'])
    expect(places('copilot')).toEqual([])
  })
})
