import { describe, expect, it } from 'vitest'
import { aState, aWindow, NOW } from '../../test/helpers/states.ts'
import { type AccountDocument, type QuotaDocument, toAccountDocument } from './document.ts'
import { DEFAULT_RULES } from './settings.ts'
import { windowGroups } from './window-groups.ts'

const WEEK = 604_800
const template = toAccountDocument(aState({ quotas: [aWindow('session', 0.5)] }), NOW, DEFAULT_RULES)
const quota = (id: string, facts: Partial<QuotaDocument> = {}): QuotaDocument => ({
  ...(template.quotas[0] as QuotaDocument),
  id,
  kind: 'window',
  usedRatio: 0.5,
  windowSeconds: 18_000,
  helper: false,
  ...facts,
})
const account = (provider: string, name: string, ...quotas: readonly QuotaDocument[]): AccountDocument => ({
  ...template,
  id: `${provider}/${name}`,
  provider,
  name,
  quotas,
})
const shown = (...accounts: readonly AccountDocument[]): string[] =>
  windowGroups(accounts).map(
    ({ provider, windowSeconds, members }) =>
      `${provider ?? '*'} ${windowSeconds ?? '-'}: ${members.map((one) => `${one.account}/${one.quota}`).join(' ')}`,
  )

describe('windowGroups', () => {
  it('puts windows of one length together, over every service and by service, and never two lengths', () => {
    const claude = account('claude', 'a', quota('session'), quota('weekly', { windowSeconds: WEEK }))
    const codex = account('codex', 'b', quota('session'))
    expect(shown(claude, codex)).toEqual([
      '* 18000: claude/a/session codex/b/session',
      `* ${WEEK}: claude/a/weekly`,
      'claude 18000: claude/a/session',
      `claude ${WEEK}: claude/a/weekly`,
      'codex 18000: codex/b/session',
    ])
  })

  it('counts every use once: no helper, no model behind a window, no part of a window, no window we do not know', () => {
    const quotas = [
      quota('weekly', { windowSeconds: WEEK }),
      quota('weekly.opus', { windowSeconds: WEEK }),
      quota('weekly.oauth_apps', { windowSeconds: WEEK, helper: true }),
      quota('x.scoped', { windowSeconds: WEEK }),
      quota('opus', { kind: 'model' }),
      quota('extra', { kind: 'budget' }),
      quota('later', { usedRatio: null }),
    ]
    expect(shown(account('claude', 'a', ...quotas))).toEqual([
      `* ${WEEK}: claude/a/weekly`,
      `claude ${WEEK}: claude/a/weekly`,
    ])
  })

  it('counts the part where the whole is not reported', () => {
    const only = account('claude', 'a', quota('weekly.opus', { windowSeconds: WEEK }))
    expect(shown(only)[0]).toBe(`* ${WEEK}: claude/a/weekly.opus`)
  })

  it('takes a pool of models for one window, and models that share nothing each for itself', () => {
    const pooled = ['claude-a', 'claude-b'].map((id) => quota(id, { kind: 'model', pool: 'claude' }))
    expect(shown(account('antigravity', 'a', ...pooled))[0]).toBe('* 18000: antigravity/a/claude-a')
    const lone = ['m1', 'm2', 'm3', 'm4'].map((id) => quota(id, { kind: 'model', pool: id }))
    expect(windowGroups([account('gemini-cli', 'a', ...lone)])[0]?.members).toHaveLength(4)
  })

  it('sums windows that tell no length within their service alone', () => {
    const month = (provider: string) => account(provider, 'a', quota('monthly', { windowSeconds: null }))
    expect(shown(month('copilot'), month('nano-gpt'))).toEqual([
      'copilot -: copilot/a/monthly',
      'nano-gpt -: nano-gpt/a/monthly',
    ])
  })
})
