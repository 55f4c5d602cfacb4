import { describe, expect, it } from 'vitest'
import { cli } from '../../test/helpers/fake-cli.ts'
import { sampleDocument } from '../../test/helpers/sample-document.ts'

describe('the headline of a list that is narrowed', () => {
  it.each(['list --provider codex', 'quota list --provider codex', 'list --cached --provider codex'])(
    'speaks about what is shown: %s',
    async (line) => {
      const readBoardFile = async () => JSON.stringify(sampleDocument)
      const { out } = await cli(line, { readBoardFile })
      expect(out.split('\n').slice(0, 2)).toEqual([
        'Codex is fine.',
        'Next resets  11:40 Codex Session (5 h) · Tue 13:00 Codex Weekly',
      ])
    },
  )

  it('tells apart accounts of one service of which one is shown', async () => {
    expect((await cli('list --account copilot/home')).out).toMatch(/^Copilot \(home\): signed out\.\n/)
  })
})
